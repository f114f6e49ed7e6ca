import { showDuration } from '../quantities.js';
import { version } from '../version.js';
import { collect, tooLarge } from './collect.js';
import { InputProblem } from './problem.js';
import type { RawPage, ReadLimits } from './source.js';

const maxRedirects = 10;

/**
 * Fetches a page over http or https.
 *
 * @throws InputProblem
 */
export async function fetchPage(url: URL, { maxBytes, timeoutMs }: ReadLimits): Promise<RawPage> {
  const signal = timeoutMs === 0 ? null : AbortSignal.timeout(timeoutMs);
  try {
    const { response, url: finalUrl } = await follow(url, signal);
    return { ...(await readBody(response, maxBytes)), url: finalUrl.href };
  } catch (error) {
    if (error instanceof InputProblem) throw error;
    if (signal?.aborted === true) {
      throw new InputProblem(
        'ERR_INPUT_TIMEOUT',
        `did not answer within ${showDuration(timeoutMs)}; see --timeout`,
        error,
      );
    }
    throw new InputProblem('ERR_INPUT_HTTP', `cannot be fetched: ${reasonOf(error)}`, error);
  }
}

/** Follows redirects itself: each target must be a page on the web too, and there is an end. */
async function follow(
  start: URL,
  signal: AbortSignal | null,
): Promise<{ response: Response; url: URL }> {
  let url = start;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await fetch(url, { signal, redirect: 'manual', headers });
    const location = response.headers.get('location');
    if (!redirectStatuses.has(response.status) || location === null) return { response, url };
    await response.body?.cancel();
    if (!URL.canParse(location, url.href)) {
      throw new InputProblem(
        'ERR_INPUT_HTTP',
        `redirects to something that is no URL: ${location}`,
      );
    }
    const target = new URL(location, url);
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      throw new InputProblem(
        'ERR_INPUT_HTTP',
        `redirects to a ${target.protocol.slice(0, -1)} address; only http and https are followed`,
      );
    }
    url = target;
  }
  throw new InputProblem('ERR_INPUT_HTTP', `redirects more than ${maxRedirects} times`);
}

async function readBody(response: Response, maxBytes: number): Promise<RawPage> {
  const problem = responseProblem(response, maxBytes);
  if (problem !== undefined || response.body === null) {
    await response.body?.cancel();
    if (problem !== undefined) throw problem;
    return { bytes: new Uint8Array() };
  }
  const bytes = await collect(response.body, maxBytes);
  return { bytes, charset: charsetOf(response.headers.get('content-type')) };
}

function responseProblem(response: Response, maxBytes: number): InputProblem | undefined {
  if (!response.ok) {
    return new InputProblem(
      'ERR_INPUT_HTTP',
      `answered ${`${response.status} ${response.statusText}`.trim()}`,
    );
  }
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  // A server that says nothing may still send a page; the bytes will tell.
  if (type !== '' && !/^text\/|[/+]xml$|^application\/octet-stream$/.test(type)) {
    return new InputProblem('ERR_INPUT_BINARY', `is ${type}, not a page`);
  }
  const length = Number(response.headers.get('content-length') ?? 0);
  return length > maxBytes ? tooLarge(length, maxBytes) : undefined;
}

const headers = {
  'user-agent': `rockpool/${version}`,
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.5',
};

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

const charsetOf = (contentType: string | null): string | undefined =>
  /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1];

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code = '' } = cause as NodeJS.ErrnoException;
  return (
    networkProblems[code] ??
    (cause instanceof Error && cause.message !== '' ? cause.message : String(code || cause))
  );
}

const networkProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there (connection refused)',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};
