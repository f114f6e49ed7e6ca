import { performance } from 'node:perf_hooks';
import type { Lease } from '@rockpool/core';
import { ExtractError, ExtractionTimeoutError } from '../errors.js';

/** What the extractions of a pool added up to. */
export interface ExtractionCounts {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly timeouts: number;
  /** Time spent extracting, in ms; 0 when metrics are off. */
  readonly processingMs: number;
}

/** How the books are kept. */
export interface BookkeeperOptions {
  readonly maxFailureCount: number;
  /** `durations` also measures how long extractions take. */
  readonly measure: 'counts' | 'durations';
}

/** Counts extractions, and ends extractors that cannot be trusted any more. */
export class Bookkeeper {
  readonly #options: BookkeeperOptions;
  readonly #failures = new WeakMap<object, number>();
  #successful = 0;
  #failed = 0;
  #timeouts = 0;
  #processingMs = 0;

  constructor(options: BookkeeperOptions) {
    this.#options = options;
  }

  get counts(): ExtractionCounts {
    return {
      total: this.#successful + this.#failed,
      successful: this.#successful,
      failed: this.#failed,
      timeouts: this.#timeouts,
      processingMs: this.#processingMs,
    };
  }

  /** Runs one extraction of a loan. */
  record<E extends object, R>(lease: Lease<E>, work: (extractor: E) => R): R {
    const extractor = lease.resource;
    const start = this.#options.measure === 'durations' ? performance.now() : 0;
    try {
      const result = work(extractor);
      this.#successful += 1;
      return result;
    } catch (error) {
      this.#failed += 1;
      this.#judge(lease, extractor, error);
      throw error;
    } finally {
      if (this.#options.measure === 'durations') this.#processingMs += performance.now() - start;
    }
  }

  /** A bad page or selector says nothing about the extractor; a deadline ends it; anything else counts against it. */
  #judge<E extends object>(lease: Lease<E>, extractor: E, error: unknown): void {
    if (error instanceof ExtractionTimeoutError) {
      this.#timeouts += 1;
      lease.destroy(error);
      return;
    }
    if (ExtractError.is(error)) return;
    const failures = (this.#failures.get(extractor) ?? 0) + 1;
    this.#failures.set(extractor, failures);
    if (failures >= this.#options.maxFailureCount) lease.destroy(error);
    else lease.fail(error);
  }
}
