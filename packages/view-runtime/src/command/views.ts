import type { Command } from 'commander';
import { ViewError } from '../errors.js';
import { BitcoinRpc } from '../indexing/bitcoin-rpc.js';
import { BlockFolder } from '../indexing/block-folder.js';
import { followBlocks } from '../indexing/follower.js';
import { IndexingThread } from '../indexing/indexing-thread.js';
import type { BlockSource } from '../indexing/source.js';
import type { ViewLogger } from '../log.js';
import { MetashrewRuntimeAdapter } from '../pool/adapter.js';
import { createRpcFetch } from '../rpc/fetch.js';
import { createJsonRpcHandler } from '../rpc/handler.js';
import { MetashrewRuntime } from '../runtime/runtime.js';
import { LmdbStore } from '../store/lmdb-store.js';
import { ignoredFlags, type ViewsCommandOptions, viewsCommandWith } from './options.js';

/** A listening server. */
export interface Listening {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  close(): Promise<void>;
}

/** What the command needs from its surroundings. */
export interface ViewsSurroundings {
  /** Listens with a web-standard handler. */
  serve(
    fetch: (request: Request) => Promise<Response>,
    at: { readonly host: string; readonly port: number },
  ): Promise<Listening>;
  readonly logger: ViewLogger;
  /** Ends the command: the block that is being indexed is left out, views that run are answered. */
  readonly signal?: AbortSignal | undefined;
  /** See `ViewPoolConfig.workerUrl`. */
  readonly workerUrl?: URL | undefined;
}

/** `rockpool views`: a commander command, to be added to a program. */
export function createViewsCommand(surroundings: ViewsSurroundings): Command {
  return viewsCommandWith((options) => runViews(options, surroundings));
}

/**
 * Indexes and serves until the signal aborts or `--exit-at` is reached. With `--blocks` alone it goes on serving when
 * all files are indexed.
 * @throws ViewError, PoolOptionsError when it cannot start; ViewError or GuestError when indexing fails
 */
export async function runViews(
  options: ViewsCommandOptions,
  { serve, logger, signal, workerUrl }: ViewsSurroundings,
): Promise<void> {
  const source = await sourceOf(options);
  for (const flag of ignoredFlags(options)) logger.warn(`${flag} is accepted and without effect`);
  await using closing = new Closing();
  const store = new LmdbStore(options.dbPath, { label: options.label });
  closing.defer(() => store.close());
  const pooled = options.enableViewPool === true;
  const runtime = await MetashrewRuntime.load(options.indexer, {
    store,
    logger,
    deadlineMs: options.viewDeadlineMs,
    // Without a pool every view has a fresh instance, as upstream.
    statefulViews: pooled ? 'eager' : 'off',
  });
  const adapter = new MetashrewRuntimeAdapter(runtime, { logger });
  closing.defer(() => adapter.close());
  if (pooled) {
    const where = await adapter.initializeViewPool({
      poolSize: options.viewPoolSize,
      maxConcurrentRequests: options.viewPoolMaxConcurrent,
      enableLogging: options.viewPoolLogging === true,
      deadlineMs: options.viewDeadlineMs,
      workerUrl,
    });
    const stats = adapter.getViewPoolStats();
    if (where === 'pool' && stats !== undefined) {
      logger.info(
        `view pool: ${stats.poolSize} runtimes, at most ${stats.maxConcurrentRequests} concurrent requests`,
      );
    }
  }
  const handler = createJsonRpcHandler({
    views: adapter,
    store,
    logger,
    errors: options.upstreamErrors === true ? 'upstream' : 'standard',
  });
  const fetch = createRpcFetch(handler, { cors: originsOf(options.cors) });
  const server = await serve(fetch, { host: options.host, port: options.port });
  closing.defer(() => server.close());
  logger.info(`JSON-RPC at ${server.url}`);
  const indexer = await IndexingThread.start(runtime, { logger, workerUrl });
  closing.defer(() => indexer.close());
  const { startBlock, exitAt, maxReorgDepth, reorgCheckThreshold } = options;
  await followBlocks(
    { source, indexer, store, logger, startBlock, exitAt, maxReorgDepth, reorgCheckThreshold },
    signal,
  );
  if (exitAt === undefined && !source.grows) {
    logger.info('all block files are indexed; serving until it is stopped');
    await abortOf(signal);
  }
}

async function sourceOf({ daemonRpcUrl, blocks, auth }: ViewsCommandOptions): Promise<BlockSource> {
  if (blocks !== undefined && daemonRpcUrl === undefined) return BlockFolder.open(blocks);
  if (daemonRpcUrl !== undefined && blocks === undefined) {
    return new BitcoinRpc({ url: daemonRpcUrl, auth });
  }
  throw new ViewError(
    'ERR_INDEX_SOURCE',
    'give either --daemon-rpc-url, to follow a node, or --blocks, to index files',
  );
}

function originsOf(cors: string | undefined): '*' | readonly string[] | undefined {
  if (cors === undefined || cors === '*') return cors;
  return cors.split(',').map((origin) => origin.trim());
}

function abortOf(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return new Promise(() => {});
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What has been opened, to be closed in the opposite order. */
class Closing implements AsyncDisposable {
  readonly #steps: (() => Promise<void>)[] = [];

  defer(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#steps.reverse()) await step();
  }
}
