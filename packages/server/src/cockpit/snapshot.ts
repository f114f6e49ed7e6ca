import { type MemoryStats, type PoolStats, reasonOf, type TimingStats } from '@rockpool/core';
import type { PoolHealthStatus } from '@rockpool/core/health';
import type { BreakerSnapshot } from '@rockpool/core/resilience';
import type {
  ExtractionMemoryStats,
  ExtractionMetrics,
  ExtractionPool,
  SteerablePool,
} from '@rockpool/extraction';

/** Percentiles of a duration, in ms. */
export interface TimingSummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** One pool at one moment, as plain data. */
export interface PoolSnapshot {
  readonly name: string;
  readonly state: string;
  readonly size: number;
  readonly idle: number;
  readonly borrowed: number;
  readonly creating: number;
  readonly waiting: number;
  readonly min: number;
  /** `null` = no limit. */
  readonly max: number | null;
  readonly utilization: number;
  readonly score: number;
  readonly oldestWaitMs: number;
  readonly acquired: number;
  readonly timedOut: number;
  readonly created: number;
  readonly createErrors: number;
  readonly destroyed: number;
  readonly leaks: number;
  readonly lastCreateError: string | null;
  readonly wait: TimingSummary;
  readonly hold: TimingSummary;
  readonly create: TimingSummary;
  readonly memory: MemoryStats;
}

/** Everything that the dashboard shows, at one moment. */
export interface CockpitSnapshot {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly pools: readonly PoolSnapshot[];
  readonly extraction: {
    readonly name: string;
    readonly metrics: ExtractionMetrics;
    readonly breaker: BreakerSnapshot & { readonly trips: number; readonly refused: number };
    readonly health: PoolHealthStatus;
    readonly memory: ExtractionMemoryStats;
  };
}

/** Takes a snapshot. */
export function takeSnapshot(
  extraction: ExtractionPool,
  pools: readonly Pick<SteerablePool, 'stats'>[],
  now: number,
): CockpitSnapshot {
  const { breaker } = extraction;
  return {
    time: new Date(now).toISOString(),
    pools: pools.map((pool) => poolSnapshot(pool.stats())),
    extraction: {
      name: extraction.name,
      metrics: extraction.metrics(),
      breaker: { ...breaker.snapshot(), trips: breaker.trips, refused: breaker.refused },
      health: extraction.healthStatus(),
      memory: extraction.memoryStats(),
    },
  };
}

function poolSnapshot(stats: PoolStats): PoolSnapshot {
  const { counters, timings, max, lastCreateError } = stats;
  return {
    name: stats.name,
    state: stats.state,
    size: stats.size,
    idle: stats.idle,
    borrowed: stats.borrowed,
    creating: stats.creating,
    waiting: stats.waiting,
    min: stats.min,
    max: Number.isFinite(max) ? max : null,
    utilization: stats.utilization,
    score: stats.health,
    oldestWaitMs: stats.oldestWaitMs,
    acquired: counters.acquired,
    timedOut: counters.timedOut,
    created: counters.created,
    createErrors: counters.createErrors,
    destroyed: counters.destroyed,
    leaks: counters.leaks,
    lastCreateError: lastCreateError === undefined ? null : reasonOf(lastCreateError),
    wait: summaryOf(timings.wait),
    hold: summaryOf(timings.hold),
    create: summaryOf(timings.create),
    memory: stats.memory,
  };
}

function summaryOf(timing: TimingStats): TimingSummary {
  return {
    count: timing.count,
    p50Ms: timing.quantile(0.5),
    p95Ms: timing.quantile(0.95),
    p99Ms: timing.quantile(0.99),
    maxMs: timing.maxMs,
  };
}
