import type { Waiter } from './waiter.js';

/** Told of all who waited on a signal that aborted, and its reason. */
export type OnAbort<T> = (waiters: readonly Waiter<T>[], reason: unknown) => void;

/**
 * Abort signals of waiters. However many wait on one signal, it carries one listener: adding the thousandth listener
 * to a signal costs Node a walk over the other 999.
 */
export class Bells<T> {
  readonly #bells = new WeakMap<AbortSignal, Bell<T>>();
  readonly #onAbort: OnAbort<T>;

  constructor(onAbort: OnAbort<T>) {
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

  constructor(signal: AbortSignal, onAbort: OnAbort<T>) {
    this.#signal = signal;
    this.#ring = () => {
      const all = [...this.#waiters];
      this.#waiters.clear();
      onAbort(all, signal.reason);
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
