import { type GcReport, reasonOf } from '@rockpool/core';
import {
  type HealthReading,
  PoolHealthMonitor,
  type PoolHealthStatus,
} from '@rockpool/core/health';
import type { CircuitBreaker, CircuitBreakerState } from '@rockpool/core/resilience';
import type { HtmlInput } from '@rockpool/native-adapter';
import { Announcer } from './announcer.js';
import type { ExtractedDoc, ExtractionMode } from './document.js';
import { ExtractionLease } from './extraction-lease.js';
import type { FallbackBooks } from './fallback/fallback-books.js';
import { guardOf } from './guard.js';
import { ExtractionMemory, type ExtractionMemoryStats } from './memory.js';
import { ExtractionBooks, type ExtractionMetrics, unmeasured } from './metrics.js';
import { requireMode } from './mode.js';
import {
  type ExtractionPoolOptions,
  type ResolvedExtractionPoolOptions,
  resolveExtractionOptions,
} from './options.js';
import type {
  ExtractionPath,
  ExtractionPhases,
  PathCheckout,
  PoolStatus,
  SteerablePool,
} from './path.js';
import { Upkeep } from './upkeep.js';

/** How long one call may wait for an extractor, and what may end the waiting. */
export interface CheckoutOptions {
  /** Gives up waiting; an extraction that has begun goes on to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait, 0 = no limit. Default: `acquireTimeoutMs` of the pool. */
  readonly timeoutMs?: number | undefined;
  /** Shown in time-out and leak reports. */
  readonly label?: string | undefined;
}

/** Extracts pages with pooled extractors. Made by {@link createExtractionPool}. */
export class ExtractionPool implements AsyncDisposable {
  readonly name: string;
  /** The breaker in front of the component; without a component it stays closed. */
  readonly breaker: CircuitBreaker;
  /** Watches the health; runs by itself unless the setting `health.enabled` is false. */
  readonly monitor: PoolHealthMonitor;
  readonly #path: ExtractionPath;
  readonly #fallbacks: FallbackBooks;
  readonly #books = new ExtractionBooks();
  readonly #memory = new ExtractionMemory();
  readonly #announcer: Announcer;
  readonly #upkeep: Upkeep;
  readonly #measured: 'measured' | 'unmeasured';

  /**
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`; ExtractError `ERR_EXTRACT_OPTIONS` for what is wrong inside of `native`
   */
  constructor(options: ExtractionPoolOptions = {}) {
    const resolved = resolveExtractionOptions(options);
    this.name = resolved.name;
    this.#measured = resolved.configuration.settings.enableMetrics ? 'measured' : 'unmeasured';
    this.#announcer = new Announcer(resolved.bus);
    const { bus } = resolved;
    const guard = guardOf(resolved, this.#announcer, (path) => {
      for (const pool of path.pools) bus?.observe(pool);
    });
    this.#path = guard.path;
    this.#fallbacks = guard.books;
    this.breaker = guard.breaker;
    this.monitor = this.#watch(resolved);
    this.#upkeep = this.#keepMemory(resolved);
  }

  /** The pools inside, to be watched and steered; that of a component is among them once it was loaded. */
  get pools(): readonly SteerablePool[] {
    return this.#path.pools;
  }

  /**
   * Extracts one page: borrows an extractor, reads the page, gives the extractor back. When the component cannot, for
   * whatever reason, the page is read natively, and `parserMetadata` tells.
   *
   * @param html the page as text, or as bytes, which are decoded by byte order mark, `<meta charset>`, else UTF-8
   * @param url where the page came from; relative links are resolved against it
   * @param mode default `article`
   * @throws InputError for a page that is empty, binary, too large or too deep; ExtractionTimeoutError; ExtractError
   * `ERR_EXTRACT_INVALID_URL`, `ERR_EXTRACT_OPTIONS` for a bad mode; InvalidSelectorError for a custom one
   * @throws ExtractionFailedError `ERR_EXTRACTION_FAILED` when both ways failed, with both causes
   * @throws PoolError `ERR_POOL_TIMEOUT`, `ERR_POOL_ABORTED`, `ERR_POOL_CLOSED`, … when no extractor could be had
   */
  async extract(
    html: HtmlInput,
    url?: string,
    mode: ExtractionMode = 'article',
    options: CheckoutOptions = {},
  ): Promise<ExtractedDoc> {
    const checked = requireMode(mode);
    using lease = await this.checkout(options);
    return await lease.extract(html, url, checked);
  }

  /**
   * Lends an extractor, waiting for one if all are on loan.
   *
   * @throws PoolError `ERR_POOL_TIMEOUT`, `ERR_POOL_ABORTED`, `ERR_POOL_CLOSED`, `ERR_POOL_QUEUE_FULL`
   */
  async checkout(options: CheckoutOptions = {}): Promise<ExtractionLease> {
    const checkout: PathCheckout = options;
    return new ExtractionLease(await this.#path.checkout(checkout), this.#books, this.#announcer);
  }

  /** Settles when the first extractors are made; a page does not have to wait for it. */
  ready(): Promise<void> {
    return this.#path.ready();
  }

  /** Who has what, now: the component's instances once it is loaded, else the native extractors. */
  poolStatus(): PoolStatus {
    return this.#path.status();
  }

  /**
   * What was counted and timed since the pool was made. With the setting `enableMetrics` off all of that is 0; health
   * and breaker go by figures of their own.
   */
  metrics(): ExtractionMetrics {
    const figures = this.#figures();
    return this.#measured === 'measured' ? figures : unmeasured(figures, this.#path.status());
  }

  /** How long the phases of extractions by the component took; empty without one, and when `enableMetrics` is off. */
  phases(): ExtractionPhases {
    return this.#path.phases?.() ?? {};
  }

  /** How the pool is at this moment. */
  healthStatus(): PoolHealthStatus {
    return this.monitor.currentHealth();
  }

  circuitBreakerState(): CircuitBreakerState {
    return this.breaker.state;
  }

  /** What all extractors use, as far as it is known. */
  memoryStats(): ExtractionMemoryStats {
    return this.#memory.stats(this.pools, this.#path.wasm?.());
  }

  /** Ends idle extractors that are not needed, and reports what that freed. */
  forceGc(): Promise<GcReport> {
    return this.#memory.forceGc(this.pools);
  }

  /** Takes no new pages, waits for those being read, ends all extractors. Calling it again waits for the same end. */
  close(): Promise<void> {
    this.monitor.stop();
    this.#upkeep.stop();
    return this.#path.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #watch({ configuration, clock, bus, name }: ResolvedExtractionPoolOptions): PoolHealthMonitor {
    const { settings } = configuration;
    const source = {
      name,
      read: () => this.#reading(settings['wasm.memoryLimitBytes']),
      remedy: async () => (await this.forceGc()).ended,
    };
    const monitor = new PoolHealthMonitor(source, {
      intervalMs: settings['health.intervalMs'],
      clock,
    });
    monitor.onChange(({ to, status }) => {
      bus?.publish(`health.${to}`, () => ({
        component: name,
        status: to,
        details: status.because.join(', '),
        metrics: { score: status.score, ...status.signs },
      }));
    });
    if (settings['health.enabled']) monitor.start();
    return monitor;
  }

  /** Gives memory back, now and then, while it is above its threshold. */
  #keepMemory({ configuration, clock }: ResolvedExtractionPoolOptions): Upkeep {
    const { settings } = configuration;
    return new Upkeep({
      everyMs: settings['memory.gcIntervalMs'],
      isNeeded: () => {
        const { memoryBytes, memoryLimitBytes } = this.#reading(settings['wasm.memoryLimitBytes']);
        const share = memoryLimitBytes === undefined ? 0 : memoryBytes / memoryLimitBytes;
        return share >= settings['memory.pressureThreshold'];
      },
      work: () => this.forceGc(),
      onError: (error) => this.#announcer.warn(`giving memory back failed: ${reasonOf(error)}`),
      clock,
    });
  }

  #figures(): ExtractionMetrics {
    const timings = this.#path.timings();
    const wasm = this.#path.wasm?.();
    return {
      ...this.#path.status(),
      ...timings,
      ...this.#books.counts(),
      fallbackExtractions: this.#fallbacks.total,
      fallbacksByTrigger: this.#fallbacks.byTrigger(),
      circuitBreakerTrips: this.breaker.trips,
      semaphoreWaitTimeMs: timings.avgWaitTimeMs,
      epochTimeouts: wasm?.deadlineStops ?? 0,
      wasmMemoryPages: wasm?.memoryPages ?? 0,
      wasmPeakMemoryPages: wasm?.peakMemoryPages ?? 0,
      wasmGrowFailedTotal: wasm?.growFailures ?? 0,
      wasmColdStartMs: wasm?.coldStartMs ?? 0,
      wasmColdStartsOverTarget: wasm?.coldStartsOverTarget ?? 0,
      wasmAotCacheHits: wasm?.aotCacheHits ?? 0,
      wasmAotCacheMisses: wasm?.aotCacheMisses ?? 0,
    };
  }

  #reading(instanceLimitBytes: number): HealthReading {
    const metrics = this.#figures();
    const { usedBytes } = this.memoryStats();
    return {
      successes: metrics.successfulExtractions,
      // A page that is no page is its sender's fault, not the pool's.
      failures: metrics.failedExtractions - metrics.refusedPages,
      fallbacks: metrics.fallbackExtractions - metrics.fallbacksByTrigger.refused,
      breakerTrips: metrics.circuitBreakerTrips,
      hardTimeouts: metrics.epochTimeouts,
      processingMs: metrics.processingMs,
      waitMs: metrics.waitMs,
      waits: metrics.waits,
      available: metrics.available,
      active: metrics.active,
      max: metrics.max,
      utilization: metrics.utilization,
      memoryBytes: usedBytes,
      memoryLimitBytes: metrics.max === 0 ? undefined : metrics.max * instanceLimitBytes,
      breaker: this.breaker.state.kind,
    };
  }
}

/**
 * Makes an extraction pool; it begins to make its first extractors at once.
 *
 * @example
 * await using pool = createExtractionPool();
 * const page = await pool.extract('<h1>Title</h1><p>Words.</p>', 'https://example.com/', 'full');
 * page.title; // 'Title'
 *
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`; ExtractError `ERR_EXTRACT_OPTIONS` for what is wrong inside of `native`
 */
export function createExtractionPool(options: ExtractionPoolOptions = {}): ExtractionPool {
  return new ExtractionPool(options);
}
