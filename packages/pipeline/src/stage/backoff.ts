import type { ResolvedRetryOptions } from '../contract/options.js';
import { RuntimeError } from '../errors.js';

/**
 * How long to wait after `failures` failed attempts, in whole ms. `previousMs` is the wait before the last attempt, 0 if
 * there was none; `random` is between 0 and 1.
 *
 * - `none`: initial · multiplier^(failures − 1), at most the longest
 * - `full`: anything from 0 to that, so that what failed together does not come back together
 * - `decorrelated`: anything from the initial wait to three times the previous one, at most the longest
 */
export function backoffMs(
  { initialBackoffMs, multiplier, maxBackoffMs, jitter }: ResolvedRetryOptions,
  failures: number,
  previousMs: number,
  random: number,
): number {
  const full = Math.min(maxBackoffMs, initialBackoffMs * multiplier ** (failures - 1));
  switch (jitter) {
    case 'none':
      return Math.round(full);
    case 'full':
      return Math.round(full * random);
    case 'decorrelated': {
      const most = Math.max(initialBackoffMs, 3 * Math.max(previousMs, initialBackoffMs));
      return Math.round(
        Math.min(maxBackoffMs, initialBackoffMs + (most - initialBackoffMs) * random),
      );
    }
  }
}

/** Whether another attempt may help. */
export function worthRetrying(
  { maxAttempts, retryIf }: ResolvedRetryOptions,
  error: unknown,
  attempts: number,
): boolean {
  if (attempts >= maxAttempts) return false;
  if (retryIf !== undefined) return retryIf(error);
  return !RuntimeError.is(error) || error.retryable;
}
