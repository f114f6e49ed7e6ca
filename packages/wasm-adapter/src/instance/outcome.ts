import {
  WasmDeadlineError,
  WasmError,
  WasmFuelError,
  WasmMemoryLimitError,
  WasmTrapError,
} from '../errors.js';
import type { StopCause } from '../guest/meter.js';

/** What is known about a call that failed, beside the exception. */
export interface CallFacts {
  readonly label: string;
  readonly stopped: StopCause | undefined;
  readonly deadlineMs: number | undefined;
  readonly fuel: number | undefined;
  readonly elapsedMs: number;
  /** Growth that was refused during the call. */
  readonly growthFailures: number;
  readonly limitPages: number;
  readonly requestedPages: number;
}

/** The error for the borrower, and whether the guest may run again before it is restored. */
export interface CallFailure {
  readonly error: unknown;
  readonly guest: 'usable' | 'poisoned';
}

/**
 * Names a failure. All traps look alike to the engine, so what our own counters say comes first: a guest that was
 * stopped, then one that was refused memory, then a trap.
 */
export function classifyFailure(thrown: unknown, facts: CallFacts): CallFailure {
  const { label, stopped } = facts;
  if (stopped === 'deadline') {
    const { deadlineMs = 0, elapsedMs } = facts;
    const error = new WasmDeadlineError(label, { deadlineMs, elapsedMs, stopped: 'guest' }, thrown);
    return { error, guest: 'poisoned' };
  }
  if (stopped === 'fuel') {
    return { error: new WasmFuelError(label, facts.fuel ?? 0, thrown), guest: 'poisoned' };
  }
  const trapped = isTrap(thrown);
  const guest = trapped ? 'poisoned' : 'usable';
  if (facts.growthFailures > 0 && !WasmError.is(thrown)) {
    const { limitPages, requestedPages } = facts;
    return { error: new WasmMemoryLimitError(label, limitPages, requestedPages, thrown), guest };
  }
  if (trapped) return { error: new WasmTrapError(label, (thrown as Error).message, thrown), guest };
  return { error: thrown, guest };
}

/** A guest that used up the stack of the thread gets a plain RangeError; only its words tell it from others. */
const isTrap = (thrown: unknown): boolean =>
  thrown instanceof WebAssembly.RuntimeError ||
  (thrown instanceof RangeError && thrown.message.includes('call stack'));
