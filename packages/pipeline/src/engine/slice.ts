import type { Clock } from '@rockpool/core';

/** How long the event loop may be kept waiting, in ms. */
const SLICE_MS = 10;
/** Pieces of work between two looks at the clock, as long as they are short. */
const MOST_UNLOOKED = 64;
/** As long as this many ms pass between two looks, the next one comes after a single piece. */
const SLOW_MS = 1;

/**
 * What a runtime may do before timers, signals and sockets have their turn: parsers and handlers that answer at once
 * would otherwise work off a full buffer, and whatever comes in meanwhile, without an end. When the slice is over
 * nothing more begins, sources wait, and it goes on when the event loop has turned.
 */
export class Slice {
  /** Told when the event loop has turned and work may go on. */
  onTurn: () => void = () => undefined;
  readonly #clock: Clock;
  #beganAt: number | undefined = undefined;
  #lookedAt = 0;
  #stride = 1;
  #untilLook = 1;
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether others should have their turn. */
  get over(): boolean {
    return this.#over;
  }

  /** A piece of work begins. Looks at the clock now and then: that would cost as much as the work itself. */
  spend(): void {
    if (--this.#untilLook <= 0) this.#look();
  }

  /** Goes on at once, since stopping here would lose something. */
  extend(): void {
    if (!this.#over) return;
    this.#over = false;
    this.#beganAt = this.#clock.now();
  }

  #look(): void {
    const now = this.#clock.now();
    this.#stride = now - this.#lookedAt >= SLOW_MS ? 1 : Math.min(MOST_UNLOOKED, 2 * this.#stride);
    this.#untilLook = this.#stride;
    this.#lookedAt = now;
    if (this.#beganAt === undefined) {
      this.#beganAt = now;
      setImmediate(() => this.#turned());
    } else if (now - this.#beganAt >= SLICE_MS) this.#over = true;
  }

  #turned(): void {
    const wasOver = this.#over;
    this.#beganAt = undefined;
    this.#over = false;
    if (wasOver) this.onTurn();
  }
}
