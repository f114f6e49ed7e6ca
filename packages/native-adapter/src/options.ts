import { suggestion } from '@rockpool/core';
import type { z } from 'zod';
import { ExtractError } from './errors.js';

/**
 * Reads options given by a user: unknown keys are refused, with the nearest known name as a suggestion.
 *
 * @throws ExtractError `ERR_EXTRACT_OPTIONS` naming every problem at once
 */
export function parseOptions<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describe(issue, schema));
  throw new ExtractError('ERR_EXTRACT_OPTIONS', `Invalid ${what}: ${problems.join('; ')}`, {
    cause: result.error,
  });
}

/** The candidate nearest to `word`, if one is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return suggestion(word, [...candidates]);
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodType): string[] {
  const at = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys')
    return [at === '' ? issue.message : `${at}: ${issue.message}`];
  const known = keysAt(schema, issue.path);
  return issue.keys.map((key) => {
    const name = at === '' ? key : `${at}.${key}`;
    const suggestion = nearest(key, known);
    return suggestion === undefined
      ? `unknown option "${name}" (known: ${known.join(', ')})`
      : `unknown option "${name}", did you mean "${suggestion}"?`;
  });
}

/** The keys of the object schema at `path`, looking through defaults and optionals. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let shape = shapeOf(schema);
  for (const part of path) {
    const next = shape?.[String(part)];
    if (next === undefined) return [];
    shape = shapeOf(next);
  }
  return Object.keys(shape ?? {});
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  let at = schema as SchemaParts | undefined;
  while (at !== undefined && at.shape === undefined) at = at.def?.innerType ?? at.def?.in;
  return at?.shape;
}

/** What zod's wrappers (default, optional, pipe) and its object schema look like from outside. */
interface SchemaParts {
  readonly shape?: Record<string, unknown>;
  readonly def?: { readonly innerType?: SchemaParts; readonly in?: SchemaParts };
}
