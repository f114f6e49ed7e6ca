import type { WasmCounters } from './counters.js';

/** How long an instance serves. What is not given is no limit. */
export interface WearLimits {
  /** Calls, however they ended. */
  readonly calls?: number;
  /** Calls that were stopped, trapped, or failed for lack of memory. */
  readonly failures?: number;
  /** Growth of its memory that was refused. */
  readonly growthFailures?: number;
}

/** What an instance has been through since it was made. */
export type Wear = Required<WearLimits>;

/** What the counters of one instance say about its wear. */
export function wearOf(counters: Readonly<WasmCounters>): Wear {
  const { calls, deadlineStops, fuelStops, traps, memoryLimitFailures, growthFailures } = counters;
  return {
    calls,
    failures: deadlineStops + fuelStops + traps + memoryLimitFailures,
    growthFailures,
  };
}

/** Whether an instance has reached one of its limits, and is to be replaced. */
export function isWorn(wear: Wear, limits: WearLimits | undefined): boolean {
  if (limits === undefined) return false;
  const { calls = Infinity, failures = Infinity, growthFailures = Infinity } = limits;
  return wear.calls >= calls || wear.failures >= failures || wear.growthFailures >= growthFailures;
}
