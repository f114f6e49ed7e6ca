import type { MaybePromise } from '../contract/poolable.js';
import type { PoolStats } from '../contract/stats.js';

/**
 * What a source has counted since it was made, and what it shows now. The counts only grow; the monitor looks at
 * what came on top during its window, so that a bad hour last week does not make today's pool ill.
 */
export interface HealthReading {
  /** Calls that were served, those served by a fallback included. */
  readonly successes: number;
  /** Calls that were not, through no fault of their caller. */
  readonly failures: number;
  /** Successes that needed the fallback. */
  readonly fallbacks: number;
  /** How often the breaker opened. */
  readonly breakerTrips: number;
  /** Calls that had to be stopped by force at their deadline. */
  readonly hardTimeouts: number;
  /** Time that calls took, in ms, summed over `successes` and `failures`. */
  readonly processingMs: number;
  /** Time that callers waited for a resource, in ms, and how many of them there were. */
  readonly waitMs: number;
  readonly waits: number;
  /** Resources idle now. */
  readonly available: number;
  /** Resources on loan now. */
  readonly active: number;
  /** Most resources there may be. */
  readonly max: number;
  /** Share of the pool that is on loan now: 0 to 1. An idle pool is at 0, however few resources it has made. */
  readonly utilization: number;
  /** Memory of all resources now, in bytes; 0 when nobody measures it. */
  readonly memoryBytes: number;
  /** What they may use together, in bytes; `undefined` = no limit. */
  readonly memoryLimitBytes: number | undefined;
  /** The state of the breaker; `undefined` = there is none. */
  readonly breaker: 'closed' | 'open' | 'half-open' | 'isolated' | undefined;
}

/**
 * What to do about memory: `clear-high-memory` end the resources that use more than 80 % of what one may use ·
 * `clear-some` end the two largest idle ones · `clean-up` give back what nobody needs.
 */
export type Remedy = 'clear-high-memory' | 'clear-some' | 'clean-up';

/** What a monitor watches. */
export interface HealthSource {
  readonly name: string;
  read(): HealthReading;
  /** Carries out a remedy; gives the number of resources that were ended. Without it a monitor only watches. */
  remedy?(remedy: Remedy): MaybePromise<number>;
}

/** What `poolReading` can add to the figures of a pool. */
export interface PoolReadingExtras {
  /** A breaker that guards the pool. */
  readonly breaker?:
    | {
        readonly state: { readonly kind: NonNullable<HealthReading['breaker']> };
        readonly trips: number;
      }
    | undefined;
  /** Default what the pool has measured. */
  readonly memoryBytes?: number | undefined;
  readonly memoryLimitBytes?: number | undefined;
}

/**
 * Reads any pool: a success is a lease given out, a failure is a caller who got none because the deadline passed, the
 * line was full, or nothing could be created. Callers who gave up, and those of a closed pool, count as neither.
 */
export function poolReading(stats: PoolStats, extras: PoolReadingExtras = {}): HealthReading {
  const { counters, timings } = stats;
  return {
    successes: counters.acquired,
    failures: counters.timedOut + counters.rejectedQueueFull + counters.rejectedCreate,
    fallbacks: 0,
    breakerTrips: extras.breaker?.trips ?? 0,
    hardTimeouts: 0,
    processingMs: timings.hold.sumMs,
    waitMs: timings.wait.sumMs,
    waits: timings.wait.count,
    available: stats.idle,
    active: stats.borrowed,
    max: stats.max,
    utilization: stats.utilization,
    memoryBytes: extras.memoryBytes ?? stats.memory.usedBytes,
    memoryLimitBytes: extras.memoryLimitBytes ?? stats.memory.limitBytes,
    breaker: extras.breaker?.state.kind,
  };
}
