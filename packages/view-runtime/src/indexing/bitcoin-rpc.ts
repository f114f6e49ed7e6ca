import { ExponentialBackoff, handleWhen, type IPolicy, retry } from 'cockatiel';
import { reasonOf, ViewError } from '../errors.js';
import { type PendingBlock, pendingBlockFrom } from './pending-block.js';
import type { BlockSource } from './source.js';

/** How to ask a node. */
export interface BitcoinRpcOptions {
  /** Such as `http://127.0.0.1:8332`. A user and password in it are used as `auth`. */
  readonly url: string;
  /** `user:password`. */
  readonly auth?: string | undefined;
  /** Attempts in all, the first included. Default 5. */
  readonly maxAttempts?: number | undefined;
  /** Wait before the second attempt, in ms; each wait is twice the last one, with jitter. Default 500. */
  readonly initialDelayMs?: number | undefined;
  /** Longest wait, in ms. Default 16,000. */
  readonly maxDelayMs?: number | undefined;
  /** One attempt, in ms. Default 60,000. */
  readonly timeoutMs?: number | undefined;
}

/** Asks again: the node did not answer, or said that it cannot now. */
class TemporaryError extends Error {}

/** The blocks of a Bitcoin node, by its JSON-RPC. */
export class BitcoinRpc implements BlockSource {
  readonly grows: boolean = true;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #retry: IPolicy;
  #id = 0;

  /** @throws ViewError `ERR_INDEX_SOURCE` for a URL that is none */
  constructor(options: BitcoinRpcOptions) {
    const url = parsedUrl(options.url);
    const inUrl =
      url.username && `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    const auth = options.auth ?? inUrl;
    url.username = '';
    url.password = '';
    this.#url = url.href;
    this.#headers = {
      'content-type': 'application/json',
      ...(auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}),
    };
    this.#timeoutMs = options.timeoutMs ?? 60_000;
    this.#retry = retry(
      handleWhen((error) => error instanceof TemporaryError),
      {
        maxAttempts: (options.maxAttempts ?? 5) - 1,
        backoff: new ExponentialBackoff({
          initialDelay: options.initialDelayMs ?? 500,
          maxDelay: options.maxDelayMs ?? 16_000,
          exponent: 2,
        }),
      },
    );
  }

  async tip(signal?: AbortSignal): Promise<number> {
    const count = await this.#call('getblockcount', [], signal);
    if (Number.isInteger(count)) return count as number;
    throw unexpected('getblockcount', 'a whole number', count);
  }

  async hashAt(height: number, signal?: AbortSignal): Promise<Uint8Array> {
    const hash = await this.#call('getblockhash', [height], signal);
    if (typeof hash === 'string' && /^[0-9a-f]{64}$/i.test(hash)) return Buffer.from(hash, 'hex');
    throw unexpected('getblockhash', 'a hash of 64 digits', hash);
  }

  async blockAt(hash: Uint8Array, _height: number, signal?: AbortSignal): Promise<Uint8Array> {
    const block = await this.#call('getblock', [Buffer.from(hash).toString('hex'), 0], signal);
    if (typeof block === 'string' && /^([0-9a-f]{2})+$/i.test(block)) {
      return Buffer.from(block, 'hex');
    }
    throw unexpected('getblock', 'a block in hexadecimal digits', block);
  }

  /**
   * The block that the node would mine next, from its mempool.
   * @throws ViewError `ERR_INDEX_SOURCE`, also while the node is still catching up
   */
  async pendingBlock(signal?: AbortSignal): Promise<PendingBlock> {
    return pendingBlockFrom(await this.#call('getblocktemplate', [{ rules: ['segwit'] }], signal));
  }

  async #call(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    try {
      return await this.#retry.execute(() => this.#attempt(method, params, signal), signal);
    } catch (cause) {
      if (ViewError.is(cause)) throw cause;
      signal?.throwIfAborted();
      throw new ViewError(
        'ERR_INDEX_UNREACHABLE',
        `the node at ${this.#url} does not answer ${method}: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }

  async #attempt(
    method: string,
    params: readonly unknown[],
    signal?: AbortSignal,
  ): Promise<unknown> {
    const limit = AbortSignal.timeout(this.#timeoutMs);
    let response: Response;
    let body: string;
    try {
      response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body: JSON.stringify({ jsonrpc: '1.0', id: ++this.#id, method, params }),
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      body = await response.text();
    } catch (cause) {
      signal?.throwIfAborted();
      const { cause: deeper } = cause as { cause?: unknown };
      throw new TemporaryError(deeper instanceof Error ? deeper.message : reasonOf(cause), {
        cause,
      });
    }
    if (response.status === 401 || response.status === 403) {
      throw new ViewError(
        'ERR_INDEX_SOURCE',
        `the node at ${this.#url} refuses us (${response.status}); give --auth user:password`,
      );
    }
    return resultIn(body, method, response.status);
  }
}

function resultIn(body: string, method: string, status: number): unknown {
  let answer: { result?: unknown; error?: { code?: unknown; message?: unknown } | null } | null;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    throw new TemporaryError(`status ${status} and no JSON`, { cause });
  }
  const error = answer?.error;
  if (error === undefined || error === null) return answer?.result;
  // -28: the node is warming up.
  if (error.code === -28) throw new TemporaryError(String(error.message));
  throw new ViewError(
    'ERR_INDEX_SOURCE',
    `the node refuses ${method}: ${String(error.message)} (${String(error.code)})`,
  );
}

function parsedUrl(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new ViewError(
    'ERR_INDEX_SOURCE',
    `--daemon-rpc-url must be a URL such as http://127.0.0.1:8332, but is ${text}`,
  );
}

function unexpected(method: string, wanted: string, got: unknown): ViewError {
  const shown = String(JSON.stringify(got)).slice(0, 80);
  return new ViewError(
    'ERR_INDEX_SOURCE',
    `the node answered ${method} with ${shown}, not with ${wanted}`,
  );
}
