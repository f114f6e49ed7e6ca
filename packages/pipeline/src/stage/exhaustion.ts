import { reasonOf } from '@rockpool/core';
import { SystemError } from '../errors.js';

/** What the operating system says when it has no more of something; the next update would meet the same. */
const EXHAUSTED: Readonly<Record<string, string>> = {
  EMFILE: 'this process may open no more files',
  ENFILE: 'this machine may open no more files',
  ENOSPC: 'the device is full',
  EDQUOT: 'the quota of the device is used up',
  ENOMEM: 'there is no more memory',
};

/** Errors wrap others; one that names itself as its cause must not keep us here. */
const MOST_CAUSES = 8;

/** What the machine has no more of, where that is what failed; looked for along `cause`. */
export function exhaustionIn(thrown: unknown): string | undefined {
  let error = thrown;
  for (let depth = 0; depth < MOST_CAUSES; depth++) {
    if (typeof error !== 'object' || error === null) return undefined;
    const { code, cause } = error as { code?: unknown; cause?: unknown };
    const what = typeof code === 'string' ? EXHAUSTED[code] : undefined;
    if (what !== undefined) return what;
    error = cause;
  }
  return undefined;
}

/** `thrown` as an error of the system, where the machine has no more of something. */
export function systemErrorOf(
  thrown: unknown,
  who: string,
  where: { readonly pipeline: string; readonly handler: string },
): SystemError | undefined {
  const what = exhaustionIn(thrown);
  if (what === undefined) return undefined;
  return new SystemError(
    'ERR_PIPELINE_SYSTEM',
    `${who} of pipeline ${where.pipeline} failed because ${what} (${reasonOf(thrown)}): its update stays unhandled; make room, then resume the pipeline or run again`,
    { ...where, cause: thrown },
  );
}
