import type { Worker } from 'node:worker_threads';
import { type Clock, type MaybePromise, parseOptions, reasonOf, systemClock } from '@rockpool/core';
import { z } from 'zod';
import { SystemError } from '../errors.js';
import { startThread } from '../start-thread.js';
import { every } from '../time/every.js';
import { receiveError } from './posted-error.js';
import type { SystemBoot, SystemPages, SystemTold, SystemUpdate } from './system-pages.js';

/** How metrics and health are answered from a thread of their own. */
export interface SystemThreadOptions {
  /** Makes the pages, such as `() => runtimePages(runtime)`. Called at the start and at every interval. */
  readonly pages: () => MaybePromise<SystemPages>;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default 0: any that is free. */
  readonly port?: number | undefined;
  /** Names beside its own that a request may be for. Default none. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** How often pages are made, in ms: an answer is that old at most, while the main thread is not busy. Default 1,000. */
  readonly intervalMs?: number | undefined;
  /** When the main thread is silent for longer, every page but `/metrics` is answered with 503; in ms. Default 10,000. */
  readonly stalledAfterMs?: number | undefined;
  /** Told when pages could not be made, or the thread has died. Default a warning of the process. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

const schema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(0),
  allowedHosts: z.array(z.string()).readonly().default([]),
  intervalMs: z.number().min(10).default(1_000),
  stalledAfterMs: z.number().min(10).default(10_000),
});

/**
 * Answers for metrics and health from a worker thread, with what the main thread posted last: a scrape is answered
 * while the main thread is busy, and says how old the figures are (`rockpool_pipeline_snapshot_age_seconds`, and the
 * header `x-rockpool-snapshot-age-ms`).
 *
 * @example
 * await using system = await SystemThread.start({ port: 9100, pages: () => runtimePages(runtime) });
 */
export class SystemThread implements AsyncDisposable {
  /** Such as `http://127.0.0.1:9100`. */
  readonly url: string;
  readonly #worker: Worker;
  readonly #pages: () => MaybePromise<SystemPages>;
  readonly #onError: (error: unknown) => void;
  readonly #stopPosting: () => void;
  #posting: Promise<void> | undefined;
  #closed = false;

  /**
   * Starts one; it listens when this resolves.
   * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
   * @throws SystemError `ERR_PIPELINE_SYSTEM` when it cannot listen; `cause` says why
   */
  static async start({
    pages,
    onError = warn,
    clock = systemClock,
    ...rest
  }: SystemThreadOptions): Promise<SystemThread> {
    const { intervalMs, ...options } = parseOptions(schema, rest, 'SystemThread options');
    const boot: SystemBoot = {
      ...options,
      allowedHosts: hostsOf(options.host, options.allowedHosts),
      pages: await pages(),
    };
    const worker = startThread('system-thread', { workerData: boot });
    const shownHost = boot.host.includes(':') ? `[${boot.host}]` : boot.host;
    try {
      const url = `http://${shownHost}:${await listening(worker)}`;
      return new SystemThread(worker, url, { pages, onError }, (post) =>
        every(clock, intervalMs, post),
      );
    } catch (cause) {
      await worker.terminate();
      throw new SystemError(
        'ERR_PIPELINE_SYSTEM',
        `the system thread cannot listen on ${shownHost}:${boot.port}: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }

  private constructor(
    worker: Worker,
    url: string,
    { pages, onError }: { pages: SystemThreadOptions['pages']; onError: (error: unknown) => void },
    again: (post: () => void) => () => void,
  ) {
    this.#worker = worker;
    this.url = url;
    this.#pages = pages;
    this.#onError = onError;
    worker.on('error', (error) => this.#died(error));
    worker.on('exit', (code) => this.#died(new Error(`the system thread ended with code ${code}`)));
    worker.unref();
    this.#stopPosting = again(() => void this.post());
  }

  /** Makes the pages now. Never rejects; one that is slower than the interval is not overtaken by the next. */
  post(): Promise<void> {
    this.#posting ??= this.#postOnce().finally(() => {
      this.#posting = undefined;
    });
    return this.#posting;
  }

  /** Answers nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopPosting();
    await this.#worker.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #postOnce(): Promise<void> {
    this.#tell({});
    try {
      this.#tell({ pages: await this.#pages() });
    } catch (error) {
      this.#onError(error);
    }
  }

  #tell(update: SystemUpdate): void {
    if (!this.#closed) this.#worker.postMessage(update);
  }

  #died(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopPosting();
    this.#onError(
      new SystemError('ERR_PIPELINE_SYSTEM', 'the system thread died: nobody answers for metrics', {
        cause: error,
      }),
    );
  }
}

/** The port, when it listens. */
function listening(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', (told: SystemTold) => {
      if (told.kind === 'listening') resolve(told.port);
      else reject(receiveError(told.error));
    });
    worker.once('error', reject);
  });
}

/** Who listens everywhere is reached under names that nobody knows beforehand. */
function hostsOf(host: string, allowed: readonly string[]): readonly string[] {
  const everywhere = host === '0.0.0.0' || host === '::';
  if (everywhere && allowed.length === 0) return [];
  return ['localhost', '127.0.0.1', '[::1]', host, `[${host}]`, ...allowed];
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}
