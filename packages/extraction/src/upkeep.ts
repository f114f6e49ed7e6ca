import { type Clock, systemClock, type TimerHandle } from '@rockpool/core';

/** What is to be done again and again, and when it is needed. */
export interface UpkeepParts {
  readonly everyMs: number;
  /** Whether there is something to be done now. */
  readonly isNeeded: () => boolean;
  readonly work: () => Promise<unknown>;
  readonly onError: (error: unknown) => void;
  readonly clock?: Clock | undefined;
}

/** Looks now and then whether something has to be done. Holds no process. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #clock: Clock;
  #timer: TimerHandle | undefined;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#arm();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#arm();
      const { isNeeded, work, onError } = this.#parts;
      if (isNeeded()) work().catch(onError);
    }, this.#parts.everyMs);
    this.#timer.unref?.();
  }
}
