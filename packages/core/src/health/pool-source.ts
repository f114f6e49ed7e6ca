import type { PoolMemory } from '../contract/memory.js';
import type { PoolStats } from '../contract/stats.js';
import {
  type HealthReading,
  type HealthSource,
  type PoolReadingExtras,
  poolReading,
  type Remedy,
} from './reading.js';

/** What a monitor needs of a pool: any `Pool` has it. */
export interface WatchablePool {
  readonly name: string;
  stats(): PoolStats;
  readonly memory: PoolMemory;
}

/** How many resources `clear-some` ends. */
const SOME = 2;
/** A resource above this share of its limit uses much memory. */
const MUCH = 0.8;

/**
 * A pool as a monitor sees it: its figures, measured anew at each look, and the remedies that it can carry out.
 *
 * @example
 * const monitor = new PoolHealthMonitor(poolSource(pool, { breaker }));
 */
export function poolSource(
  pool: WatchablePool,
  extras: Pick<PoolReadingExtras, 'breaker'> = {},
): HealthSource {
  return {
    name: pool.name,
    read(): HealthReading {
      pool.memory.measure();
      return poolReading(pool.stats(), extras);
    },
    remedy: (remedy) => carryOut(remedy, pool.memory),
  };
}

async function carryOut(remedy: Remedy, memory: PoolMemory): Promise<number> {
  if (remedy === 'clean-up') return (await memory.forceGc()).ended;
  const { resourceLimitBytes } = memory.stats();
  // Without a limit for one resource there is no saying which of them use much: the largest go.
  if (remedy === 'clear-some' || resourceLimitBytes === undefined) return memory.endLargest(SOME);
  return memory.endAbove(MUCH * resourceLimitBytes);
}
