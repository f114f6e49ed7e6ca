import type { Agenda, Clock } from '@rockpool/core';
import { type BreakerChange, CircuitBreaker, type Permit } from '@rockpool/core/resilience';
import { Ring } from '../buffer/ring.js';
import type { ResolvedBreakerOptions } from '../contract/options.js';

/** What a call needs to know about its permission: none was needed, one was given, or it is refused for now. */
export type Passage = Permit | 'free' | 'refused';

/**
 * The circuit breaker in front of a handler, and the calls that wait for it. While it is closed and nothing has failed a
 * call costs it no permit: only a failure, and the success that follows one, are news to it.
 */
export class Guard {
  readonly #breaker: CircuitBreaker;
  readonly #agenda: Agenda;
  readonly #clock: Clock;
  readonly #waiting = new Ring<() => void>();
  #wakingAt: number | undefined = undefined;

  constructor(
    name: string,
    options: ResolvedBreakerOptions,
    agenda: Agenda,
    clock: Clock,
    onChange: (change: BreakerChange) => void,
  ) {
    this.#breaker = new CircuitBreaker({
      name,
      trip: { kind: 'consecutive', failures: options.failureThreshold },
      openMs: options.recoveryTimeoutMs,
      successes: options.successThreshold,
      clock,
    });
    this.#agenda = agenda;
    this.#clock = clock;
    this.#breaker.onChange(onChange);
  }

  get state(): CircuitBreaker['state']['kind'] {
    return this.#breaker.state.kind;
  }

  openError(): Error {
    return this.#breaker.openError();
  }

  tryPass(): Passage {
    if (this.#breaker.state.kind === 'closed') return 'free';
    return this.#breaker.tryPass() ?? 'refused';
  }

  succeeded(passage: Passage): void {
    if (typeof passage === 'object') {
      passage.succeed();
      this.#wake();
      return;
    }
    const { state } = this.#breaker;
    if (state.kind === 'closed' && state.failures > 0) this.#breaker.tryPass()?.succeed();
  }

  failed(passage: Passage, error: unknown): void {
    if (typeof passage === 'object') {
      passage.fail(error);
      this.#wake();
      return;
    }
    // A failure of a call from before it opened is no news.
    if (this.#breaker.state.kind === 'closed') this.#breaker.tryPass()?.fail(error);
  }

  /** Calls `again` when it is worth asking again. */
  wait(again: () => void): void {
    this.#waiting.push(again);
    this.#wakeLater();
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    switch (this.#breaker.state.kind) {
      case 'closed':
        for (const again of this.#waiting.takeAll()) again();
        return;
      case 'half-open':
        this.#waiting.shift()?.();
        return;
      case 'open':
      case 'isolated':
        this.#wakeLater();
    }
  }

  #wakeLater(): void {
    const { state } = this.#breaker;
    if (state.kind !== 'open' || this.#wakingAt === state.retryAt) return;
    this.#wakingAt = state.retryAt;
    this.#agenda.after(
      Math.max(0, state.retryAt - this.#clock.now()),
      () => {
        this.#wakingAt = undefined;
        this.#waiting.shift()?.();
      },
      'holds-process',
    );
  }
}
