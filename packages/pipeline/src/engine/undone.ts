import { type Agenda, reasonOf } from '@rockpool/core';
import { SystemError } from '../errors.js';
import type { Members } from './members.js';
import { until } from './within.js';

/**
 * Frees what was ready when building failed, and returns the error to throw: `failure` itself, or one that also tells
 * what could not be freed within `timeoutMs`.
 */
export async function undone(
  failure: unknown,
  members: Members,
  agenda: Agenda,
  timeoutMs: number,
): Promise<unknown> {
  const givenUp = new Promise<void>((resolve) => {
    agenda.after(timeoutMs, () => resolve(), 'holds-process');
  });
  const errors = await members.dispose(until(givenUp, agenda));
  agenda.clear();
  if (errors.length === 0) return failure;
  const reasons = [failure, ...errors].map(reasonOf);
  return new SystemError('ERR_PIPELINE_INIT', reasons.join('; then '), {
    pipeline: failure instanceof SystemError ? failure.pipeline : undefined,
    cause: new AggregateError(
      [failure, ...errors],
      'what failed first, and what could not be freed',
    ),
  });
}
