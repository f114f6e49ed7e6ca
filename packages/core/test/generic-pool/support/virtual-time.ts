import { afterEach, beforeEach, vi } from 'vitest';
import type { Clock } from '../../../src/time/clock.js';

/** generic-pool takes its time from the globals, so both pools get theirs from vitest's clock in these tests. */
export const followingClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Every test of the file begins at the same time, which stands still until `pass`. */
export function useVirtualTime(): void {
  beforeEach(() => {
    startVirtualTime();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

export function startVirtualTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
}

/** Lets time pass, millisecond by millisecond, with everything that follows in between. */
export async function pass(ms: number): Promise<void> {
  await settled();
  for (let left = ms; left > 0; left--) {
    vi.advanceTimersByTime(1);
    await settled();
  }
}

/** All promise callbacks that are ready have run, and those that they made ready. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What has become of a promise, without waiting for it. */
export interface Fate<V> {
  state: 'pending' | 'fulfilled' | 'rejected';
  value?: V;
  error?: unknown;
}

export function watch<V>(promise: PromiseLike<V>): Fate<V> {
  const fate: Fate<V> = { state: 'pending' };
  promise.then(
    (value) => Object.assign(fate, { state: 'fulfilled', value }),
    (error: unknown) => Object.assign(fate, { state: 'rejected', error }),
  );
  return fate;
}
