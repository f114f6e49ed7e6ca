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
    result.error.issues.flatMap((issue) =>
      problemsOf(issue, [], (path) =>
        path.length === 0 ? knownKeys : keysOf(inside(schema, path)),
      ),
    ),
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

type Path = readonly PropertyKey[];
type Issues = readonly z.core.$ZodIssue[];

/** @param keysAt what is known at a path from the root */
function problemsOf(
  issue: z.core.$ZodIssue,
  above: Path,
  keysAt: (path: Path) => readonly string[],
): OptionProblem[] {
  const path = [...above, ...issue.path];
  const where = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(path);
    return issue.keys.map((key) => unknownKey(key, [...path, key].join('.'), known));
  }
  if (issue.code === 'invalid_union') {
    // Where a form fits but for something inside it, what is wrong there says more than the list of forms.
    const meant = issue.errors
      .filter((form) => form.every(({ path: deeper, code }) => isInside(deeper, code)))
      .reduce<Issues>(
        (best, form) => (best.length > 0 && best.length <= form.length ? best : form),
        [],
      );
    if (meant.length > 0) return meant.flatMap((each) => problemsOf(each, path, keysAt));
  }
  return [{ path: where, message: issue.message }];
}

const isInside = (path: Path, code: string): boolean =>
  path.length > 0 || code === 'unrecognized_keys';

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

function keysOf(schema: z.core.$ZodType | undefined): readonly string[] {
  return objectsIn(schema).flatMap(({ shape }) => Object.keys(shape));
}

function inside(schema: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>(
    (at, key) => objectsIn(at).find(({ shape }) => key in shape)?.shape[String(key)],
    schema,
  );
}

/** The objects that a schema may stand for, whatever defaults and choices are wrapped around them. */
function objectsIn(schema: z.core.$ZodType | undefined): readonly z.core.$ZodObjectDef[] {
  const { def } = (schema?._zod ?? {}) as { def?: z.core.$ZodTypes['_zod']['def'] };
  if (def === undefined) return [];
  if (def.type === 'object') return [def];
  if (def.type === 'union') return def.options.flatMap(objectsIn);
  if (def.type === 'pipe') return objectsIn(def.in);
  return 'innerType' in def ? objectsIn(def.innerType) : [];
}
