import { createPool, type Lease, type Pool, PoolError, type PoolOptions } from '@rockpool/core';
import type { LruCacheStats } from '../cache/caches.js';
import { reasonOf, ViewAbortedError, ViewError, ViewThreadError } from '../errors.js';
import type { ProgramParts } from '../host/program.js';
import type { ViewOptions } from '../runtime/runtime.js';
import type { KeyValueStore } from '../store/store.js';
import {
  defaultConcurrency,
  type ResolvedViewPoolConfig,
  resolveViewPoolConfig,
  type ViewPoolConfig,
} from './config.js';
import { Dispatcher, type Suits } from './dispatcher.js';
import type { ThreadRequest, ThreadSetup } from './protocol.js';
import { type Outcome, runOnThread } from './running.js';
import { ViewPoolStats } from './stats.js';
import { addStats } from './thread-stats.js';
import { ViewThread } from './view-thread.js';

/** What a view pool works on: a `MetashrewRuntime` is such a thing. */
export interface ViewPoolSource {
  readonly program: ProgramParts;
  readonly store: KeyValueStore;
}

/** What one view of a pool may ask for. */
export interface PooledViewOptions extends ViewOptions {
  /** Views with the same key run on the same runtime, one after the other. */
  readonly affinityKey?: string | undefined;
}

/** The right to be running or waiting for a runtime. */
type Permit = object;

/**
 * Runs views in parallel, each runtime in a thread of its own with its own memory and caches, on one module that was
 * compiled once. Previews have a thread to themselves, so that a long one never holds up a view.
 */
export class ViewPool implements AsyncDisposable {
  readonly #config: ResolvedViewPoolConfig;
  readonly #setup: Omit<ThreadSetup, 'stats' | 'gate'>;
  readonly #permits: Pool<Permit>;
  readonly #threads: Pool<ViewThread>;
  readonly #previews: Pool<ViewThread>;
  readonly #dispatcher: Dispatcher;
  readonly #places = new Set<number>();
  readonly #outcomes: Record<Outcome | 'refused', number> = {
    succeeded: 0,
    failed: 0,
    aborted: 0,
    deadline: 0,
    refused: 0,
  };
  #concurrency: number;
  #admitted = 0;
  #peakActive = 0;
  #busyMs = 0;

  private constructor(source: ViewPoolSource, config: ResolvedViewPoolConfig) {
    const { location } = source.store;
    if (location === undefined) {
      throw new ViewError(
        'ERR_VIEW_POOL_INIT',
        'a view pool needs a store that other threads can open, such as new LmdbStore(folder); this one lives in the memory of one thread',
      );
    }
    this.#config = config;
    this.#concurrency = config.maxConcurrentRequests ?? defaultConcurrency(config.poolSize);
    this.#dispatcher = new Dispatcher(config.dispatch);
    this.#setup = {
      program: source.program,
      store: location,
      access: 'read',
      stateful: config.statefulViews,
      recycle: config.recycle,
      cache: {
        mode: config.cache.mode,
        limitBytes: Math.max(4_096, Math.floor(config.cache.limitBytes / config.poolSize)),
      },
      logging: config.enableLogging ? 'all' : 'warnings',
    };
    this.#permits = createPool<Permit>(() => ({}), {
      name: 'view-permits',
      max: this.#concurrency,
      maxQueue: config.maxQueue,
      acquireTimeoutMs: config.acquireTimeoutMs,
      idleTimeoutMs: 0,
      clock: config.clock,
    });
    const shared = { acquireTimeoutMs: 0, idleTimeoutMs: 0, clock: config.clock } as const;
    this.#threads = createPool<ViewThread>(
      {
        create: (context) => this.#start(context),
        destroy: (thread) => this.#end(thread),
      },
      { ...shared, ...sizesOf(config), name: 'views', strategy: 'fifo' },
    );
    this.#previews = createPool<ViewThread>(
      {
        create: ({ died, signal }) =>
          ViewThread.start({
            setup: { ...this.#setup, stateful: 'off' },
            place: 0,
            log: config.logger,
            workerUrl: config.workerUrl,
            onDeath: died,
            signal,
          }),
        destroy: (thread) => thread.end(),
      },
      { ...shared, name: 'previews', max: 1, maxQueue: config.maxQueue },
    );
  }

  /**
   * Starts the runtimes; settles when all are ready.
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   * @throws ViewError `ERR_VIEW_POOL_INIT` when the store cannot be shared or a runtime cannot be started
   */
  static async create(source: ViewPoolSource, config?: ViewPoolConfig): Promise<ViewPool> {
    const pool = new ViewPool(source, resolveViewPoolConfig(config));
    try {
      // Each attempt has its limit. This one is there because who waits without any does not keep the process alive
      // between two attempts.
      await pool.#threads.ready({ timeoutMs: LONGEST_WAIT_MS });
      return pool;
    } catch (cause) {
      await pool.close();
      throw new ViewError(
        'ERR_VIEW_POOL_INIT',
        `the view pool could not start its ${pool.#threads.min} runtimes: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }

  /**
   * Runs a view as of `height`.
   * @throws GuestError as `MetashrewRuntime.view`
   * @throws ViewDeadlineError `ERR_VIEW_DEADLINE`; the runtime was stopped and is replaced
   * @throws ViewAbortedError `ERR_VIEW_ABORTED`
   * @throws PoolQueueFullError `ERR_POOL_QUEUE_FULL`, PoolTimeoutError `ERR_POOL_TIMEOUT` when too many wait
   * @throws ViewError `ERR_VIEW_CLOSED`, ViewThreadError `ERR_VIEW_THREAD` when the runtime died
   */
  async view(
    name: string,
    input: Uint8Array,
    height: number,
    options: PooledViewOptions = {},
  ): Promise<Uint8Array> {
    const what = `the view '${name}'`;
    const permit = await this.#admit(what, options.signal);
    const since = this.#config.clock.now();
    const over = (outcome: Outcome): void => {
      this.#outcomes[outcome]++;
      this.#busyMs += this.#config.clock.now() - since;
      permit.release();
    };
    const request: ThreadRequest = { kind: 'view', name, input: ownBytes(input), height };
    let suits: Suits | undefined;
    try {
      suits = this.#dispatcher.next({ name, height, affinityKey: options.affinityKey });
    } catch (error) {
      over('failed');
      throw error;
    }
    return this.#run(this.#threads, what, request, options, over, suits);
  }

  /**
   * Runs a preview in the thread for previews.
   * @throws as {@link view}, and GuestError `ERR_INDEX_START`, `ERR_INDEX_TRAP`, `ERR_INDEX_UNFINISHED`
   */
  async preview(
    block: Uint8Array,
    name: string,
    input: Uint8Array,
    height: number,
    options: ViewOptions = {},
  ): Promise<Uint8Array> {
    const request: ThreadRequest = {
      kind: 'preview',
      block: ownBytes(block),
      name,
      input: ownBytes(input),
      height,
    };
    return this.#run(this.#previews, `the preview of '${name}'`, request, options, () => {});
  }

  /**
   * Changes the size at run time: new runtimes start at once, surplus ones end when their view is done. The concurrency
   * follows unless it was chosen.
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`; nothing has changed then
   * @throws ViewError `ERR_VIEW_ARGUMENT` for a pool whose size follows its load
   */
  resize(poolSize: number, maxConcurrentRequests?: number): void {
    if (this.#config.autoscale !== undefined) {
      throw new ViewError(
        'ERR_VIEW_ARGUMENT',
        'the size of this view pool follows its load; make it without autoscale to set the size',
      );
    }
    const chosen = maxConcurrentRequests ?? this.#config.maxConcurrentRequests;
    resolveViewPoolConfig({ poolSize, maxConcurrentRequests: chosen });
    this.#concurrency = chosen ?? defaultConcurrency(poolSize);
    this.#threads.resize({ min: poolSize, max: poolSize });
    this.#permits.resize({ max: this.#concurrency });
  }

  stats(): ViewPoolStats {
    const active = this.#permits.borrowed;
    const outcomes = this.#outcomes;
    const { destroyedBy } = this.#threads.stats();
    const ended = outcomes.succeeded + outcomes.failed + outcomes.aborted + outcomes.deadline;
    return new ViewPoolStats(
      {
        poolSize: this.#threads.max,
        availablePermits: Math.max(0, this.#concurrency - active),
        maxConcurrentRequests: this.#concurrency,
        totalRequestsProcessed: this.#admitted,
        config: {
          poolSize: this.#config.poolSize,
          maxConcurrentRequests: this.#config.maxConcurrentRequests,
          enableLogging: this.#config.enableLogging,
          dispatch: typeof this.#config.dispatch === 'function' ? 'custom' : this.#config.dispatch,
        },
      },
      {
        liveRuntimes: this.#dispatcher.threads.length,
        queued: this.#permits.pending,
        succeeded: outcomes.succeeded,
        failed: outcomes.failed,
        aborted: outcomes.aborted,
        deadlines: outcomes.deadline,
        refused: outcomes.refused,
        replaced: destroyedBy.borrower + destroyedBy.died,
        peakActive: this.#peakActive,
        meanMs: ended === 0 ? 0 : this.#busyMs / ended,
        runtimes: addStats(this.#dispatcher.threads.map((thread) => thread.stats)),
      },
    );
  }

  /** The caches of all runtimes together. */
  lruCacheStats(): LruCacheStats {
    return addStats(this.#dispatcher.threads.map((thread) => thread.stats)).caches;
  }

  /** Refuses newcomers, waits for the views that are running, ends the runtimes. Never rejects. */
  async close(): Promise<void> {
    await this.#permits.close();
    await Promise.all([this.#threads.close(), this.#previews.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #admit(what: string, signal: AbortSignal | undefined): Promise<Lease<Permit>> {
    try {
      const permit = await this.#permits.acquire({ signal });
      this.#admitted++;
      this.#peakActive = Math.max(this.#peakActive, this.#permits.borrowed);
      return permit;
    } catch (error) {
      if (PoolError.is(error, 'ERR_POOL_ABORTED')) this.#outcomes.aborted++;
      else this.#outcomes.refused++;
      throw ourError(what, error, signal);
    }
  }

  async #run(
    threads: Pool<ViewThread>,
    what: string,
    request: ThreadRequest,
    { signal, deadlineMs = this.#config.deadlineMs }: ViewOptions,
    onOver: (outcome: Outcome) => void,
    where?: Suits,
  ): Promise<Uint8Array> {
    const { abortGraceMs, acquireTimeoutMs: timeoutMs, clock } = this.#config;
    let lease: Lease<ViewThread>;
    try {
      lease = await threads.acquire({ signal, timeoutMs, where });
    } catch (error) {
      onOver(PoolError.is(error, 'ERR_POOL_ABORTED') ? 'aborted' : 'failed');
      throw ourError(what, error, signal);
    }
    const run = { what, lease, request, signal, deadlineMs, abortGraceMs, clock, onOver };
    return (await runOnThread(run)) as Uint8Array;
  }

  async #start(context: {
    readonly died: (error?: unknown) => void;
    readonly signal: AbortSignal;
  }): Promise<ViewThread> {
    const place = this.#dispatcher.freePlace(this.#places);
    this.#places.add(place);
    const { logger, workerUrl } = this.#config;
    const onDeath = (error: ViewThreadError): void => {
      logger.warn(`${error.message}; it is replaced`);
      context.died(error);
    };
    try {
      const { signal } = context;
      const start = { setup: this.#setup, place, log: logger, workerUrl, signal, onDeath };
      const thread = await ViewThread.start(start);
      this.#dispatcher.add(thread);
      return thread;
    } catch (error) {
      this.#places.delete(place);
      throw error;
    }
  }

  async #end(thread: ViewThread): Promise<void> {
    this.#dispatcher.remove(thread);
    this.#places.delete(thread.place);
    await thread.end();
  }
}

function sizesOf({ autoscale, poolSize }: ResolvedViewPoolConfig): PoolOptions<ViewThread> {
  return autoscale === undefined
    ? { min: poolSize, max: poolSize }
    : { autoscale: { ...autoscale, max: poolSize } };
}

/** The longest a timer can wait: 24 days. */
const LONGEST_WAIT_MS = 2_147_483_647;

/** What the core says about waiting, in the words of views. */
function ourError(what: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (PoolError.is(error, 'ERR_POOL_ABORTED')) return new ViewAbortedError(what, signal?.reason);
  if (PoolError.is(error, 'ERR_POOL_CREATE')) {
    return new ViewThreadError(`no runtime could be started for ${what}`, error);
  }
  if (PoolError.is(error, 'ERR_POOL_CLOSED') || PoolError.is(error, 'ERR_POOL_DRAINING')) {
    return new ViewError('ERR_VIEW_CLOSED', `${what} came after the view pool was closed`, {
      cause: error,
    });
  }
  return error;
}

/** A part of a larger buffer would be posted with all of it. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  // What is no bytes at all is refused by the engine, here as well as there.
  if (!(bytes instanceof Uint8Array)) return bytes;
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
