/** How a source comes back after a cut. */
export interface ReconnectPlan {
  /** Upper limit of the first wait, in ms. */
  readonly initialMs: number;
  /** Each upper limit is this many times the last one. */
  readonly factor: number;
  /** The highest upper limit, in ms. */
  readonly maxMs: number;
  /** Attempts in one outage. */
  readonly maxAttempts: number;
  /** An outage is over when data has come for so long without a cut, in ms. */
  readonly resetAfterMs: number;
}

/** The share of an upper limit that is always waited, so that chance never makes a busy loop. */
const LEAST_SHARE = 0.1;

/**
 * The budget of an outage: exponential waits with full jitter, and an end of them. A connection that breaks again soon
 * belongs to the same outage, however well it began.
 */
export class Outage {
  readonly #plan: ReconnectPlan;
  readonly #random: () => number;
  #attempts = 0;

  constructor(plan: ReconnectPlan, random: () => number) {
    this.#plan = plan;
    this.#random = random;
  }

  /** Attempts since data came for long enough. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The wait before the next attempt, in ms; `undefined` when the budget is used up. */
  next(): number | undefined {
    const { initialMs, factor, maxMs, maxAttempts } = this.#plan;
    if (this.#attempts >= maxAttempts) return undefined;
    const ceiling = Math.min(maxMs, initialMs * factor ** this.#attempts);
    this.#attempts++;
    return ceiling * (LEAST_SHARE + (1 - LEAST_SHARE) * this.#random());
  }

  /** Data came for so long without a cut. */
  healthyFor(ms: number): void {
    if (ms >= this.#plan.resetAfterMs) this.#attempts = 0;
  }
}
