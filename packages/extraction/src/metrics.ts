import { performance } from 'node:perf_hooks';
import { ExtractError } from '@rockpool/native-adapter';
import type { FallbackTrigger } from './fallback/trigger.js';
import type { PathTimings, PoolStatus } from './path.js';

/** Everything an extraction pool counts and times. `totalExtractions` = successful + failed. */
export interface ExtractionMetrics extends PathTimings, PoolStatus {
  /** Extractions that have ended; those refused before an extractor was lent are not among them. */
  readonly totalExtractions: number;
  readonly successfulExtractions: number;
  readonly failedExtractions: number;
  /** Failures because of the page: empty, binary, too large, too deep, a bad URL or selector. */
  readonly refusedPages: number;
  /** Extractions that were stopped at their deadline. */
  readonly timeoutCount: number;
  /** Pages that the fallback was asked to read; the sum of `fallbacksByTrigger`. */
  readonly fallbackExtractions: number;
  readonly fallbacksByTrigger: Readonly<Record<FallbackTrigger, number>>;
  /** How often the breaker opened. */
  readonly circuitBreakerTrips: number;
  /** Mean of all extractions that have ended, in ms, without waiting. */
  readonly avgProcessingTimeMs: number;
  /** Time of all extractions that have ended, in ms. */
  readonly processingMs: number;
  /** The same as `avgWaitTimeMs`, under the name of the instance pool. */
  readonly semaphoreWaitTimeMs: number;
  /** Guests stopped at their deadline. */
  readonly epochTimeouts: number;
  /** Pages of 64 KiB that all guests have. */
  readonly wasmMemoryPages: number;
  readonly wasmPeakMemoryPages: number;
  readonly wasmGrowFailedTotal: number;
  /** Time the last instance took to be ready, in ms. */
  readonly wasmColdStartMs: number;
  /** Instances that took longer than the setting `wasm.coldStartTargetMs`. */
  readonly wasmColdStartsOverTarget: number;
  /** Times that a module of a component came ready from the cache, in memory or on disk; of this process. */
  readonly wasmAotCacheHits: number;
  /** Modules that had to be rewritten because no cache had them; of this process. */
  readonly wasmAotCacheMisses: number;
}

/** The figures of a pool that shall not measure: who has what is seen all the same, all that is counted or timed is 0. */
export function unmeasured(figures: ExtractionMetrics, status: PoolStatus): ExtractionMetrics {
  return { ...(zeroed(figures) as ExtractionMetrics), ...status };
}

function zeroed(figures: object): object {
  const entries = Object.entries(figures) as [string, unknown][];
  return Object.fromEntries(
    entries.map(([name, figure]) => [
      name,
      typeof figure === 'object' && figure !== null ? zeroed(figure) : 0,
    ]),
  );
}

/** What the books of extractions hold. */
export type ExtractionCounts = Pick<
  ExtractionMetrics,
  | 'totalExtractions'
  | 'successfulExtractions'
  | 'failedExtractions'
  | 'refusedPages'
  | 'timeoutCount'
  | 'processingMs'
  | 'avgProcessingTimeMs'
>;

/** What an extraction ended with. */
export type ExtractionEnd<R> =
  | { readonly kind: 'read'; readonly result: R; readonly durationMs: number }
  | {
      readonly kind: 'refused' | 'timeout' | 'failed';
      readonly error: unknown;
      readonly durationMs: number;
    };

/** Counts extractions whichever path ran them. */
export class ExtractionBooks {
  #successful = 0;
  #failed = 0;
  #refused = 0;
  #timeouts = 0;
  #processingMs = 0;

  async record<R>(work: () => Promise<R>, onEnd: (end: ExtractionEnd<R>) => void): Promise<R> {
    const startedAt = performance.now();
    const took = (): number => {
      const durationMs = performance.now() - startedAt;
      this.#processingMs += durationMs;
      return durationMs;
    };
    let ended: ExtractionEnd<R> | undefined;
    try {
      const result = await work();
      this.#successful += 1;
      ended = { kind: 'read', result, durationMs: took() };
      return result;
    } catch (error) {
      this.#failed += 1;
      const kind = kindOf(error);
      if (kind === 'timeout') this.#timeouts += 1;
      if (kind === 'refused') this.#refused += 1;
      ended = { kind, error, durationMs: took() };
      throw error;
    } finally {
      if (ended !== undefined) onEnd(ended);
    }
  }

  counts(): ExtractionCounts {
    const total = this.#successful + this.#failed;
    return {
      totalExtractions: total,
      successfulExtractions: this.#successful,
      failedExtractions: this.#failed,
      refusedPages: this.#refused,
      timeoutCount: this.#timeouts,
      processingMs: this.#processingMs,
      avgProcessingTimeMs: total === 0 ? 0 : this.#processingMs / total,
    };
  }
}

function kindOf(error: unknown): 'timeout' | 'refused' | 'failed' {
  if (ExtractError.is(error, 'ERR_EXTRACT_TIMEOUT')) return 'timeout';
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ERR_WASM_DEADLINE') return 'timeout';
  return ExtractError.is(error) || code === 'ERR_EXTRACTION_REFUSED' ? 'refused' : 'failed';
}
