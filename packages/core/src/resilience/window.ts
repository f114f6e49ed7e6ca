/** What a window has seen. */
export interface WindowCounts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

const BUCKETS = 10;

/**
 * Counts calls of the last `windowMs` in ten buckets. Buckets expire when somebody looks, so an idle window costs no
 * timer, and what happened an hour ago can never be counted today.
 */
export class CallWindow {
  readonly #bucketMs: number;
  readonly #calls: number[] = zeros();
  readonly #failures: number[] = zeros();
  readonly #slow: number[] = zeros();
  /** Which bucket of all time is the newest. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  record(now: number, failed: boolean, slow: boolean): void {
    const index = this.#advance(now);
    this.#calls[index] = (this.#calls[index] ?? 0) + 1;
    if (failed) this.#failures[index] = (this.#failures[index] ?? 0) + 1;
    if (slow) this.#slow[index] = (this.#slow[index] ?? 0) + 1;
  }

  counts(now: number): WindowCounts {
    this.#advance(now);
    return { calls: sum(this.#calls), failures: sum(this.#failures), slow: sum(this.#slow) };
  }

  clear(): void {
    for (const row of [this.#calls, this.#failures, this.#slow]) row.fill(0);
  }

  #advance(now: number): number {
    const bucket = Math.floor(now / this.#bucketMs);
    // A clock that went backwards adds to the newest bucket.
    if (bucket > this.#newest) {
      const steps = Math.min(BUCKETS, bucket - this.#newest);
      for (let step = 0; step < steps; step++) this.#reset((bucket - step) % BUCKETS);
      this.#newest = bucket;
    }
    return ((this.#newest % BUCKETS) + BUCKETS) % BUCKETS;
  }

  #reset(index: number): void {
    const at = (index + BUCKETS) % BUCKETS;
    this.#calls[at] = 0;
    this.#failures[at] = 0;
    this.#slow[at] = 0;
  }
}

function zeros(): number[] {
  return new Array<number>(BUCKETS).fill(0);
}

function sum(row: readonly number[]): number {
  return row.reduce((total, count) => total + count, 0);
}
