/**
 * Runs the views of metashrew-style WebAssembly indexers: stateful where that is safe, in parallel, never stale.
 * @packageDocumentation
 */
export {
  type CacheMode,
  cacheBudgets,
  DEFAULT_CACHE_LIMIT_BYTES,
  type LruCacheStats,
} from './cache/caches.js';
export { type CacheStats, ENTRY_OVERHEAD_BYTES } from './cache/lru.js';
export * from './errors.js';
export { Program, type ProgramParts } from './host/program.js';
export { blockHashOf, previousHashOf } from './indexing/bitcoin-block.js';
export { BitcoinRpc, type BitcoinRpcOptions } from './indexing/bitcoin-rpc.js';
export { BlockFolder } from './indexing/block-folder.js';
export { type BlockIndexer, type FollowerOptions, followBlocks } from './indexing/follower.js';
export { IndexingThread, type IndexingThreadOptions } from './indexing/indexing-thread.js';
export type { PendingBlock } from './indexing/pending-block.js';
export type { BlockSource } from './indexing/source.js';
export { quietLogger, type ViewLogger } from './log.js';
export { type AdapterOptions, MetashrewRuntimeAdapter } from './pool/adapter.js';
export type {
  ChoosableRuntime,
  ChooseRuntime,
  Dispatch,
  ResolvedAutoscale,
  ResolvedViewPoolConfig,
  ViewPoolAutoscale,
  ViewPoolConfig,
} from './pool/config.js';
export {
  type ViewPoolConfigSnapshot,
  type ViewPoolExtras,
  type ViewPoolNumbers,
  ViewPoolStats,
} from './pool/stats.js';
export type { ThreadStats } from './pool/thread-stats.js';
export { type PooledViewOptions, ViewPool, type ViewPoolSource } from './pool/view-pool.js';
export { createRpcFetch, type RpcFetchOptions } from './rpc/fetch.js';
export {
  createJsonRpcHandler,
  type JsonRpcHandler,
  RPC_CODES,
  type RpcOptions,
} from './rpc/handler.js';
export type { RpcContext, ViewAnswerer } from './rpc/methods.js';
export type { Block, EngineStats, IndexedBlock } from './runtime/engine.js';
export type {
  CacheOptions,
  RecycleOptions,
  ResolvedCache,
  ResolvedRecycle,
  RuntimeEvent,
  RuntimeOptions,
} from './runtime/options.js';
export { MetashrewRuntime, type ViewOptions } from './runtime/runtime.js';
export type { RecycleReason } from './runtime/stateful.js';
export { LmdbStore, type LmdbStoreOptions } from './store/lmdb-store.js';
export { MemoryStore } from './store/memory-store.js';
export { type Leaf, rootOfEntries, type StateProof, verifyProof } from './store/sparse-merkle.js';
export * from './store/store.js';
