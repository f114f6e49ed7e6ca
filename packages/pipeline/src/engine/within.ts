import type { Agenda } from '@rockpool/core';
import { SystemError } from '../errors.js';

/** Waits for an end as long as it may take; whether it came. Rejects as it does. */
export type Within = (end: Promise<unknown>) => Promise<boolean>;

/** Ends something, in time; returns the error when it threw, or did not come to its end. */
export async function endOf(what: string, end: () => unknown, within: Within): Promise<unknown[]> {
  try {
    if (await within((async () => await end())())) return [];
  } catch (thrown) {
    return [thrown];
  }
  return [
    new SystemError(
      'ERR_PIPELINE_SYSTEM',
      `${what} did not come to its end within the time of the shutdown: it is left to itself`,
    ),
  ];
}

/** How long anything may take to end when nothing else is waited for, in ms. */
export const GRACE_MS = 1_000;

/** Waits for each end until `givenUp` resolves, and at least a little. */
export function until(givenUp: Promise<unknown>, agenda: Agenda): Within {
  return async (end) => {
    const finished = end.then(() => true);
    await atMost(GRACE_MS, finished, agenda);
    return Promise.race([finished, givenUp.then(() => false)]);
  };
}

/** Waits for `what`, but no longer than `ms`. Rejects as it does. */
export async function atMost(ms: number, what: Promise<unknown>, agenda: Agenda): Promise<void> {
  let stop: ReturnType<Agenda['after']> | undefined;
  const late = new Promise<void>((resolve) => {
    stop = agenda.after(ms, () => resolve(), 'holds-process');
  });
  try {
    await Promise.race([what, late]);
  } finally {
    if (stop !== undefined) agenda.drop(stop);
  }
}
