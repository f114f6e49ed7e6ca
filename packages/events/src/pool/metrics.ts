import type { PoolStats } from '@rockpool/core';
import type { PoolMetrics } from '../contract/pool.js';

/** The numbers that an event carries, from a snapshot of the pool. */
export function metricsOf({
  counters,
  idle,
  borrowed,
  size,
  waiting,
  timings,
}: PoolStats): PoolMetrics {
  const refused =
    counters.timedOut +
    counters.aborted +
    counters.rejectedQueueFull +
    counters.rejectedClosed +
    counters.rejectedCreate;
  const asked = counters.acquired + refused;
  return {
    available: idle,
    active: borrowed,
    total: size,
    pendingAcquisitions: waiting,
    successRate: asked === 0 ? 1 : counters.acquired / asked,
    avgAcquisitionTimeMs: timings.wait.meanMs,
    avgLatencyMs: timings.hold.meanMs,
  };
}
