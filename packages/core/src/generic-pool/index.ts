/**
 * A replacement for generic-pool 3.9 that needs no change but the import.
 * @packageDocumentation
 */
export { createPool, default } from './create-pool.js';
export { Deque, DequeIterator } from './deque.js';
export { GenericPoolTimeoutError, NotBorrowedError } from './errors.js';
export {
  DefaultEvictor,
  type EvictionConfig,
  type Evictor,
  type PooledResource,
} from './evictor.js';
export type { Factory } from './factory.js';
export type { Options, RockpoolOptions } from './options.js';
export { Pool } from './pool.js';
export { PriorityQueue } from './priority-queue.js';
