import type { MemoryStats } from './memory.js';
import type { DestroyReason } from './poolable.js';

/**
 * The state of a pool.
 *
 * `idle` not started (`autostart: false`) · `running` · `paused` lends nothing, waiters wait · `draining` serves who
 * waits, takes nobody new · `closing` · `closed`
 */
export type PoolState = 'idle' | 'running' | 'paused' | 'draining' | 'closing' | 'closed';

/** How many slots are in which state: `size = creating + validating + idle + borrowed + resetting + destroying`. */
export interface PoolCounts {
  readonly size: number;
  readonly idle: number;
  /** Resources with at least one lease. */
  readonly borrowed: number;
  readonly creating: number;
  readonly validating: number;
  readonly resetting: number;
  readonly destroying: number;
  readonly waiting: number;
  readonly min: number;
  readonly max: number;
}

/** One measured duration, in milliseconds. */
export interface TimingStats {
  /** Estimated from samples unless the pool was made with `stats: 'exact'`. */
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
  /** Mean in milliseconds, 0 when nothing was measured. */
  readonly meanMs: number;
  /** The `q`-quantile (0 to 1) in milliseconds, within 7 % of the exact value; 0 when nothing was measured. */
  quantile(q: number): number;
  /** How many took `ms` or less, as exactly as the quantiles are; `Infinity` gives the count. */
  countUpTo(ms: number): number;
}

/** What is timed. `wait` counts loans that did not have to wait as 0. */
export type TimedPhase = 'wait' | 'create' | 'hold' | 'reset' | 'validate' | 'destroy';

/** Everything a pool counts. Counters only grow. */
export interface PoolCounters {
  /** Leases given out. */
  acquired: number;
  /** … of which without waiting. */
  acquiredDirect: number;
  /** … of which after waiting in line. */
  acquiredAfterWait: number;
  /** `acquire` calls that had to wait. */
  enqueued: number;
  /** Waiters whose deadline passed. */
  timedOut: number;
  /** Waiters whose signal aborted. */
  aborted: number;
  /** `acquire` calls refused because the line was full. */
  rejectedQueueFull: number;
  /** Waiters and calls refused because the pool was draining, closing or closed. */
  rejectedClosed: number;
  /** Waiters rejected with the error of a creation. */
  rejectedCreate: number;
  /** Leases ended by `release`. */
  released: number;
  /** Leases ended by `destroy`. */
  destroyedByBorrower: number;
  /** Resources taken out with `detach`. */
  detached: number;
  /** Verbs called on a lease that had already ended. */
  lateReleases: number;
  /** Resources made, or adopted with `add`. */
  created: number;
  /** Attempts to create that failed, time-outs included. */
  createErrors: number;
  /** Attempts to create that ran into `createTimeoutMs`. */
  createTimeouts: number;
  /** Resources whose `create` settled after its limit; each was destroyed. */
  createdTooLate: number;
  /** Resources cleaned after a loan. */
  resets: number;
  /** Resources that could not be cleaned, time-outs included. */
  resetErrors: number;
  /** Checks made. */
  validated: number;
  /** Resources that a check found unusable. */
  invalid: number;
  /** Resources ended, for whatever reason. */
  destroyed: number;
  /** Calls of `destroy` that failed, time-outs included. */
  destroyErrors: number;
  /** Calls of `lease.fail`. */
  failures: number;
  /** Resources that announced their own death. */
  died: number;
  /** Leases held longer than `leakThresholdMs`, and leases dropped without release. */
  leaks: number;
  /** Leases taken away after `reclaimAfterMs`, or abandoned at close. */
  reclaimed: number;
  /** Listeners that threw. */
  listenerErrors: number;
}

/** A snapshot of a pool. */
export interface PoolStats extends PoolCounts {
  readonly name: string;
  readonly state: PoolState;
  /** Live leases; more than `borrowed` when leases are shared. */
  readonly leases: number;
  /** The most resources that were on loan at once. */
  readonly peakBorrowed: number;
  /** Callers in line, by class of priority. */
  readonly waitingByPriority: readonly number[];
  /** How long the first in line has waited; 0 when nobody waits. */
  readonly oldestWaitMs: number;
  /** Leases over the leases possible at `max`: 0 to 1. */
  readonly utilization: number;
  /** The pool's score, 0 to 100; the formula is in the guide. */
  readonly health: number;
  /** What its resources use, as far as they say. */
  readonly memory: MemoryStats;
  /** How often the pool was cleared. */
  readonly generation: number;
  /** What the last failed attempt to create threw. */
  readonly lastCreateError: unknown;
  readonly counters: Readonly<PoolCounters>;
  /** Resources ended, by reason. */
  readonly destroyedBy: Readonly<Record<DestroyReason, number>>;
  /** Durations, by what took them. */
  readonly timings: Readonly<Record<TimedPhase, TimingStats>>;
}
