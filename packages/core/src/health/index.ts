/**
 * How well a pool is: levels, score, trend, forecast.
 * @packageDocumentation
 */
export { type Crossing, crossingOf, FEWEST_POINTS, type Point } from './forecast.js';
export {
  HEALTH_LEVELS,
  HEALTH_THRESHOLDS,
  type HealthLevel,
  type HealthSigns,
  type HealthThreshold,
  type Judgement,
  judge,
} from './level.js';
export { type HealthChange, PoolHealthMonitor, type RemedyReport } from './monitor.js';
export type { HealthMonitorOptions, MonitorFault } from './options.js';
export { poolSource, type WatchablePool } from './pool-source.js';
export {
  type HealthReading,
  type HealthSource,
  type PoolReadingExtras,
  poolReading,
  type Remedy,
} from './reading.js';
export { remedyFor } from './remedy.js';
export { healthScore } from './score.js';
export {
  type HealthForecast,
  type HealthSummary,
  type MemoryHealth,
  type PoolHealthStatus,
  summaryOf,
} from './status.js';
export { type HealthTrend, trendOf } from './trend.js';
