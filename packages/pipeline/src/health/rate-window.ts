import type { Clock } from '@rockpool/core';

/** How often something went well, and badly, since it began. */
export interface Tally {
  readonly good: number;
  readonly bad: number;
}

/** The share of good outcomes within a window of time, from tallies that only grow. */
export class RateWindow {
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #tallies: (Tally & { readonly at: number })[] = [];

  constructor(windowMs: number, clock: Clock) {
    this.#windowMs = windowMs;
    this.#clock = clock;
  }

  /** Takes in what it is now; returns what came on top during the window. */
  add({ good, bad }: Tally): Tally {
    const at = this.#clock.now();
    const tallies = this.#tallies;
    tallies.push({ at, good, bad });
    // One from before the window is kept: it says how things stood when the window began.
    while (tallies.length > 2 && (tallies[1]?.at ?? at) <= at - this.#windowMs) tallies.shift();
    const from = tallies[0] ?? { good, bad };
    return { good: good - from.good, bad: bad - from.bad };
  }
}
