import type { Waiter } from './waiter.js';

/**
 * Abort signals of waiters. However many wait on one signal, it carries one listener: adding the thousandth listener
 * to a signal costs Node a walk over the other 999.
 */
export class Bells<T> {
  readonly #bells = new WeakMap<AbortSignal, Bell<T>>();
  readonly #onAbort: (waiter: Waiter<T>, reason: unknown) => void;

  constructor(onAbort: (waiter: Waiter<T>, reason: unknown) => void) {
    this.#onAbort = onAbort;
  }

  add(signal: AbortSignal, waiter: Waiter<T>): void {
    let bell = this.#bells.get(signal);
    if (bell === undefined) {
      bell = new Bell(signal, this.#onAbort);
      this.#bells.set(signal, bell);
    }
    bell.add(waiter);
  }

  remove(signal: AbortSignal, waiter: Waiter<T>): void {
    this.#bells.get(signal)?.remove(waiter);
  }
}

class Bell<T> {
  readonly #waiters = new Set<Waiter<T>>();
  readonly #signal: AbortSignal;
  readonly #ring: () => void;

  constructor(signal: AbortSignal, onAbort: (waiter: Waiter<T>, reason: unknown) => void) {
    this.#signal = signal;
    this.#ring = () => {
      const all = [...this.#waiters];
      this.#waiters.clear();
      for (const waiter of all) onAbort(waiter, signal.reason);
    };
  }

  add(waiter: Waiter<T>): void {
    if (this.#waiters.size === 0) this.#signal.addEventListener('abort', this.#ring);
    this.#waiters.add(waiter);
  }

  remove(waiter: Waiter<T>): void {
    if (this.#waiters.delete(waiter) && this.#waiters.size === 0) {
      this.#signal.removeEventListener('abort', this.#ring);
    }
  }
}
