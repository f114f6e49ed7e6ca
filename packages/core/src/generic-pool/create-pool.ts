import { Deque } from './deque.js';
import { DefaultEvictor } from './evictor.js';
import type { Factory } from './factory.js';
import type { Options } from './options.js';
import { Pool } from './pool.js';
import { PriorityQueue } from './priority-queue.js';

/**
 * Makes a pool with the interface of generic-pool 3.9.
 *
 * @example
 * const pool = createPool({ create: () => connect(), destroy: (client) => client.end() }, { max: 10, min: 2 });
 * const client = await pool.acquire();
 * await pool.release(client);
 *
 * @throws TypeError when the factory lacks `create` or `destroy`
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` when `options.rockpool` cannot be used; all other options are repaired
 */
export function createPool<T>(factory: Factory<T>, options?: Options): Pool<T> {
  return new Pool<T>(DefaultEvictor, Deque, PriorityQueue, factory, options);
}

/** For `import genericPool from '@rockpool/core/generic-pool'`. */
const genericPool: {
  readonly Pool: typeof Pool;
  readonly Deque: typeof Deque;
  readonly PriorityQueue: typeof PriorityQueue;
  readonly DefaultEvictor: typeof DefaultEvictor;
  readonly createPool: typeof createPool;
} = { Pool, Deque, PriorityQueue, DefaultEvictor, createPool };

export default genericPool;
