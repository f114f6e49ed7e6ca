export {
  type CacheStats,
  LatestCache,
  type LatestCacheOptions,
  type Loaded,
  type PutOutcome,
  type Version,
} from './latest-cache.js';
export { type RuntimeCacheOptions, RuntimeCaches } from './runtime-caches.js';
