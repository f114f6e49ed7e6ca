import { RE2JS } from 're2js';
import { runWithDeadline } from '../deadline.js';
import { InvalidPatternError } from '../errors.js';

/**
 * `linear` runs on RE2: time grows with the text only, whatever the pattern (no lookahead, no backreference).
 * `native` is the engine of JavaScript: all its syntax, but some patterns take for ever on some texts. An
 * untrusted native pattern therefore runs under a deadline.
 */
export type RegexEngine = 'linear' | 'native';

/** How a pattern is compiled. */
export interface PatternOptions {
  /** `i`, `m`, `s` for both engines; `u` and `v` for native. `g` and `y` are ignored. Default none. */
  readonly flags?: string;
  /** Default `linear`. */
  readonly engine?: RegexEngine;
  /** The author of a native pattern vouches that it cannot backtrack for ever: no deadline. Default false. */
  readonly trusted?: boolean;
  /** Deadline of one untrusted native search, in ms. Default 1,000. */
  readonly deadlineMs?: number;
  /** Shown in errors. */
  readonly field?: string;
}

/** One place where a pattern matched. */
export interface PatternMatch {
  readonly text: string;
  /** Zero-based, in UTF-16 units of the searched text. */
  readonly index: number;
  /** The match and its groups by number; a group that took no part is undefined. */
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>>;
}

/** A pattern ready to search any text. It keeps nothing between searches. */
export interface CompiledPattern {
  readonly source: string;
  readonly engine: RegexEngine;
  /** The pattern in the syntax of RE2 for a prefilter; undefined when RE2 cannot read it. */
  readonly linearSource: string | undefined;
  /** The first `max` matches. */
  matches(text: string, max: number): PatternMatch[];
  /** `$1`, `$<name>` and `$&` as in `String.prototype.replace`. */
  replaceAll(text: string, replacement: string): string;
}

/** Longest accepted pattern, in characters. */
export const maxPatternChars = 4_096;

/**
 * Compiles a regular expression. A leading `(?i)` (also `(?m)`, `(?s)`) works with both engines.
 *
 * @throws InvalidPatternError `ERR_EXTRACT_INVALID_PATTERN`; `ERR_EXTRACT_UNSAFE_PATTERN` when only the native
 * engine could run it and that was not asked for
 */
export function compilePattern(
  pattern: string | RegExp,
  options: PatternOptions = {},
): CompiledPattern {
  const source = typeof pattern === 'string' ? pattern : pattern.source;
  const flags = new Set(
    `${typeof pattern === 'string' ? '' : pattern.flags}${options.flags ?? ''}`,
  );
  const details = options.field === undefined ? {} : { field: options.field };
  if (source === '' || source === '(?:)') {
    throw new InvalidPatternError('ERR_EXTRACT_INVALID_PATTERN', source, 'it is empty', {
      ...details,
      position: 0,
    });
  }
  if (source.length > maxPatternChars) {
    throw new InvalidPatternError(
      'ERR_EXTRACT_INVALID_PATTERN',
      source,
      `it is longer than ${maxPatternChars} characters`,
      details,
    );
  }
  const unknown = [...flags].find((flag) => !'gimsuvyd'.includes(flag));
  if (unknown !== undefined) {
    throw new InvalidPatternError(
      'ERR_EXTRACT_INVALID_PATTERN',
      source,
      `unknown flag "${unknown}"; use i, m or s`,
      details,
    );
  }
  return options.engine === 'native'
    ? nativePattern(source, flags, options)
    : linearPattern(pattern, source, flags, options);
}

const defaultDeadlineMs = 1_000;

function linearPattern(
  pattern: string | RegExp,
  source: string,
  flags: ReadonlySet<string>,
  options: PatternOptions,
): CompiledPattern {
  const inline = [...flags].filter((flag) => 'ims'.includes(flag)).join('');
  // Of a RegExp the translation keeps i, m and s itself.
  const translated = RE2JS.translateRegExp(
    typeof pattern === 'string'
      ? pattern
      : new RegExp(source, pattern.flags.replaceAll(/[ims]/g, '')),
  );
  const linearSource = `${inline === '' ? '' : `(?${inline})`}${translated}`;
  const compiled = compileLinear(linearSource, source, options);
  return {
    source,
    engine: 'linear',
    linearSource,
    matches: (text, max) => take(compiled.matchAll(text), max),
    replaceAll: (text, replacement) => compiled.matcher(text).replaceAll(replacement),
  };
}

function compileLinear(linearSource: string, source: string, options: PatternOptions): RE2JS {
  try {
    return RE2JS.compile(linearSource, /\(\?<[=!]/.test(linearSource) ? RE2JS.LOOKBEHINDS : 0);
  } catch (error) {
    throw notLinear(source, options, error);
  }
}

function nativePattern(
  source: string,
  flags: Set<string>,
  options: PatternOptions,
): CompiledPattern {
  const leading = /^\(\?([ims]+)\)/.exec(source);
  for (const flag of leading?.[1] ?? '') flags.add(flag);
  const body = leading === null ? source : source.slice(leading[0].length);
  const expression = compileNative(
    body,
    [...flags].filter((flag) => 'imsuv'.includes(flag)).join(''),
    source,
    options,
  );
  const deadlineMs = options.trusted === true ? 0 : (options.deadlineMs ?? defaultDeadlineMs);
  const what = `The native pattern ${JSON.stringify(source.slice(0, 80))}`;
  return {
    source,
    engine: 'native',
    linearSource: linearTwinOf(body, flags),
    matches: (text, max) =>
      runWithDeadline(() => take(text.matchAll(expression), max), deadlineMs, what),
    replaceAll: (text, replacement) =>
      runWithDeadline(() => text.replaceAll(expression, replacement), deadlineMs, what),
  };
}

/** What RE2 would make of a native pattern; a pattern only JavaScript understands has no twin. */
function linearTwinOf(body: string, flags: ReadonlySet<string>): string | undefined {
  const inline = [...flags].filter((flag) => 'ims'.includes(flag)).join('');
  // \s and \b mean more in JavaScript: a prefilter must never say no where the pattern says yes.
  if (/\\[sSbBwW]|\P{ASCII}|\(\?[=!<]|\\[1-9k]/u.test(body) || flags.has('u') || flags.has('v'))
    return undefined;
  const twin = `${inline === '' ? '' : `(?${inline})`}${RE2JS.translateRegExp(body)}`;
  try {
    RE2JS.compile(twin);
    return twin;
  } catch {
    // Not an error: the pattern simply runs on every text.
    return undefined;
  }
}

function compileNative(
  body: string,
  flags: string,
  source: string,
  options: PatternOptions,
): RegExp {
  try {
    return new RegExp(body, `g${flags}`);
  } catch (error) {
    throw new InvalidPatternError(
      'ERR_EXTRACT_INVALID_PATTERN',
      source,
      error instanceof Error ? error.message : String(error),
      {
        cause: error,
        ...(options.field === undefined ? {} : { field: options.field }),
      },
    );
  }
}

function notLinear(source: string, options: PatternOptions, cause: unknown): InvalidPatternError {
  const details = { cause, ...(options.field === undefined ? {} : { field: options.field }) };
  const lookaround = /\(\?<?[=!]/.exec(source);
  const reference = /(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)/.exec(source);
  const unsupported = lookaround ?? reference;
  if (unsupported !== null && isValidInJavaScript(source)) {
    const name = lookaround === null ? 'a backreference' : 'a lookaround';
    return new InvalidPatternError(
      'ERR_EXTRACT_UNSAFE_PATTERN',
      source,
      `${name} has no linear-time form. Rewrite it with a group, or run it with engine: 'native' (under a deadline, or trusted: true for a pattern you have reviewed)`,
      { ...details, position: unsupported.index },
    );
  }
  const message =
    cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, '') : String(cause);
  const part = /`([\s\S]*)`$/.exec(message)?.[1];
  const position = part === undefined || part === '' ? -1 : source.lastIndexOf(part);
  return new InvalidPatternError(
    'ERR_EXTRACT_INVALID_PATTERN',
    source,
    message,
    position === -1 ? details : { ...details, position },
  );
}

function isValidInJavaScript(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

function take(found: Iterable<RegExpMatchArray>, max: number): PatternMatch[] {
  const matches: PatternMatch[] = [];
  for (const match of found) {
    if (matches.length >= max) break;
    // A pattern that may be empty matches between all characters: those say nothing.
    if (match[0] === '') continue;
    matches.push({
      text: match[0],
      index: match.index ?? 0,
      groups: [...match],
      named: match.groups ?? {},
    });
  }
  return matches;
}
