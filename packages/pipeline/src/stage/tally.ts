import { type Clock, Histogram } from '@rockpool/core';
import type { LatencyStats, PipelineCounts } from '../contract/stats.js';
import type { Item } from './item.js';

/** How an update ended. */
export type Outcome =
  | 'processed'
  | 'filtered'
  | 'parseErrors'
  | 'dropped'
  | 'deadLettered'
  | 'discarded'
  | 'abandoned';

/** Counts what comes in and how it ends; what is neither is in flight. So nothing can be lost without a number that says so. */
export class Tally {
  received = 0;
  processed = 0;
  filtered = 0;
  parseErrors = 0;
  dropped = 0;
  deadLettered = 0;
  discarded = 0;
  abandoned = 0;
  readonly #clock: Clock;
  readonly #every: number;
  readonly #latency = new Histogram();
  #untilSample = 1;

  constructor(clock: Clock, latencyEvery: number) {
    this.#clock = clock;
    this.#every = latencyEvery;
  }

  /** Measures the latency of every so many-th value. */
  sample(item: Item): void {
    if (--this.#untilSample > 0) return;
    this.#untilSample = this.#every;
    this.#latency.record(this.#clock.now() - item.update.receivedAtMs, this.#every);
  }

  counts(inFlight: number): PipelineCounts {
    const { received, processed, filtered, parseErrors, dropped } = this;
    const { deadLettered, discarded, abandoned } = this;
    return {
      received,
      processed,
      filtered,
      parseErrors,
      dropped,
      deadLettered,
      discarded,
      abandoned,
      inFlight,
    };
  }

  latency(): LatencyStats {
    const taken = this.#latency.snapshot();
    return {
      count: taken.count,
      sumMs: taken.sumMs,
      p50Ms: taken.quantile(0.5),
      p95Ms: taken.quantile(0.95),
      p99Ms: taken.quantile(0.99),
      maxMs: taken.maxMs,
      countUpTo: (ms) => taken.countUpTo(ms),
    };
  }
}
