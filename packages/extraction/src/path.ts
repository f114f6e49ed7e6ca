import type { Pool, TimingStats } from '@rockpool/core';
import type { HtmlInput } from '@rockpool/native-adapter';
import type { ExtractedDoc, ExtractionMode } from './document.js';

/**
 * One way to get a page extracted: a pool of extractors of one kind. The façade knows only this; a second
 * path with a breaker can stand in front of the first without a caller noticing.
 */
export interface ExtractionPath {
  /** Lends an extractor, waiting for one if all are on loan. */
  checkout(options: PathCheckout): Promise<PathLease>;
  /** Settles when the extractors that shall be there from the start are there. */
  ready(): Promise<void>;
  status(): PoolStatus;
  timings(): PathTimings;
  /** The pools inside, to be watched and steered. */
  readonly pools: readonly SteerablePool[];
  /** What only a WebAssembly path counts. */
  wasm?(): WasmFigures;
  /** How long the phases of an extraction take; for a WebAssembly path. */
  phases?(): ExtractionPhases;
  /** Refuses newcomers, waits for extractors on loan, ends all. Idempotent. */
  close(): Promise<void>;
}

/** What can be seen of and done to a pool without touching what it lends. */
export type SteerablePool = Pick<
  Pool<never>,
  | 'name'
  | 'state'
  | 'min'
  | 'max'
  | 'memory'
  | 'stats'
  | 'on'
  | 'resize'
  | 'clear'
  | 'drain'
  | 'resume'
>;

/** What is counted of WebAssembly guests. */
export interface WasmFigures {
  /** Pages of 64 KiB that all instances have now, as far as it is known. */
  readonly memoryPages: number;
  /** The most that one instance ever had. */
  readonly peakMemoryPages: number;
  /** Growth of a memory that was refused. */
  readonly growFailures: number;
  /** Calls stopped at their deadline. */
  readonly deadlineStops: number;
  /** Calls that failed for lack of memory. */
  readonly memoryLimitFailures: number;
  readonly traps: number;
  /** Time the last instance took to be ready, in ms. */
  readonly coldStartMs: number;
  /** Instances that took longer than the target. */
  readonly coldStartsOverTarget: number;
  /** Times that a module came ready from the cache, in memory or on disk, since the process began. */
  readonly aotCacheHits: number;
  /** Modules that had to be rewritten because no cache had them, since the process began. */
  readonly aotCacheMisses: number;
}

/**
 * The phases of an extraction by a component, one after the other: the `wait` for an instance, the page to text
 * (`decode`), the `guest` with the way to its worker and back, and the `document` made of what it answered. Empty
 * without a component, or when durations are not measured.
 */
export type ExtractionPhases = Readonly<
  Partial<Record<'wait' | 'decode' | 'guest' | 'document', TimingStats>>
>;

/** How one checkout waits. */
export interface PathCheckout {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly label?: string | undefined;
}

/** An extractor on loan from a path. */
export interface PathLease {
  readonly active: boolean;
  extract(page: PageRequest): Promise<ExtractedDoc>;
  release(): void;
}

/** One page to extract. */
export interface PageRequest {
  readonly html: HtmlInput;
  readonly url: string | undefined;
  readonly mode: ExtractionMode;
}

/** Who has what, at one moment. An idle pool has a utilization of 0, however few extractors it has made. */
export interface PoolStatus {
  readonly state: 'open' | 'closing' | 'closed';
  /** Extractors there are. */
  readonly total: number;
  /** Idle, ready to be lent. */
  readonly available: number;
  /** On loan. */
  readonly active: number;
  /** Most extractors there may be. */
  readonly max: number;
  /** Callers waiting for an extractor. */
  readonly waiting: number;
  /** `active` over `max`: 0 to 1. */
  readonly utilization: number;
  /** 0 to 100, see `Pool.health`. */
  readonly health: number;
}

/** What the pool of a path has counted and timed since it was made. */
export interface PathTimings {
  readonly created: number;
  /** Loans of an extractor that had been lent before. */
  readonly reused: number;
  /** Extractors ended for being idle, old or worn. */
  readonly evicted: number;
  /** Time that all loans were waited for, in ms, and how many there were. */
  readonly waitMs: number;
  readonly waits: number;
  readonly avgWaitTimeMs: number;
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  readonly avgCreationTimeMs: number;
}
