import type { Clock } from '@rockpool/core';

/** Notices that something dies again and again. */
export class CrashLoop {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #deaths: number[] = [];

  constructor(most: number, windowMs: number, clock: Clock) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#clock = clock;
  }

  add(): void {
    this.#deaths.push(this.#clock.now());
    if (this.#deaths.length > this.#most + 1) this.#deaths.shift();
  }

  /** Whether there were more deaths than it may take within the window. */
  isLooping(): boolean {
    const [first] = this.#deaths;
    if (first === undefined || this.#deaths.length <= this.#most) return false;
    return this.#clock.now() - first <= this.#windowMs;
  }
}
