import { Script } from 'node:vm';

/** What `runWithTimeout` throws when the time is over; the guest cannot catch it. */
export const isVmTimeout = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/**
 * Runs a function and interrupts this thread when it takes longer than `ms`. Works for any code, also for glue that
 * loops; costs a thread for every call.
 */
export function runWithTimeout<Result>(run: () => Result, ms: number): Result {
  const outer = pending;
  pending = run;
  try {
    return script.runInThisContext({ timeout: Math.max(1, Math.ceil(ms)) }) as Result;
  } finally {
    pending = outer;
  }
}

let pending: (() => unknown) | undefined;
const door = Symbol.for('rockpool.wasm.vm-timeout');
Object.defineProperty(globalThis, door, { value: () => pending?.(), configurable: true });
const script = new Script("globalThis[Symbol.for('rockpool.wasm.vm-timeout')]()", {
  filename: 'rockpool-wasm-call',
});
