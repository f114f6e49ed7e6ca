import { Histogram, systemClock, type TimingStats } from '@rockpool/core';
import type { ExtractionPhases } from '../path.js';

/** One extraction on its way through its phases. */
export interface PhaseWatch {
  /** The phase that ran until now was this one; the next begins. */
  end(phase: TimedPhase): void;
}

type TimedPhase = 'decode' | 'guest' | 'document';

/** Times the phases of extractions. */
export class Phases {
  readonly #timed: 'timed' | 'untimed';
  readonly #histograms: Readonly<Record<TimedPhase, Histogram>> = {
    decode: new Histogram(),
    guest: new Histogram(),
    document: new Histogram(),
  };

  constructor(timed: 'timed' | 'untimed') {
    this.#timed = timed;
  }

  begin(): PhaseWatch {
    if (this.#timed === 'untimed') return untimed;
    let since = systemClock.now();
    return {
      end: (phase) => {
        const now = systemClock.now();
        this.#histograms[phase].record(now - since);
        since = now;
      },
    };
  }

  /** With the `wait` for an instance, which the pool has timed. */
  timings(wait: TimingStats): ExtractionPhases {
    if (this.#timed === 'untimed') return {};
    const { decode, guest, document } = this.#histograms;
    return {
      wait,
      decode: decode.snapshot(),
      guest: guest.snapshot(),
      document: document.snapshot(),
    };
  }
}

const untimed: PhaseWatch = { end: () => {} };
