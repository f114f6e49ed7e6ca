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

/** Waits as long as it takes. */
export async function forEver(end: Promise<unknown>): Promise<boolean> {
  await end;
  return true;
}
