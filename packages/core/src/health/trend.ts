import { HEALTH_LEVELS, type HealthLevel } from './level.js';

/** Where the level is going; `unknown` with fewer than three checks. */
export type HealthTrend = 'improving' | 'stable' | 'degrading' | 'unknown';

/** Compares the newest of the last five levels with the oldest of them. `levels` from old to new. */
export function trendOf(levels: readonly HealthLevel[]): HealthTrend {
  if (levels.length < 3) return 'unknown';
  const rank = (level: HealthLevel | undefined): number =>
    HEALTH_LEVELS.indexOf(level ?? 'critical');
  const change = rank(levels.at(-1)) - rank(levels.at(-Math.min(5, levels.length)));
  if (change === 0) return 'stable';
  return change < 0 ? 'improving' : 'degrading';
}
