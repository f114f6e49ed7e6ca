import type { Clock, TimerHandle } from '@rockpool/core';

/** When a silent connection is asked, and when it is given up. */
export interface VigilPlan {
  /** Nothing has come for so long: ask, in ms. */
  readonly pingIntervalMs: number;
  /** Nothing has come for so long: give up, in ms. */
  readonly staleAfterMs: number;
}

/** What to do about a silent connection. */
export interface VigilListener {
  onIdle(): void;
  onStale(silentMs: number): void;
}

/** Watches over the silence of a connection. One timer, however much comes. */
export class Vigil {
  readonly #clock: Clock;
  readonly #plan: VigilPlan;
  readonly #listener: VigilListener;
  #timer: TimerHandle | undefined;
  #heardAt: number;
  #askedAt: number;

  constructor(clock: Clock, plan: VigilPlan, listener: VigilListener) {
    this.#clock = clock;
    this.#plan = plan;
    this.#listener = listener;
    this.#heardAt = this.#askedAt = clock.now();
    this.#arm();
  }

  /** When something came last, in ms of the clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  /** Silence does not count while nobody listens. */
  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  restart(): void {
    this.stop();
    this.heard();
    this.#arm();
  }

  #arm(): void {
    const { pingIntervalMs, staleAfterMs } = this.#plan;
    const idleAt = Math.max(this.#heardAt, this.#askedAt) + pingIntervalMs;
    const due = Math.min(idleAt, this.#heardAt + staleAfterMs);
    this.#timer = this.#clock.setTimeout(() => this.#ring(), Math.max(1, due - this.#clock.now()));
    this.#timer.unref?.();
  }

  #ring(): void {
    const now = this.#clock.now();
    const silentMs = now - this.#heardAt;
    if (silentMs >= this.#plan.staleAfterMs) {
      this.#timer = undefined;
      this.#listener.onStale(silentMs);
      return;
    }
    if (silentMs >= this.#plan.pingIntervalMs) {
      this.#askedAt = now;
      this.#listener.onIdle();
    }
    this.#arm();
  }
}
