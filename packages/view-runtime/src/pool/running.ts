import type { Clock, Lease, TimerHandle } from '@rockpool/core';
import { ViewAbortedError, ViewDeadlineError, ViewError } from '../errors.js';
import type { ThreadRequest } from './protocol.js';
import type { ViewThread } from './view-thread.js';

/** What became of a request. */
export type Outcome = 'succeeded' | 'failed' | 'aborted' | 'deadline';

/** One request on one thread. */
export interface Run {
  readonly what: string;
  readonly lease: Lease<ViewThread>;
  readonly request: ThreadRequest;
  readonly signal: AbortSignal | undefined;
  /** 0 = none. */
  readonly deadlineMs: number;
  readonly abortGraceMs: number;
  readonly clock: Clock;
  /** Told once, when the thread is free again or given up: not before, however early the caller was answered. */
  readonly onOver: (outcome: Outcome) => void;
}

/**
 * Runs a request on a leased thread and ends the lease. A request that is too late, or goes on for too long after its
 * caller has given up, is stopped by ending its thread: nothing else stops a loop, and nobody else is on that thread.
 */
export function runOnThread(run: Run): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { lease, clock, signal } = run;
    let outcome: Outcome | undefined;
    let timer: TimerHandle | undefined;
    const stopTimer = (): void => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    };
    const finish = (last: Outcome, end: () => void): void => {
      stopTimer();
      signal?.removeEventListener('abort', abandon);
      end();
      run.onOver(outcome ?? last);
    };
    const kill = (error: Error): void => {
      // The answer can no longer come: the thread is ended before the event loop turns.
      over = true;
      finish('deadline', () => lease.destroy(error));
      reject(error);
    };
    const abandon = (): void => {
      const error = new ViewAbortedError(run.what, signal?.reason);
      outcome = 'aborted';
      stopTimer();
      timer = clock.setTimeout(() => kill(error), run.abortGraceMs);
      reject(error);
    };
    let over = false;
    if (signal?.aborted) {
      finish('aborted', () => lease.release());
      reject(new ViewAbortedError(run.what, signal.reason));
      return;
    }
    if (run.deadlineMs > 0) {
      timer = clock.setTimeout(
        () => kill(new ViewDeadlineError(run.what, run.deadlineMs)),
        run.deadlineMs,
      );
    }
    signal?.addEventListener('abort', abandon, { once: true });
    lease.resource.call(run.request).then(
      (value) => {
        if (over) return;
        finish('succeeded', () => lease.release());
        resolve(value);
      },
      (error: unknown) => {
        if (over) return;
        const lost = !ViewError.is(error) || error.code === 'ERR_VIEW_THREAD';
        finish('failed', () => (lost ? lease.destroy(error) : lease.release()));
        reject(error as Error);
      },
    );
  });
}
