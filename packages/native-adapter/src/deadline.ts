import { createContext, Script } from 'node:vm';
import { ExtractionTimeoutError } from './errors.js';

/**
 * Runs synchronous work and stops it, even inside a running regular expression or parser, after `timeoutMs`.
 * 0 means no deadline. What was interrupted is in an unknown state: the caller must drop it.
 *
 * V8 can terminate the running JavaScript of this thread; `node:vm` is the door to that. The context
 * is not a sandbox: `work` runs with its own scope. One call costs about 0.1 ms.
 *
 * @throws ExtractionTimeoutError when the time is over
 */
export function runWithDeadline<R>(work: () => R, timeoutMs: number, what: string): R {
  if (timeoutMs <= 0) return work();
  const scope: { work: () => void } = {
    work: () => {
      outcome = { kind: 'done', value: work() };
    },
  };
  let outcome: { kind: 'done'; value: R } | { kind: 'unfinished' } = { kind: 'unfinished' };
  try {
    script.runInContext(createContext(scope), { timeout: timeoutMs });
  } catch (error) {
    if (isVmTimeout(error)) throw new ExtractionTimeoutError(what, timeoutMs, error);
    throw error;
  }
  return finished(outcome);
}

const script = new Script('work()');

/** Not `instanceof Error`: the error may belong to the context the script ran in. */
function isVmTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

function finished<R>(outcome: { kind: 'done'; value: R } | { kind: 'unfinished' }): R {
  if (outcome.kind === 'done') return outcome.value;
  throw new Error('bug in rockpool: work ended without a result');
}
