/** Totals over the instances of a pool. */
export interface WasmCounters {
  /** Calls of guest code, all kinds of ends. */
  calls: number;
  /** Guests instantiated. */
  instantiations: number;
  /** Calls stopped at their deadline. */
  deadlineStops: number;
  /** Calls stopped because their fuel was used up. */
  fuelStops: number;
  traps: number;
  /** Calls that failed after memory was refused. */
  memoryLimitFailures: number;
  /** Growth of a memory that was refused or failed. */
  growthFailures: number;
  /** Restores after a good call. */
  restores: number;
  /** Restores after a stop or a trap. */
  heals: number;
  /** Instances whose state could not be put back. */
  lost: number;
  /** 4 KiB pages written by restores. */
  dirtyPages: number;
  /** Milliseconds spent in restores. */
  restoreMs: number;
  /** The most pages that any instance had. */
  peakPages: number;
  /** Units of fuel used by calls of metered guests. */
  fuelUsed: number;
  /** Milliseconds that the last instance took from nothing to its snapshot. */
  coldStartMs: number;
  /** Instances that took longer than `coldStartTargetMs`. */
  coldStartsOverTarget: number;
  /** Workers ended because a call did not stop otherwise. */
  hardKills: number;
}

export function newCounters(): WasmCounters {
  return {
    calls: 0,
    instantiations: 0,
    deadlineStops: 0,
    fuelStops: 0,
    traps: 0,
    memoryLimitFailures: 0,
    growthFailures: 0,
    restores: 0,
    heals: 0,
    lost: 0,
    dirtyPages: 0,
    restoreMs: 0,
    peakPages: 0,
    fuelUsed: 0,
    coldStartMs: 0,
    coldStartsOverTarget: 0,
    hardKills: 0,
  };
}
