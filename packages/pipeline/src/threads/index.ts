export {
  type BlockingHandlerOptions,
  BlockingPool,
  type BlockingPoolOptions,
} from './blocking-pool.js';
export type { ThreadUpdate } from './parcel.js';
export {
  ThreadedParser,
  type ThreadedParserOptions,
  threadedParser,
} from './threaded-parser.js';
