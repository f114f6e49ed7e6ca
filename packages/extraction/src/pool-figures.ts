import type { PoolStats } from '@rockpool/core';
import type { PathTimings, PoolStatus } from './path.js';

/** Who has what, from the figures of a pool. */
export function statusOf(stats: PoolStats): PoolStatus {
  return {
    state: stats.state === 'closing' || stats.state === 'closed' ? stats.state : 'open',
    total: stats.size,
    available: stats.idle,
    active: stats.borrowed,
    max: stats.max,
    waiting: stats.waiting,
    utilization: stats.utilization,
    health: stats.health,
  };
}

/** What was counted and timed, from the figures of a pool. */
export function timingsOf(
  { counters, destroyedBy, timings }: PoolStats,
  reused: number,
): PathTimings {
  return {
    created: counters.created,
    reused,
    evicted: destroyedBy.idle + destroyedBy.lifetime + destroyedBy.uses + destroyedBy.surplus,
    waitMs: timings.wait.sumMs,
    waits: timings.wait.count,
    avgWaitTimeMs: timings.wait.meanMs,
    waitP50Ms: timings.wait.quantile(0.5),
    waitP99Ms: timings.wait.quantile(0.99),
    avgCreationTimeMs: timings.create.meanMs,
  };
}
