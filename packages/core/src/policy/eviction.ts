/** The limits that a sweep looks after, in ms; 0 = none. */
export interface SweepLimits {
  readonly idleTimeoutMs: number;
  readonly hardIdleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly keepAliveMs: number;
  readonly testWhileIdle: boolean;
}

/** Longest time between two sweeps, so that a resource with a lifetime of days is still ended within the minute. */
const LONGEST_MS = 30_000;

/** How often to look, in ms: an eighth of the shortest limit; 0 = never. */
export function sweepPeriodMs(limits: SweepLimits): number {
  const { idleTimeoutMs, hardIdleTimeoutMs, maxLifetimeMs, keepAliveMs, testWhileIdle } = limits;
  const limited = [
    idleTimeoutMs,
    hardIdleTimeoutMs,
    maxLifetimeMs,
    testWhileIdle ? keepAliveMs : 0,
  ];
  const shortest = Math.min(...limited.filter((ms) => ms > 0));
  return shortest === Number.POSITIVE_INFINITY
    ? 0
    : Math.max(1, Math.min(LONGEST_MS, Math.ceil(shortest / 8)));
}
