import type { RetryPlan } from '../contract/options.js';

/**
 * How long to wait before attempt `failures + 1`, in ms: `initialMs * factor^(failures - 1)` up to `maxMs`, of which
 * the share `jitter` is left to chance (`random` between 0 and 1) so that failing pools do not march in step.
 */
export function backoffMs(plan: RetryPlan, failures: number, random: number): number {
  const full = Math.min(plan.maxMs, plan.initialMs * plan.factor ** Math.max(0, failures - 1));
  return Math.round(full * (1 - plan.jitter * random));
}
