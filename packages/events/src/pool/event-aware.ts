import {
  createPool,
  type FactoryOrCreate,
  type Pool,
  type Poolable,
  type PoolOptions,
} from '@rockpool/core';
import type { EventBus } from '../bus.js';
import type { ObserveOptions } from '../contract/options.js';

/**
 * Makes a pool that a bus observes from its first instance on.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`
 * @throws EventBusClosedError `ERR_EVENTS_CLOSED`
 */
export function createEventAwarePool<T extends Poolable>(
  factory: FactoryOrCreate<T>,
  options: PoolOptions<T> | undefined,
  bus: EventBus,
  observe?: ObserveOptions,
): Pool<T> {
  const pool = createPool<T>(factory, options);
  try {
    bus.observe(pool, observe);
  } catch (error) {
    void pool.close({ force: true });
    throw error;
  }
  return pool;
}
