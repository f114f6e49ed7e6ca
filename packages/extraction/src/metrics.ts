import { performance } from 'node:perf_hooks';
import { ExtractError, type ExtractionTimeoutError } from '@rockpool/native-adapter';
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
  /** Mean of all extractions that have ended, in ms, without waiting. */
  readonly avgProcessingTimeMs: number;
}

/** Counts extractions whichever path ran them. */
export class ExtractionBooks {
  #successful = 0;
  #failed = 0;
  #refused = 0;
  #timeouts = 0;
  #processingMs = 0;

  async record<R>(work: () => Promise<R>): Promise<R> {
    const startedAt = performance.now();
    try {
      const result = await work();
      this.#successful += 1;
      return result;
    } catch (error) {
      this.#failed += 1;
      if (isTimeout(error)) this.#timeouts += 1;
      else if (ExtractError.is(error)) this.#refused += 1;
      throw error;
    } finally {
      this.#processingMs += performance.now() - startedAt;
    }
  }

  snapshot(status: PoolStatus, timings: PathTimings): ExtractionMetrics {
    const total = this.#successful + this.#failed;
    return {
      ...status,
      ...timings,
      totalExtractions: total,
      successfulExtractions: this.#successful,
      failedExtractions: this.#failed,
      refusedPages: this.#refused,
      timeoutCount: this.#timeouts,
      avgProcessingTimeMs: total === 0 ? 0 : this.#processingMs / total,
    };
  }
}

const isTimeout = (error: unknown): error is ExtractionTimeoutError =>
  ExtractError.is(error, 'ERR_EXTRACT_TIMEOUT');
