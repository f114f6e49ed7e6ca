import { decodeHTML } from 'entities';
import { ExtractError, quote } from '../errors.js';
import { parseHtml } from '../html/parse.js';
import { collapse, textOf } from '../html/text.js';
import { resolveUrl } from '../html/url.js';
import { defaultLimits } from '../limits.js';
import { nearest } from '../options.js';
import { type CompiledPattern, compilePattern } from '../regex/pattern.js';
import { isoDateOf } from '../text/dates.js';
import { currencyOf, integerOf, numberOf, percentOf } from '../text/numbers.js';

/** What a transform is told. */
export interface TransformContext {
  readonly url: string | undefined;
  readonly field: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Turns one value into another; return null for "no value". A throw becomes `ERR_EXTRACT_TRANSFORM`. */
export type Transform = (value: unknown, context: TransformContext) => unknown;

export type BuiltinTransform =
  | 'trim'
  | 'normalize_ws'
  | 'number'
  | 'integer'
  | 'currency'
  | 'percent'
  | 'date_iso'
  | 'url_abs'
  | 'lowercase'
  | 'uppercase'
  | 'split'
  | 'join'
  | 'regex_extract'
  | 'regex_replace'
  | 'json_parse'
  | 'html_decode'
  | 'strip_tags'
  | 'truncate'
  | 'dedupe'
  | 'boolean';

/** A transform by name, by name with arguments, or a function. */
export type TransformSpec =
  | BuiltinTransform
  | { readonly name: string; readonly args?: Readonly<Record<string, unknown>> }
  | Transform;

/** A transform bound to its arguments. */
export type BoundTransform = (value: unknown, field: string, url: string | undefined) => unknown;

/**
 * Looks a transform up once, so that a wrong name fails when the extractor is made.
 *
 * @param custom transforms of the user by name; they win over the built-in ones
 * @throws ExtractError `ERR_EXTRACT_OPTIONS` for an unknown name
 */
export function bindTransform(
  spec: TransformSpec,
  field: string,
  custom: Readonly<Record<string, Transform>> = {},
): BoundTransform {
  const name =
    typeof spec === 'function'
      ? spec.name || 'transform'
      : typeof spec === 'string'
        ? spec
        : spec.name;
  const args = typeof spec === 'object' ? (spec.args ?? {}) : {};
  const transform = typeof spec === 'function' ? spec : find(name, field, custom, args);
  return (value, at, url) => {
    if (value === null || value === undefined) return null;
    try {
      return transform(value, { url, field: at, args });
    } catch (error) {
      throw new ExtractError(
        'ERR_EXTRACT_TRANSFORM',
        `The transform "${name}" of the field "${at}" failed on ${quote(String(value))}: ${error instanceof Error ? error.message : String(error)}`,
        { field: at, cause: error },
      );
    }
  };
}

type Arguments = Readonly<Record<string, unknown>>;

function find(
  name: string,
  field: string,
  custom: Readonly<Record<string, Transform>>,
  args: Arguments,
): Transform {
  if (Object.hasOwn(custom, name)) return custom[name] as Transform;
  if (name === 'regex_extract') return regexExtract(args, field);
  if (name === 'regex_replace') return regexReplace(args, field);
  if (Object.hasOwn(builtins, name)) return builtins[name as keyof typeof builtins];
  const suggestion = nearest(name, [...known, ...Object.keys(custom)]);
  throw new ExtractError(
    'ERR_EXTRACT_OPTIONS',
    `Unknown transform "${name}" of the field "${field}"${suggestion === undefined ? `; known: ${known.join(', ')}` : `, did you mean "${suggestion}"?`}`,
    { field },
  );
}

/** Applies a text transform to a text or to each text of a list. */
const each =
  (transform: (text: string, context: TransformContext) => unknown): Transform =>
  (value, context) =>
    Array.isArray(value)
      ? value.map((item) => transform(String(item), context))
      : transform(String(value), context);

const builtins: Readonly<
  Record<Exclude<BuiltinTransform, 'regex_extract' | 'regex_replace'>, Transform>
> = {
  trim: each((text) => text.trim()),
  normalize_ws: each(collapse),
  number: each(numberOf),
  integer: each(integerOf),
  currency: each(currencyOf),
  percent: each(percentOf),
  date_iso: each(isoDateOf),
  url_abs: each((text, { url }) => resolveUrl(text, url)),
  lowercase: each((text) => text.toLowerCase()),
  uppercase: each((text) => text.toUpperCase()),
  split: (value, { args }) =>
    String(value)
      .split(textArgument(args, 'separator', ','))
      .map((part) => part.trim())
      .filter(Boolean),
  join: (value, { args }) =>
    (Array.isArray(value) ? value : [value]).join(textArgument(args, 'separator', ', ')),
  json_parse: (value) => JSON.parse(String(value)) as unknown,
  html_decode: each((text) => decodeHTML(text)),
  strip_tags: each((text) => textOf(parseHtml(text, 'fast', defaultLimits))),
  truncate: each((text, { args }) => {
    const length = Number(args['length'] ?? 200);
    return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).trimEnd()}…`;
  }),
  dedupe: (value) => (Array.isArray(value) ? [...new Set(value)] : value),
  boolean: each((text) => {
    const word = text.trim().toLowerCase();
    if (/^(?:true|yes|1|on|in ?stock|available)$/.test(word)) return true;
    return /^(?:false|no|0|off|out ?of ?stock|unavailable|)$/.test(word) ? false : null;
  }),
};

const known: readonly string[] = [...Object.keys(builtins), 'regex_extract', 'regex_replace'];

/** The pattern's first group (`args.group` names another), else the whole match. */
function regexExtract(args: Arguments, field: string): Transform {
  const pattern = patternArgument(args, field, String.raw`\d+`);
  return each((text) => {
    const [match] = pattern.matches(text, 1);
    if (match === undefined) return null;
    const group = args['group'] ?? (match.groups.length > 1 ? 1 : 0);
    return (typeof group === 'number' ? match.groups[group] : match.named[String(group)]) ?? null;
  });
}

function regexReplace(args: Arguments, field: string): Transform {
  const pattern = patternArgument(args, field, String.raw`\s+`);
  const replacement = textArgument(args, 'replacement', ' ');
  return each((text) => pattern.replaceAll(text, replacement));
}

function patternArgument(args: Arguments, field: string, fallback: string): CompiledPattern {
  return compilePattern(textArgument(args, 'pattern', fallback), {
    flags: textArgument(args, 'flags', ''),
    field,
  });
}

function textArgument(args: Arguments, name: string, fallback: string): string {
  const value = args[name];
  return value === undefined ? fallback : String(value);
}
