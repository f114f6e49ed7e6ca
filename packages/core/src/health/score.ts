import type { HealthSigns } from './level.js';
import type { HealthReading } from './reading.js';

const BREAKER_FACTOR = { closed: 1, 'half-open': 0.8, open: 0.5, isolated: 0.5 } as const;

/**
 * The score of a pool, 0 to 100:
 * `100 * successRate * (1 - 0.3 fallbackRate) * (1 - 0.3 load(utilization)) * (1 - 0.5 load(memory)) * breaker`,
 * where `load(share)` rises from 0 at half to 1 when full, and the breaker counts 1 closed, 0.8 half-open, 0.5 open.
 * Each factor falls when its sign gets worse, so worse input never raises the score.
 */
export function healthScore(
  signs: Pick<HealthSigns, 'successRate' | 'fallbackRate' | 'utilization' | 'memory'>,
  breaker: HealthReading['breaker'],
): number {
  const score =
    100 *
    share(signs.successRate, 0) *
    (1 - 0.3 * share(signs.fallbackRate, 1)) *
    (1 - 0.3 * load(signs.utilization)) *
    (1 - 0.5 * load(signs.memory)) *
    BREAKER_FACTOR[breaker ?? 'closed'];
  return Math.round(score * 100) / 100;
}

function load(full: number): number {
  return Math.max(0, 2 * share(full, 1) - 1);
}

/** Between 0 and 1; what is not a number counts as the worst. */
function share(value: number, worst: 0 | 1): number {
  return Number.isNaN(value) ? worst : Math.min(1, Math.max(0, value));
}
