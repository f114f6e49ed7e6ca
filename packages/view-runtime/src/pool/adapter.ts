import { reasonOf, ViewError } from '../errors.js';
import { quietLogger, type ViewLogger } from '../log.js';
import type { MetashrewRuntime } from '../runtime/runtime.js';
import type { ViewPoolConfig } from './config.js';
import type { ViewPoolStats } from './stats.js';
import { type PooledViewOptions, ViewPool } from './view-pool.js';

/** What an adapter does when it cannot have what it wants. */
export interface AdapterOptions {
  /** A pool that cannot start: go on with the runtime itself and warn, or throw. Default `'degrade'`. */
  readonly onInitFailure?: 'degrade' | 'throw' | undefined;
  /** A runtime of the pool that dies or cannot be had: run the view directly, or throw. Default `'direct'`. */
  readonly onPoolFailure?: 'direct' | 'throw' | undefined;
  readonly logger?: ViewLogger | undefined;
}

/**
 * Views with or without a pool, by the same calls: whoever asks need not know. Without a pool, and where the pool
 * fails, a view runs on the runtime itself, in this thread.
 */
export class MetashrewRuntimeAdapter {
  readonly runtime: MetashrewRuntime;
  readonly #log: ViewLogger;
  readonly #onInitFailure: 'degrade' | 'throw';
  readonly #onPoolFailure: 'direct' | 'throw';
  #pool: ViewPool | undefined;
  #fallbacks = 0;

  constructor(runtime: MetashrewRuntime, options: AdapterOptions = {}) {
    this.runtime = runtime;
    this.#log = options.logger ?? quietLogger;
    this.#onInitFailure = options.onInitFailure ?? 'degrade';
    this.#onPoolFailure = options.onPoolFailure ?? 'direct';
  }

  /** Views that ran directly because the pool failed. */
  get fallbacks(): number {
    return this.#fallbacks;
  }

  get viewPool(): ViewPool | undefined {
    return this.#pool;
  }

  /**
   * Makes a pool and lets views run there. One that exists already is replaced and closed when its views are done.
   * @returns where views run now
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`; with `onInitFailure: 'throw'` also ViewError `ERR_VIEW_POOL_INIT`
   */
  async initializeViewPool(config?: ViewPoolConfig): Promise<'pool' | 'direct'> {
    let pool: ViewPool;
    try {
      pool = await ViewPool.create(this.runtime, { logger: this.#log, ...config });
    } catch (error) {
      const degrade = this.#onInitFailure === 'degrade' && ViewError.is(error);
      if (!degrade) throw error;
      this.#log.warn(`Failed to initialize view pool, views run directly: ${reasonOf(error)}`);
      return this.#pool === undefined ? 'direct' : 'pool';
    }
    const before = this.#pool;
    this.#pool = pool;
    await before?.close();
    return 'pool';
  }

  /** `undefined` without a pool. */
  getViewPoolStats(): ViewPoolStats | undefined {
    return this.#pool?.stats();
  }

  /** @throws as `ViewPool.view`, or without a pool as `MetashrewRuntime.view` */
  view(
    name: string,
    input: Uint8Array,
    height: number,
    options?: PooledViewOptions,
  ): Promise<Uint8Array> {
    return this.#inPool(
      (pool) => pool.view(name, input, height, options),
      () => this.runtime.view(name, input, height, options),
    );
  }

  /** @throws as `ViewPool.preview`, or without a pool as `MetashrewRuntime.preview` */
  preview(
    block: Uint8Array,
    name: string,
    input: Uint8Array,
    height: number,
    options?: PooledViewOptions,
  ): Promise<Uint8Array> {
    return this.#inPool(
      (pool) => pool.preview(block, name, input, height, options),
      () => this.runtime.preview(block, name, input, height, options),
    );
  }

  /** Closes the pool, not the store. Views that come later run directly. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.close();
  }

  async #inPool(
    pooled: (pool: ViewPool) => Promise<Uint8Array>,
    direct: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const pool = this.#pool;
    if (pool === undefined) return direct();
    try {
      return await pooled(pool);
    } catch (error) {
      // The guest is not at fault, so another place may do better. A guest's error would only come again.
      const infrastructure =
        ViewError.is(error, 'ERR_VIEW_THREAD') || ViewError.is(error, 'ERR_VIEW_CLOSED');
      if (!infrastructure || this.#onPoolFailure === 'throw') throw error;
      this.#fallbacks++;
      this.#log.warn(`The view pool failed, the view runs directly: ${reasonOf(error)}`);
      return direct();
    }
  }
}
