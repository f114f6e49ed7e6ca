import type { TimingStats } from '../contract/stats.js';

/** Buckets per doubling; the width of a bucket is then at most 1/16 of its value. */
const STEPS = 16;
const STEP_BITS = 4;
const BUCKETS = 32 * STEPS;

/**
 * Durations from a microsecond to an hour in a fixed 2 KB, recorded in a few nanoseconds without allocation:
 * log-linear buckets as in HdrHistogram.
 */
export class Histogram {
  #buckets: Uint32Array | undefined = undefined;
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  /** `took` is in ms; `weight` is how many like it this sample stands for. */
  record(took: number, weight = 1): void {
    // A clock that went backwards must not make a sum shrink.
    const ms = Math.max(0, took);
    this.#buckets ??= new Uint32Array(BUCKETS);
    const index = bucketOf(ms);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + weight;
    this.#count += weight;
    this.#sumMs += ms * weight;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** A copy that stays as it is; `zeros` further values of 0 are counted in. */
  snapshot(zeros = 0): TimingStats {
    const buckets = this.#buckets?.slice();
    const count = this.#count + zeros;
    const sumMs = this.#sumMs;
    const maxMs = this.#maxMs;
    return {
      count,
      sumMs,
      maxMs,
      meanMs: count === 0 ? 0 : sumMs / count,
      quantile(q: number): number {
        let rank = Math.ceil(q * count) - zeros;
        if (rank <= 0 || buckets === undefined) return 0;
        for (let index = 0; index < BUCKETS; index++) {
          rank -= buckets[index] ?? 0;
          if (rank <= 0) return Math.min(maxMs, middleOf(index));
        }
        return maxMs;
      },
      countUpTo(ms: number): number {
        if (ms >= maxMs) return count;
        let sum = ms >= 0 ? zeros : 0;
        if (buckets === undefined) return sum;
        // A bucket counts when its middle does.
        for (let index = 0; index < BUCKETS && middleOf(index) <= ms; index++) {
          sum += buckets[index] ?? 0;
        }
        return sum;
      },
    };
  }
}

function bucketOf(ms: number): number {
  const us = ms > 0 ? Math.min(0xffff_ffff, ms * 1_000) >>> 0 : 0;
  if (us < STEPS) return us;
  const octave = 31 - Math.clz32(us);
  return (octave - STEP_BITS + 1) * STEPS + ((us >>> (octave - STEP_BITS)) & (STEPS - 1));
}

/** The middle of a bucket, in ms. */
function middleOf(index: number): number {
  if (index < STEPS) return index / 1_000;
  const octave = Math.floor(index / STEPS) + STEP_BITS - 1;
  const width = 2 ** (octave - STEP_BITS);
  return (2 ** octave + (index % STEPS) * width + width / 2) / 1_000;
}
