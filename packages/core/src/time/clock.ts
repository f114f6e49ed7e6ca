import { performance } from 'node:perf_hooks';

/** What `Clock.setTimeout` returns. A handle without `ref`/`unref` simply never holds the process. */
export interface TimerHandle {
  ref?(): unknown;
  unref?(): unknown;
}

/**
 * The one door to time. A pool reads the time and sets its alarm only through this, so tests can hand in a clock
 * that stands still. `now()` is in milliseconds from any fixed origin and should never go backwards; a clock that
 * jumps all the same delays or hastens time-outs, and never corrupts a count.
 */
export interface Clock {
  now(): number;
  setTimeout(fn: () => void, ms: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
}

/** Timers beyond this overflow to 1 ms in Node; a longer wait is cut into pieces by the agenda. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/** Monotonic time of this process. Bound once: the global `performance` is a getter that costs more on each read. */
export const systemClock: Clock = {
  now: performance.now.bind(performance),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** The time of day in ms since 1970, for dates that others compare with `Date.now()`. Never used to measure. */
export function wallTime(): number {
  return Date.now();
}
