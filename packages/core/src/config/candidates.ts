import type { z } from 'zod';
import type { OptionProblem } from '../errors.js';

/** A value that somebody gave to a setting, good or bad. */
export interface Candidate {
  readonly value: unknown;
  /** The variable, key or file it comes from, for messages. */
  readonly from: string;
}

/** Which of several candidates counts, and what is wrong with any of them. */
export interface Choice<Of extends Candidate> {
  /** The first; also when it cannot be used, so that nothing else takes its place unnoticed. */
  readonly winner: Of | undefined;
  readonly others: readonly Of[];
  readonly problems: readonly OptionProblem[];
}

/** The first candidate wins. Those that their setting does not accept are told, wherever they stand. */
export function chooseFirst<Of extends Candidate>(
  candidates: readonly Of[],
  schema: z.ZodType,
): Choice<Of> {
  const problems = candidates.flatMap(({ value, from }): OptionProblem[] => {
    const result = schema.safeParse(value);
    if (result.success) return [];
    const message = result.error.issues.map((issue) => issue.message).join('; ');
    return [{ path: from, message: `is ${JSON.stringify(value)}; ${message}` }];
  });
  const [winner, ...others] = candidates;
  return { winner, others, problems };
}

/** The problem of a setting that is larger than one which it must not exceed. */
export function exceeding(lesser: Candidate, greater: Candidate): OptionProblem[] {
  if (Number(lesser.value) <= Number(greater.value)) return [];
  const message = `is ${lesser.value}, more than ${greater.from} (${greater.value})`;
  return [{ path: lesser.from, message }];
}
