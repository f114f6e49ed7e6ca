import type { Clock, TimerHandle } from '../time/clock.js';

// Bound here: a test that replaces the global timers must not stop this clock.
const { setImmediate: afterMicrotasks } = globalThis;

interface Timer extends TimerHandle {
  readonly due: number;
  readonly fn: () => void;
}

/**
 * A clock that stands still until it is told to go on. Time in ms; timers ring in the order of their due times,
 * those due at the same time in the order in which they were set.
 *
 * @example
 * const clock = new ManualClock();
 * const pool = createPool(create, { clock, idleTimeoutMs: 1_000 });
 * await clock.advance(2_000);
 */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(startMs = 1_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): TimerHandle {
    const timer: Timer = { due: this.#now + Math.max(0, ms), fn };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    this.#timers.delete(handle as Timer);
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer rings, or `undefined` when none is set. */
  get nextAt(): number | undefined {
    return this.#next(Number.POSITIVE_INFINITY)?.due;
  }

  /**
   * Lets `ms` pass: rings what is due, in order, with all promise callbacks in between. What a timer throws is thrown
   * here.
   * @throws RangeError when `ms` is not a number of at least 0; `jump` goes back in time
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`a manual clock cannot advance by ${ms} ms`);
    const until = this.#now + ms;
    await settle();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#now = Math.max(this.#now, timer.due);
      this.#timers.delete(timer);
      timer.fn();
      await settle();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** Jumps without ringing anything, also backwards: what a broken clock would do. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Of those that are due at the same time the one that was set first: a set keeps that order. */
  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > until) continue;
      if (next === undefined || timer.due < next.due) next = timer;
    }
    return next;
  }
}

/** Lets all promise callbacks run that are ready, and those that they make ready. */
export function settle(): Promise<void> {
  return new Promise((resolve) => afterMicrotasks(resolve));
}
