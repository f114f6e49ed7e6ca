import { type Clock, createPool, type Pool, parseOptions, systemClock } from '@rockpool/core';
import { z } from 'zod';
import type { Handler } from '../contract/handler.js';
import type { Update } from '../contract/update.js';
import { HandlerThread } from './handler-thread-host.js';

/** How many threads there may be for handlers that block. */
export interface BlockingPoolOptions {
  /** Most threads at once. Default 8. */
  readonly max?: number | undefined;
  /** A thread unused for longer is ended, in ms. Default 10,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

/** A handler that runs on a thread of its own. */
export interface BlockingHandlerOptions<Out, In extends Update> {
  readonly name: string;
  /** The file of the module, which exports `handle(value, context)`. */
  readonly module: URL;
  /** What the thread gets; it is cloned. Default the value. */
  readonly pick?: ((value: Out, update: In) => unknown) | undefined;
}

const schema = z.strictObject({
  max: z.number().int().min(1).max(1_024).default(8),
  idleTimeoutMs: z.number().min(1).default(10_000),
});

/**
 * Threads for handlers that block, such as those that compute for long or use synchronous I/O: started when they are
 * needed, ended when they are idle. The context of such a handler has no cache, and its signal never aborts: when the
 * attempt has run out of time, the thread is ended instead.
 *
 * @example
 * const blocking = new BlockingPool({ max: 4 });
 * const handler = blocking.handler({ name: 'render', module: new URL('./render.js', import.meta.url) });
 */
export class BlockingPool implements AsyncDisposable {
  readonly pool: Pool<HandlerThread>;
  #users = 0;

  /** @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong */
  constructor({ clock = systemClock, ...options }: BlockingPoolOptions = {}) {
    const { max, idleTimeoutMs } = parseOptions(schema, options, 'BlockingPool options');
    this.pool = createPool<HandlerThread>(
      {
        create: ({ died }) => {
          const thread = new HandlerThread();
          thread.onDied = died;
          return thread;
        },
        destroy: (thread) => thread.end(),
      },
      { name: 'blocking handlers', min: 0, max, idleTimeoutMs, acquireTimeoutMs: 0, clock },
    );
  }

  /** A handler whose work is done on one of the threads; it waits while all are busy. */
  handler<Out, In extends Update = Update>({
    name,
    module,
    pick = (value) => value,
  }: BlockingHandlerOptions<Out, In>): Handler<Out, In> {
    return {
      name,
      init: () => {
        this.#users += 1;
      },
      handle: async (value, update, { pipeline, attempt, signal, log }) => {
        const lease = await this.pool.acquire({ signal });
        // Synchronous work hears no signal; ending its thread is the only way.
        const giveUp = (): void => lease.destroy(signal.reason);
        signal.addEventListener('abort', giveUp, { once: true });
        try {
          signal.throwIfAborted();
          const call = { module: module.href, pipeline, handler: name, attempt };
          await lease.resource.call({ ...call, value: pick(value, update) }, log);
        } finally {
          signal.removeEventListener('abort', giveUp);
          lease.release();
        }
      },
      dispose: async () => {
        this.#users -= 1;
        if (this.#users === 0) await this.close();
      },
    };
  }

  /** Ends all threads. Happens by itself when every handler has been disposed of. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
