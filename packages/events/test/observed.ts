import { createPool, type Pool, type PoolOptions } from '@rockpool/core';
import { CircuitBreaker } from '@rockpool/core/resilience';
import { ManualClock } from '@rockpool/core/testing';
import { afterEach } from 'vitest';
import { EventBus, type PoolEvent, type PoolOperation } from '../src/index.js';

/** What is pooled in these tests; it can be made ill. */
export interface Thing {
  well: boolean;
  clean: boolean;
}

/** Closed after each test. */
export const pools: Pool<Thing>[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close({ force: true })));
});

/** A pool of things that can be made ill, observed by a bus on which everything is heard. */
export function bench(options: PoolOptions<Thing> = {}, create = (): Thing => newThing()) {
  const clock = new ManualClock();
  const pool = createPool<Thing>(
    {
      create,
      validate: (thing) => thing.well,
      reset: (thing) => thing.clean,
    },
    { name: 'things', clock, ...options },
  );
  pools.push(pool);
  const bus = new EventBus();
  bus.observe(pool);
  const events: PoolEvent[] = [];
  bus.on('pool.*', (event) => events.push(event));
  const of = (operation: PoolOperation): PoolEvent[] =>
    events.filter((event) => event.eventType === `pool.${operation}`);
  return { pool, bus, clock, events, of };
}

/** A pool with a breaker. */
export function guarded() {
  const breaker = new CircuitBreaker();
  const pool = createPool<Thing>(newThing, { name: 'things', autostart: false });
  pools.push(pool);
  const bus = new EventBus();
  bus.observe(pool, { breaker });
  const events: PoolEvent[] = [];
  bus.on('pool.circuit_breaker_*', (event) => events.push(event));
  const of = (operation: PoolOperation): PoolEvent[] =>
    events.filter((event) => event.eventType === `pool.${operation}`);
  return { breaker, of, events };
}

export function newThing(): Thing {
  return { well: true, clean: true };
}
