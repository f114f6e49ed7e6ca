import type { MemoryPressureLevel } from '../contract/memory.js';
import type { HealthLevel, HealthSigns } from './level.js';
import type { HealthReading } from './reading.js';
import type { HealthTrend } from './trend.js';

/** What will be worse soon if it goes on like this. */
export interface HealthForecast {
  readonly sign: 'utilization' | 'memory' | 'wait';
  /** The value it will reach: a share, or ms for `wait`. */
  readonly limit: number;
  /** Ms from the check on. */
  readonly inMs: number;
}

/** How the memory of a pool is. */
export interface MemoryHealth {
  readonly usedBytes: number;
  readonly limitBytes: number | undefined;
  /** `usedBytes` over `limitBytes`: 0 and more; 0 without a limit. */
  readonly share: number;
  readonly pressure: MemoryPressureLevel;
}

/** What a check found. */
export interface PoolHealthStatus {
  readonly name: string;
  readonly level: HealthLevel;
  /** The signs that are as bad as `level`. */
  readonly because: readonly (keyof HealthSigns)[];
  /** 0 to 100, see {@link healthScore}. */
  readonly score: number;
  readonly trend: HealthTrend;
  /** The nearest first; empty when nothing can be told. */
  readonly forecast: readonly HealthForecast[];
  readonly signs: HealthSigns;
  readonly availableInstances: number;
  readonly activeInstances: number;
  readonly maxInstances: number;
  readonly memory: MemoryHealth;
  readonly breaker: HealthReading['breaker'];
  /** Mean wait for a resource during the window, in ms. */
  readonly avgWaitMs: number;
  /** Calls since the source was made. */
  readonly totalCalls: number;
  /** How far the rates look back here, in ms. */
  readonly windowMs: number;
  /** By the monitor's clock, in ms. */
  readonly at: number;
  /** The time of day of the check, ISO 8601 in UTC. */
  readonly lastCheck: string;
}

/** A status in few words, under the names of the RipTide pool; shares are percentages here. */
export interface HealthSummary {
  readonly status: HealthLevel;
  readonly score: number;
  readonly utilization_percent: number;
  readonly success_rate_percent: number;
  readonly fallback_rate_percent: number;
  readonly memory_pressure: MemoryPressureLevel;
  readonly trend: HealthTrend;
  readonly total_extractions: number;
}

/** The short form of a status. */
export function summaryOf(status: PoolHealthStatus): HealthSummary {
  const { signs } = status;
  return {
    status: status.level,
    score: status.score,
    utilization_percent: percent(signs.utilization),
    success_rate_percent: percent(signs.successRate),
    fallback_rate_percent: percent(signs.fallbackRate),
    memory_pressure: status.memory.pressure,
    trend: status.trend,
    total_extractions: status.totalCalls,
  };
}

function percent(share: number): number {
  return Math.round(share * 10_000) / 100;
}
