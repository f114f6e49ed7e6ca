import type { CircuitBreaker } from '@rockpool/core/resilience';
import type {
  ExtractionPath,
  ExtractionPhases,
  PathCheckout,
  PathLease,
  PathTimings,
  PoolStatus,
  SteerablePool,
  WasmFigures,
} from '../path.js';
import type { FallbackBooks } from './fallback-books.js';
import { type Failure, GuardedLease, type LeaseStart } from './guarded-lease.js';
import type { LazyPath } from './lazy-path.js';
import { judge } from './trigger.js';

/** What a guarded path is made of. */
export interface GuardedParts {
  readonly primary: LazyPath;
  /** `undefined` = a failure of the primary path is the caller's. */
  readonly fallback: ExtractionPath | undefined;
  readonly breaker: CircuitBreaker;
  readonly books: FallbackBooks;
}

/** A primary path behind a breaker, and the fallback that is used whenever it cannot serve. */
export class GuardedPath implements ExtractionPath {
  readonly #parts: GuardedParts;

  constructor(parts: GuardedParts) {
    this.#parts = parts;
  }

  get pools(): readonly SteerablePool[] {
    const { primary, fallback } = this.#parts;
    return [...(primary.loaded?.pools ?? []), ...(fallback?.pools ?? [])];
  }

  async checkout(options: PathCheckout): Promise<PathLease> {
    const { breaker, fallback, books } = this.#parts;
    const openFallback = fallback && (() => fallback.checkout(options));
    return new GuardedLease(await this.#start(options), { breaker, books, openFallback });
  }

  /** Settles when the fallback is ready, and the primary path is, or has failed. */
  async ready(): Promise<void> {
    const { primary, fallback } = this.#parts;
    const first = primary.get().then((path) => path.ready());
    // Without a fallback its failure is the caller's; with one, pages are served all the same.
    await (fallback === undefined ? first : Promise.allSettled([first]));
    await fallback?.ready();
  }

  status(): PoolStatus {
    return this.#leading().status();
  }

  timings(): PathTimings {
    return this.#leading().timings();
  }

  wasm(): WasmFigures {
    return this.#parts.primary.loaded?.wasm?.() ?? NO_WASM;
  }

  phases(): ExtractionPhases {
    return this.#parts.primary.loaded?.phases?.() ?? {};
  }

  async close(): Promise<void> {
    await Promise.all([this.#parts.primary.close(), this.#parts.fallback?.close()]);
  }

  async #start(options: PathCheckout): Promise<LeaseStart> {
    const { breaker, fallback, primary } = this.#parts;
    const permit = breaker.tryPass();
    if (permit === undefined) {
      const failure: Failure = { error: breaker.openError(), trigger: 'breaker-open' };
      if (fallback === undefined) throw failure.error;
      return { kind: 'fallback', failure };
    }
    try {
      const path = await primary.get();
      return { kind: 'primary', lease: await path.checkout(options), permit };
    } catch (error) {
      const verdict = judge(error);
      if (verdict.kind === 'fall-back' && verdict.counts) permit.fail(error);
      else permit.cancel();
      if (verdict.kind === 'pass-on' || fallback === undefined) throw error;
      return { kind: 'fallback', failure: { error, trigger: verdict.trigger } };
    }
  }

  /** The path whose figures stand for both: the primary one, as long as it is there. */
  #leading(): ExtractionPath {
    return this.#parts.primary.loaded ?? this.#parts.fallback ?? NO_PATH;
  }
}

const NO_WASM: WasmFigures = {
  memoryPages: 0,
  peakMemoryPages: 0,
  growFailures: 0,
  deadlineStops: 0,
  memoryLimitFailures: 0,
  traps: 0,
  coldStartMs: 0,
  coldStartsOverTarget: 0,
  aotCacheHits: 0,
  aotCacheMisses: 0,
};

const NO_PATH: ExtractionPath = {
  pools: [],
  checkout: () => Promise.reject(new Error('bug in rockpool: there is no path')),
  ready: () => Promise.resolve(),
  close: () => Promise.resolve(),
  status: () => ({
    state: 'open',
    total: 0,
    available: 0,
    active: 0,
    max: 0,
    waiting: 0,
    utilization: 0,
    health: 100,
  }),
  timings: () => ({
    created: 0,
    reused: 0,
    evicted: 0,
    waitMs: 0,
    waits: 0,
    avgWaitTimeMs: 0,
    waitP50Ms: 0,
    waitP99Ms: 0,
    avgCreationTimeMs: 0,
  }),
};
