import type { JsonRpcHandler } from './handler.js';
import { parseErrorResponse } from './handler.js';

/** How requests arrive. */
export interface RpcFetchOptions {
  /** Larger bodies are refused with 413. Default 16 MiB: a block of 4 MB in hexadecimal digits, twice. */
  readonly maxBodyBytes?: number | undefined;
  /** Origins that may ask from a browser; `'*'` for all. Default `http://localhost:8080`. */
  readonly cors?: '*' | readonly string[] | undefined;
}

/** JSON-RPC over HTTP as a web-standard handler: `POST /`, for any server or router. */
export function createRpcFetch(
  handle: JsonRpcHandler,
  options: RpcFetchOptions = {},
): (request: Request) => Promise<Response> {
  const { maxBodyBytes = 16_777_216, cors = ['http://localhost:8080'] } = options;
  return async (request) => {
    const headers = corsHeaders(cors, request.headers.get('origin'));
    const plain = (status: number, text: string): Response =>
      new Response(text, { status, headers });
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers });
    if (new URL(request.url).pathname !== '/')
      return plain(404, 'Not found: the methods are at POST /');
    if (request.method !== 'POST') {
      headers.set('allow', 'POST, OPTIONS');
      return plain(405, 'Method not allowed: ask with POST');
    }
    const body = await readBody(request, maxBodyBytes);
    if (body === 'too large') return plain(413, `Body too large: at most ${maxBodyBytes} bytes`);
    // Nobody is there to read this, but whoever logs requests may.
    if (body === 'broken off') return plain(400, 'The body was broken off');
    const answer = await answerTo(body.text, handle, request.signal);
    if (answer === undefined) return new Response(null, { status: 204, headers });
    headers.set('content-type', 'application/json');
    return new Response(JSON.stringify(answer), { status: 200, headers });
  };
}

async function answerTo(
  body: string,
  handle: JsonRpcHandler,
  signal: AbortSignal,
): Promise<unknown> {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch (error) {
    return parseErrorResponse((error as Error).message);
  }
  return handle(request, signal);
}

/** Read piece by piece, because a length can be left out or wrong. */
async function readBody(
  request: Request,
  limit: number,
): Promise<{ readonly text: string } | 'too large' | 'broken off'> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return 'too large';
  if (request.body === null) return { text: '' };
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = request.body.getReader();
  for (;;) {
    const piece = await reader.read().catch(() => 'broken off' as const);
    if (piece === 'broken off') return piece;
    if (piece.done) return { text: Buffer.concat(pieces).toString('utf8') };
    length += piece.value.length;
    if (length > limit) {
      await reader.cancel();
      return 'too large';
    }
    pieces.push(piece.value);
  }
}

function corsHeaders(cors: '*' | readonly string[], origin: string | null): Headers {
  const headers = new Headers();
  if (cors !== '*') headers.set('vary', 'origin');
  if (cors !== '*' && (origin === null || !cors.includes(origin))) return headers;
  headers.set('access-control-allow-origin', cors === '*' ? '*' : (origin as string));
  headers.set('access-control-allow-methods', 'POST, OPTIONS');
  headers.set('access-control-allow-headers', 'content-type');
  return headers;
}
