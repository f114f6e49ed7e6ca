/** How well a pool is, from good to bad. */
export type HealthLevel = 'healthy' | 'degraded' | 'unhealthy' | 'critical';

/** The levels from good to bad. */
export const HEALTH_LEVELS: readonly HealthLevel[] = [
  'healthy',
  'degraded',
  'unhealthy',
  'critical',
];

/** What a level is judged by. Shares are from 0 to 1. */
export interface HealthSigns {
  /** Calls that were served, of those during the window; 1 when there were none. */
  readonly successRate: number;
  /** Calls served by the fallback, of those during the window. */
  readonly fallbackRate: number;
  /** Resources on loan now, of all there may be. */
  readonly utilization: number;
  /** Memory in use now, of the limit; 0 without a limit. */
  readonly memory: number;
  /** Openings of the breaker during the window. */
  readonly breakerTrips: number;
  /** Calls stopped by force during the window. */
  readonly hardTimeouts: number;
  /** Mean time of a call during the window, in ms. */
  readonly processingMs: number;
}

/** When a sign makes a pool degraded, unhealthy, critical; `undefined` = it never does. */
export interface HealthThreshold {
  readonly sign: keyof HealthSigns;
  /** `below`: less than the limit is bad · `above`: more is · `from`: as much is. */
  readonly bad: 'below' | 'above' | 'from';
  readonly limits: readonly [
    degraded: number | undefined,
    unhealthy: number | undefined,
    critical: number | undefined,
  ];
}

/** Every threshold. The level of a pool is the worst that any of its signs asks for. */
export const HEALTH_THRESHOLDS: readonly HealthThreshold[] = [
  { sign: 'successRate', bad: 'below', limits: [0.9, 0.75, 0.5] },
  { sign: 'utilization', bad: 'above', limits: [0.75, 0.85, 0.95] },
  { sign: 'memory', bad: 'from', limits: [0.5, 0.75, 0.9] },
  { sign: 'fallbackRate', bad: 'above', limits: [0.1, 0.3, undefined] },
  { sign: 'breakerTrips', bad: 'above', limits: [undefined, 5, undefined] },
  { sign: 'hardTimeouts', bad: 'above', limits: [undefined, undefined, 10] },
  { sign: 'processingMs', bad: 'above', limits: [5_000, undefined, undefined] },
];

/** A level, and the signs that ask for it. */
export interface Judgement {
  readonly level: HealthLevel;
  /** The signs that are as bad as `level`; empty when healthy. */
  readonly because: readonly (keyof HealthSigns)[];
}

/** The level that some signs mean. */
export function judge(signs: HealthSigns): Judgement {
  const ranks = HEALTH_THRESHOLDS.map((threshold) => rankOf(signs[threshold.sign], threshold));
  const worst = Math.max(...ranks);
  const because = HEALTH_THRESHOLDS.filter((_, index) => worst > 0 && ranks[index] === worst);
  return { level: HEALTH_LEVELS[worst] ?? 'critical', because: because.map(({ sign }) => sign) };
}

/** 0 healthy to 3 critical: the last limit that is passed. What is not a number counts as the worst. */
function rankOf(value: number, { bad, limits }: HealthThreshold): number {
  const isBad = (limit: number | undefined): boolean => {
    if (limit === undefined) return false;
    if (Number.isNaN(value)) return true;
    if (bad === 'below') return value < limit;
    return bad === 'above' ? value > limit : value >= limit;
  };
  return limits.findLastIndex(isBad) + 1;
}
