import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { type OptionProblem, PoolOptionsError } from '../errors.js';

/**
 * Checks `input` against a schema and returns its output. All problems are told at once; a key that is not known
 * comes with the nearest one that is.
 * @param what named in the message, such as `'createPool options'`
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`
 */
export function parseOptions<Output>(
  schema: z.ZodType<Output>,
  input: unknown,
  what: string,
  knownKeys: readonly string[] = keysOf(schema),
): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new PoolOptionsError(
    what,
    result.error.issues.flatMap((issue) => problemsOf(issue, knownKeys)),
  );
}

/** The known word nearest to `word`, if it is near enough to be meant. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const each of known) {
    const off = distance(word.toLowerCase(), each.toLowerCase());
    if (off < least) {
      best = each;
      least = off;
    }
  }
  return best;
}

function problemsOf(issue: z.core.$ZodIssue, known: readonly string[]): OptionProblem[] {
  const path = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => unknownKey(key, [...issue.path, key].join('.'), known));
}

/** One problem for each key of `input` that is not known. */
export function unknownKeys(input: object, known: readonly string[]): OptionProblem[] {
  return Object.keys(input)
    .filter((key) => !known.includes(key))
    .map((key) => unknownKey(key, key, known));
}

function unknownKey(key: string, path: string, known: readonly string[]): OptionProblem {
  const near = suggestion(key, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
  return { path, message: `is not an option; ${hint}` };
}

function keysOf(schema: z.ZodType): readonly string[] {
  const { shape } = schema as unknown as { shape?: Record<string, unknown> };
  return shape === undefined ? [] : Object.keys(shape);
}
