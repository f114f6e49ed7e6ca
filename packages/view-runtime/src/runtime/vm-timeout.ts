import { Script } from 'node:vm';

/** Whether `error` is what {@link runWithTimeout} throws when the time is over. */
export function isTimeout(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

/**
 * Runs a function and interrupts this thread when it takes longer than `ms`, a WebAssembly loop included; the guest
 * cannot catch it. Costs a thread for every call, so it is for those who have no worker to end.
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
const DOOR = Symbol.for('@rockpool/view-runtime/timeout');
Object.defineProperty(globalThis, DOOR, { value: () => pending?.(), configurable: true });
const script = new Script(`globalThis[Symbol.for('${DOOR.description}')]()`, {
  filename: 'rockpool-view',
});
