export {
  type BlockingHandlerOptions,
  BlockingPool,
  type BlockingPoolOptions,
} from './blocking-pool.js';
export type { ThreadUpdate } from './parcel.js';
export type { SystemPage, SystemPages } from './system-pages.js';
export { SystemThread, type SystemThreadOptions } from './system-thread-host.js';
export {
  ThreadedParser,
  type ThreadedParserOptions,
  threadedParser,
} from './threaded-parser.js';
