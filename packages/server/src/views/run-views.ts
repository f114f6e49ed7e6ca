import { once } from 'node:events';
import {
  BitcoinRpc,
  BlockFolder,
  type BlockSource,
  createJsonRpcHandler,
  createRpcFetch,
  followBlocks,
  IndexingThread,
  type KeyValueStore,
  LmdbStore,
  MetashrewRuntime,
  MetashrewRuntimeAdapter,
} from '@rockpool/view-runtime';
import { Closing } from '../closing.js';
import { listen } from '../http/listen.js';
import type { Log } from '../log.js';
import { UsageError } from '../usage-error.js';
import { viewsApp } from './app.js';
import type { ViewsOptions } from './options.js';

/** Of the 1 GiB that all caches may hold together. */
const INDEXING_CACHE_BYTES = 512 * 1_048_576;
const VIEW_CACHE_BYTES = 448 * 1_048_576;
/** For views that run in this thread because there is no pool, or the pool failed. */
const DIRECT_CACHE_BYTES = 64 * 1_048_576;

/** What the command needs of its surroundings. */
export interface ViewsSurroundings {
  readonly log: Log;
  /** Ends the command: the block that is being indexed is left out, views that run are answered. */
  readonly signal: AbortSignal;
}

/**
 * Indexes and serves until the signal aborts or `--exit-at` is reached. With `--blocks` it goes on serving when all
 * files are indexed.
 *
 * @throws UsageError when there is no source of blocks, or two
 * @throws ViewError when it cannot start, or indexing fails
 */
export async function runViews(
  options: ViewsOptions,
  { log, signal }: ViewsSurroundings,
): Promise<void> {
  const source = await sourceOf(options);
  for (const flag of ignoredFlags(options)) log.warn(`${flag} is accepted and without effect`);
  await using closing = new Closing();
  const store = new LmdbStore(options.dbPath, { label: options.label });
  closing.defer(() => store.close());
  const runtime = await MetashrewRuntime.load(options.indexer, {
    store,
    logger: log,
    deadlineMs: options.viewDeadlineMs,
    cache: { limitBytes: DIRECT_CACHE_BYTES },
    // Without a pool every view has a fresh instance, as upstream.
    statefulViews: options.enableViewPool ? 'eager' : 'off',
  });
  const adapter = new MetashrewRuntimeAdapter(runtime, { logger: log });
  closing.defer(() => adapter.close());
  if (options.enableViewPool) await startPool(adapter, options, log);
  const errors = options.upstreamErrors ? 'upstream' : 'standard';
  const handler = createJsonRpcHandler({
    views: adapter,
    store,
    logger: log,
    errors,
    pendingBlock: source instanceof BitcoinRpc ? () => pendingOn(store, source) : undefined,
  });
  const rpc = createRpcFetch(handler, { cors: originsOf(options.cors) });
  const server = await listen(viewsApp({ rpc, adapter, store, log }).fetch, options);
  closing.defer(() => server.close());
  log.info(`JSON-RPC at ${server.url}`);
  const indexer = await IndexingThread.start(runtime, {
    logger: log,
    cacheLimitBytes: INDEXING_CACHE_BYTES,
  });
  closing.defer(() => indexer.close());
  // Otherwise a block that takes long would hold up the end.
  signal.addEventListener('abort', () => void indexer.close(), { once: true });
  const { startBlock, exitAt, maxReorgDepth, reorgCheckThreshold } = options;
  const limits = { startBlock, exitAt, maxReorgDepth, reorgCheckThreshold };
  await followBlocks({ source, indexer, store, logger: log, ...limits }, signal);
  if (exitAt !== undefined || source.grows) return;
  log.info('all block files are indexed; serving until it is stopped');
  await abortOf(signal);
}

async function startPool(
  adapter: MetashrewRuntimeAdapter,
  options: ViewsOptions,
  log: Log,
): Promise<void> {
  await adapter.initializeViewPool({
    poolSize: options.viewPoolSize,
    maxConcurrentRequests: options.viewPoolMaxConcurrent,
    enableLogging: options.viewPoolLogging === true,
    deadlineMs: options.viewDeadlineMs,
    cache: { limitBytes: VIEW_CACHE_BYTES },
    autoscale: options.viewPoolMin === undefined ? undefined : { min: options.viewPoolMin },
  });
  const stats = adapter.getViewPoolStats();
  if (stats === undefined) return;
  const { poolSize, maxConcurrentRequests } = stats;
  log.info(`view pool: ${poolSize} runtimes, at most ${maxConcurrentRequests} concurrent requests`);
}

async function sourceOf({ daemonRpcUrl, blocks, auth }: ViewsOptions): Promise<BlockSource> {
  if (blocks !== undefined && daemonRpcUrl === undefined) return BlockFolder.open(blocks);
  if (daemonRpcUrl !== undefined && blocks === undefined) {
    return new BitcoinRpc({ url: daemonRpcUrl, auth });
  }
  throw new UsageError(
    'views: give either --daemon-rpc-url, to follow a node, or --blocks, to index files',
  );
}

/** What the node would mine next, if that follows the newest block of the index. */
async function pendingOn(store: KeyValueStore, node: BitcoinRpc): Promise<Uint8Array | undefined> {
  const { previousHash, bytes } = await node.pendingBlock();
  const { tip } = store.mark();
  const newest = tip === undefined ? undefined : store.blockHash(tip);
  return newest !== undefined && Buffer.compare(newest, previousHash) === 0 ? bytes : undefined;
}

/** Flags that are taken and do nothing, as far as they were given. */
function ignoredFlags(options: ViewsOptions): readonly string[] {
  const given: readonly (readonly [string, unknown])[] = [
    ['--snapshot-directory', options.snapshotDirectory],
    ['--repo', options.repo],
    ['--prefixroot', options.prefixroot],
    ['--pipeline-size', options.pipelineSize],
  ];
  return given.filter(([, value]) => value !== undefined).map(([name]) => name);
}

function originsOf(cors: string): '*' | readonly string[] {
  return cors === '*' ? cors : cors.split(',').map((origin) => origin.trim());
}

async function abortOf(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
