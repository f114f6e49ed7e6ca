import { type MemoryPressureLevel, PRESSURE_LEVELS } from '../contract/memory.js';

/** Where the levels begin, as shares of the limit, and how far below its threshold a level ends. */
export interface PressureThresholds {
  readonly medium: number;
  readonly high: number;
  readonly critical: number;
  /** Keeps a level from flapping around its threshold. */
  readonly hysteresis: number;
}

/** The thresholds of the seed. */
export const PRESSURE_THRESHOLDS: PressureThresholds = {
  medium: 0.5,
  high: 0.75,
  critical: 0.9,
  hysteresis: 0.05,
};

/** The pressure that a share of the memory limit means, whatever it was before. */
export function pressureOf(
  share: number,
  { medium, high, critical }: PressureThresholds = PRESSURE_THRESHOLDS,
): MemoryPressureLevel {
  if (share >= critical) return 'critical';
  if (share >= high) return 'high';
  return share >= medium ? 'medium' : 'low';
}

/** The level after a level: it rises at a threshold, and falls only a little below it. */
export function pressureAfter(
  level: MemoryPressureLevel,
  share: number,
  thresholds: PressureThresholds = PRESSURE_THRESHOLDS,
): MemoryPressureLevel {
  const rank = (each: MemoryPressureLevel): number => PRESSURE_LEVELS.indexOf(each);
  const rising = pressureOf(share, thresholds);
  if (rank(rising) >= rank(level)) return rising;
  const falling = pressureOf(share + thresholds.hysteresis, thresholds);
  return rank(falling) < rank(level) ? falling : level;
}
