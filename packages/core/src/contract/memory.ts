/** How full memory is: from 0.5, 0.75 and 0.9 of the limit on it is no longer `low`. */
export type MemoryPressureLevel = 'low' | 'medium' | 'high' | 'critical';

/** The levels from good to bad. */
export const PRESSURE_LEVELS: readonly MemoryPressureLevel[] = [
  'low',
  'medium',
  'high',
  'critical',
];

/** The memory of a pool at one moment. */
export interface MemoryStats {
  /** All resources, as they were measured last. 0 when none of them says how much it uses. */
  readonly usedBytes: number;
  /** … of which on loan. */
  readonly inUseBytes: number;
  /** The most that all used at once. */
  readonly peakBytes: number;
  /** The largest resource now. */
  readonly largestBytes: number;
  /** `poolMemoryLimitBytes`; `undefined` = no limit. */
  readonly limitBytes: number | undefined;
  /** `memoryLimitBytes`; `undefined` = no limit. */
  readonly resourceLimitBytes: number | undefined;
  /** `usedBytes` over `limitBytes`; 0 without a limit. */
  readonly share: number;
  /** With hysteresis: it falls only 0.05 below the threshold that it rose at. */
  readonly pressure: MemoryPressureLevel;
  /** Bytes a second over the last ten snapshots; below 0 when it shrinks, 0 with fewer than two. */
  readonly growthBytesPerS: number;
  /** Calls of `forceGc`. */
  readonly gcRuns: number;
}

/** What all resources used at one moment, for a look back. */
export interface MemorySnapshot {
  /** Ms of the pool's clock. */
  readonly at: number;
  readonly usedBytes: number;
  readonly resources: number;
}

/** What `forceGc` did. */
export interface GcReport {
  readonly usedBytesBefore: number;
  readonly usedBytesAfter: number;
  /** Never below 0, also when others grew meanwhile. */
  readonly freedBytes: number;
  /** Idle resources that were ended. */
  readonly ended: number;
  /** Whether V8's collector ran; it can be called only with `--expose-gc`. */
  readonly collector: 'ran' | 'not-exposed';
}

/** What a pool knows about the memory of its resources, and can do about it. */
export interface PoolMemory {
  stats(): MemoryStats;
  /** At most 100, at least a second apart, from old to new. */
  readonly snapshots: readonly MemorySnapshot[];
  /** Asks every idle resource and every one on loan how much it uses; returns the sum in bytes. */
  measure(): number;
  /**
   * Ends idle resources that are too large, and those that `min` does not ask for; lets V8 collect if it may. Settles
   * when they have ended.
   */
  forceGc(): Promise<GcReport>;
  /** Ends the `count` largest idle resources, whatever `min` says (it then makes others); returns how many there were. */
  endLargest(count: number): number;
  /** Ends every resource that uses more than `bytes`, those on loan when they come back; returns their number. */
  endAbove(bytes: number): number;
}
