import { DEFAULT_CACHE_LIMIT_BYTES } from '../cache/caches.js';
import { ViewError, type ViewThreadError } from '../errors.js';
import { quietLogger, type ViewLogger } from '../log.js';
import type { ViewPoolSource } from '../pool/view-pool.js';
import { ViewThread } from '../pool/view-thread.js';
import type { Block, IndexedBlock } from '../runtime/engine.js';
import type { BlockIndexer } from './follower.js';

/** How an indexing thread is started. */
export interface IndexingThreadOptions {
  readonly cacheLimitBytes?: number | undefined;
  readonly logger?: ViewLogger | undefined;
  /** See `ViewPoolConfig.workerUrl`. */
  readonly workerUrl?: URL | undefined;
}

/** Indexes in a thread of its own, the only one that writes: views never wait behind a block. */
export class IndexingThread implements BlockIndexer {
  readonly #thread: ViewThread;

  private constructor(thread: ViewThread) {
    this.#thread = thread;
  }

  /** @throws ViewError `ERR_VIEW_THREAD` when it cannot be started or the store is in the memory of this thread */
  static async start(
    source: ViewPoolSource,
    options: IndexingThreadOptions = {},
  ): Promise<IndexingThread> {
    const { location } = source.store;
    if (location === undefined) {
      throw new ViewError(
        'ERR_VIEW_THREAD',
        'indexing in another thread needs a store on disk, such as new LmdbStore(folder)',
      );
    }
    const { logger = quietLogger } = options;
    const thread = await ViewThread.start({
      setup: {
        program: source.program,
        store: location,
        access: 'write',
        stateful: 'off',
        recycle: { maxUses: 1, maxPages: 65_536, heightSafe: false },
        cache: {
          mode: 'indexer',
          limitBytes: options.cacheLimitBytes ?? DEFAULT_CACHE_LIMIT_BYTES,
        },
        logging: 'all',
      },
      place: 0,
      log: logger,
      workerUrl: options.workerUrl,
      onDeath: (error: ViewThreadError) => logger.error(`indexing stopped: ${error.message}`),
    });
    return new IndexingThread(thread);
  }

  async run(block: Block): Promise<IndexedBlock> {
    return (await this.#thread.call({ kind: 'index', block })) as IndexedBlock;
  }

  async rollback(height: number): Promise<number> {
    return (await this.#thread.call({ kind: 'rollback', height })) as number;
  }

  /** Ends the thread, also in the middle of a block: of that one all is written, or nothing. */
  async close(): Promise<void> {
    await this.#thread.end();
  }
}
