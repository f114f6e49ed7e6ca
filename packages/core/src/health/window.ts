import type { HealthReading } from './reading.js';

interface DatedReading {
  readonly at: number;
  readonly reading: HealthReading;
}

/** What came on top during the window. */
export interface WindowDelta {
  readonly calls: number;
  readonly successes: number;
  readonly fallbacks: number;
  readonly breakerTrips: number;
  readonly hardTimeouts: number;
  readonly processingMs: number;
  readonly waitMs: number;
  readonly waits: number;
  /** How far it reaches back, in ms. */
  readonly spanMs: number;
}

/** Remembers readings for as long as the window needs them. */
export class ReadingWindow {
  readonly #windowMs: number;
  readonly #readings: DatedReading[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(at: number, reading: HealthReading): void {
    this.#readings.push({ at, reading });
    // One from before the window is kept: it says how things stood when the window began.
    while ((this.#readings[1]?.at ?? Number.POSITIVE_INFINITY) <= at - this.#windowMs) {
      this.#readings.shift();
    }
  }

  /** From the newest reading that is at least as old as the window (else the oldest there is) to `reading`. */
  delta(at: number, reading: HealthReading): WindowDelta {
    const from =
      this.#readings.findLast((each) => each.at <= at - this.#windowMs) ?? this.#readings[0];
    const grown = (count: keyof HealthReading & GrowingCount): number =>
      Math.max(0, reading[count] - (from?.reading[count] ?? 0));
    const successes = grown('successes');
    return {
      calls: successes + grown('failures'),
      successes,
      fallbacks: grown('fallbacks'),
      breakerTrips: grown('breakerTrips'),
      hardTimeouts: grown('hardTimeouts'),
      processingMs: grown('processingMs'),
      waitMs: grown('waitMs'),
      waits: grown('waits'),
      spanMs: from === undefined ? 0 : at - from.at,
    };
  }
}

type GrowingCount =
  | 'successes'
  | 'failures'
  | 'fallbacks'
  | 'breakerTrips'
  | 'hardTimeouts'
  | 'processingMs'
  | 'waitMs'
  | 'waits';
