import type { Isolation } from '../program/isolation.js';
import type { GuestApi } from '../program/options.js';
import type { Runnable } from '../program/runnable.js';
import type { SnapshotBackend } from '../snapshot/snapshot.js';
import type { WasmCounters } from './counters.js';
import type { ResolvedInstanceOptions } from './options.js';

/** The functions of an API, by name. */
export type Functions<Api> = {
  [Name in keyof Api]: Api[Name] extends Callable ? Name : never;
}[keyof Api];
type Callable = (...values: never[]) => unknown;
export type Arguments<F> = F extends (...values: infer Values) => unknown ? Values : never;
export type Result<F> = F extends (...values: never[]) => infer Value ? Value : never;

/** What an instance is made with. */
export interface InstanceParts<Api extends GuestApi> {
  readonly program: Runnable<Api>;
  readonly options: ResolvedInstanceOptions<Api>;
  readonly isolation: Isolation;
  readonly backend: SnapshotBackend;
  readonly counters: WasmCounters;
  /** Called when the guest turns out to be beyond repair while nobody holds it. */
  readonly died?: (error: Error) => void;
}

/** Limits of one call, where they differ from the pool's. */
export interface CallLimits {
  readonly deadlineMs?: number;
  readonly fuel?: number;
  readonly maxPages?: number;
}

/** Figures of one instance. */
export interface InstanceInfo {
  /** Counts the guests of this instance: it changes with every fresh guest. */
  readonly incarnation: number;
  readonly pages: number;
  readonly peakPages: number;
  readonly growthFailures: number;
  /** 4 KiB pages that the last restore had to write. */
  readonly dirtyPages: number;
  /** Milliseconds the last restore took. */
  readonly restoreMs: number;
  /** Units of fuel that the last call used; 0 for code that is not metered. */
  readonly fuelUsed: number;
  readonly state: 'usable' | 'running' | 'poisoned' | 'lost' | 'destroyed';
}
