import { readFile } from 'node:fs/promises';
import { type CacheMode, Caches, type LruCacheStats } from '../cache/caches.js';
import { GuestError, reasonOf, ViewAbortedError } from '../errors.js';
import { Program, type ProgramParts } from '../host/program.js';
import type { ViewLogger } from '../log.js';
import { MemoryStore } from '../store/memory-store.js';
import type { KeyValueStore } from '../store/store.js';
import { type Block, Engine, type EngineStats, type IndexedBlock } from './engine.js';
import {
  type ResolvedRuntimeOptions,
  type RuntimeOptions,
  resolveRuntimeOptions,
} from './options.js';

/** What one view may ask for. */
export interface ViewOptions {
  /** Gives up. A view that runs in this thread cannot be given up: see `deadlineMs`. */
  readonly signal?: AbortSignal | undefined;
  /** Stops the view when it takes longer, in ms; 0 = no limit. Default: that of the runtime. */
  readonly deadlineMs?: number | undefined;
}

/**
 * A metashrew indexer and its store: indexes blocks, answers views and previews, in this thread.
 *
 * Views are stateful by default: one instance is kept and its memory persists between them, as long as that cannot
 * change an answer. Use a {@link ViewPool} to run views in parallel.
 */
export class MetashrewRuntime {
  readonly store: KeyValueStore;
  readonly #program: Program;
  readonly #options: ResolvedRuntimeOptions;
  readonly #log: ViewLogger;
  readonly #caches: Caches;
  readonly #engine: Engine;

  private constructor(program: Program, options: ResolvedRuntimeOptions) {
    this.#program = program;
    this.#options = options;
    this.#log = options.logger;
    this.store = options.store ?? new MemoryStore();
    this.#caches = new Caches(options.cache.mode, options.cache.limitBytes);
    this.#engine = new Engine({
      program,
      store: this.store,
      caches: this.#caches,
      recycle: options.recycle,
      log: this.#log,
    });
    options.onEvent({ kind: 'runtime.created' });
    this.#enableByDefault();
  }

  /**
   * Reads and compiles an indexer.
   * @throws GuestError `ERR_VIEW_MODULE` when the file cannot be read or is not WebAssembly
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   */
  static async load(path: string | URL, options?: RuntimeOptions): Promise<MetashrewRuntime> {
    const resolved = resolveRuntimeOptions(options);
    const bytes = await readFile(path).catch((cause: unknown) => {
      const message = `cannot read the indexer ${path}: ${reasonOf(cause)}`;
      throw new GuestError('ERR_VIEW_MODULE', message, { cause });
    });
    return new MetashrewRuntime(await Program.compile(bytes), resolved);
  }

  /**
   * Compiles an indexer.
   * @throws GuestError `ERR_VIEW_MODULE` when it is not WebAssembly
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   */
  static async new(bytes: Uint8Array, options?: RuntimeOptions): Promise<MetashrewRuntime> {
    const resolved = resolveRuntimeOptions(options);
    return new MetashrewRuntime(await Program.compile(bytes), resolved);
  }

  /**
   * Runs a view as of `height`.
   * @throws GuestError `ERR_VIEW_NOT_FOUND`, `ERR_VIEW_TRAP`, `ERR_VIEW_MEMORY`, `ERR_VIEW_INSTANCE`
   * @throws ViewDeadlineError `ERR_VIEW_DEADLINE`
   * @throws ViewAbortedError `ERR_VIEW_ABORTED` when the signal had aborted already
   * @throws ViewError `ERR_VIEW_ARGUMENT` for a height that is none
   */
  async view(
    name: string,
    input: Uint8Array,
    height: number,
    options: ViewOptions = {},
  ): Promise<Uint8Array> {
    const { signal, deadlineMs = this.#options.deadlineMs } = options;
    if (signal?.aborted) throw new ViewAbortedError(`the view '${name}'`, signal.reason);
    return this.#engine.view(name, input, height, deadlineMs);
  }

  /**
   * Indexes `block` on a copy, as if it followed `height`, and runs a view on the result. The store stays as it is.
   * @throws as `view`, and GuestError `ERR_INDEX_START`, `ERR_INDEX_TRAP`, `ERR_INDEX_UNFINISHED`
   */
  async preview(
    block: Uint8Array,
    name: string,
    input: Uint8Array,
    height: number,
    options: ViewOptions = {},
  ): Promise<Uint8Array> {
    const { signal, deadlineMs = this.#options.deadlineMs } = options;
    if (signal?.aborted) throw new ViewAbortedError(`the preview of '${name}'`, signal.reason);
    return this.#engine.preview(block, name, input, height, deadlineMs);
  }

  /**
   * Indexes the next block: everything it writes is committed at once, or nothing.
   * @throws GuestError `ERR_INDEX_START`, `ERR_INDEX_TRAP`, `ERR_INDEX_UNFINISHED`
   * @throws StoreError `ERR_STORE_HEIGHT` when it does not follow the tip
   */
  async run(block: Block): Promise<IndexedBlock> {
    return this.#engine.index(block);
  }

  /** Removes the blocks above `height`, as a reorganisation does; returns how many. */
  async rollback(height: number): Promise<number> {
    return this.store.rollback(height);
  }

  /** Keeps an instance from now on. Does nothing when one is kept already; throws what making it throws. */
  async enableStatefulViews(): Promise<void> {
    this.enableStatefulViewsSync();
  }

  /** See {@link enableStatefulViews}. */
  enableStatefulViewsSync(): void {
    if (this.#engine.stateful) return;
    this.#engine.enableStateful('eager');
    this.#options.onEvent({ kind: 'stateful.enabled' });
  }

  /** Gives the kept instance up. From now on each view has an instance of its own. */
  disableStatefulViews(): void {
    if (!this.#engine.stateful) return;
    this.#engine.disableStateful();
    this.#options.onEvent({ kind: 'stateful.disabled' });
  }

  isStatefulViewsEnabled(): boolean {
    return this.#engine.stateful;
  }

  /** Shares the memory of the caches out for indexing, or for views. */
  setCacheMode(mode: CacheMode): void {
    this.#caches.setMode(mode);
  }

  lruCacheStats(): LruCacheStats {
    return this.#caches.stats();
  }

  /** What the owner of the runtime keeps in its `api` cache. It is his: no block and no reorganisation drops it. */
  cacheGet(key: string): Uint8Array | undefined {
    return this.#caches.getApi(key);
  }

  cacheSet(key: string, value: Uint8Array): void {
    this.#caches.setApi(key, value);
  }

  cacheRemove(key: string): boolean {
    return this.#caches.removeApi(key);
  }

  stats(): EngineStats {
    return this.#engine.stats();
  }

  /** The compiled module, for other threads. */
  get program(): ProgramParts {
    return this.#program.parts;
  }

  #enableByDefault(): void {
    const { statefulViews, onEvent } = this.#options;
    if (statefulViews === 'off') return;
    this.#log.debug('Enabling stateful views by default for persistent WASM memory');
    try {
      this.#engine.enableStateful(statefulViews);
      onEvent({ kind: 'stateful.enabled' });
    } catch (error) {
      // Nothing is lost but speed: each view gets an instance of its own.
      this.#log.warn(`Failed to enable stateful views by default: ${reasonOf(error)}`);
      onEvent({ kind: 'stateful.failed', error });
    }
  }
}
