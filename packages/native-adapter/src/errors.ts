/** Stable codes of everything this package throws; messages may change, codes will not. */
export type ExtractErrorCode =
  | 'ERR_EXTRACT_OPTIONS'
  | 'ERR_EXTRACT_EMPTY_INPUT'
  | 'ERR_EXTRACT_NOT_HTML'
  | 'ERR_EXTRACT_INPUT_TOO_LARGE'
  | 'ERR_EXTRACT_TOO_DEEP'
  | 'ERR_EXTRACT_TOO_MANY_NODES'
  | 'ERR_EXTRACT_TOO_MANY_ATTRIBUTES'
  | 'ERR_EXTRACT_INVALID_SELECTOR'
  | 'ERR_EXTRACT_INVALID_PATTERN'
  | 'ERR_EXTRACT_UNSAFE_PATTERN'
  | 'ERR_EXTRACT_INVALID_URL'
  | 'ERR_EXTRACT_MISSING_REQUIRED'
  | 'ERR_EXTRACT_TRANSFORM'
  | 'ERR_EXTRACT_TIMEOUT'
  | 'ERR_EXTRACT_DESTROYED';

/** What an error carries besides its message. */
export interface ExtractErrorDetails {
  /** The field of the schema, the pattern's name or the option the error is about. */
  readonly field?: string;
  readonly cause?: unknown;
}

const brand = Symbol.for('@rockpool/native-adapter/ExtractError');

/**
 * Base of every error thrown by the extractors. Branch on `code`:
 *
 * `if (ExtractError.is(error, 'ERR_EXTRACT_INVALID_SELECTOR')) …`
 */
export class ExtractError extends Error {
  readonly code: ExtractErrorCode;
  readonly field: string | undefined;

  constructor(code: ExtractErrorCode, message: string, details: ExtractErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.field = details.field;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for an error of this package, also one thrown by another copy of it; with `code`, only for that one. */
  static is(error: unknown, code?: ExtractErrorCode): error is ExtractError {
    if (typeof error !== 'object' || error === null || !(brand in error)) return false;
    return code === undefined || (error as unknown as ExtractError).code === code;
  }
}

/** The page itself was refused: empty, not HTML, too large, too deep. Nothing was extracted. */
export class InputError extends ExtractError {}

/** A CSS selector that cannot be compiled. `position` is the zero-based index of the first bad character, where known. */
export class InvalidSelectorError extends ExtractError {
  readonly selector: string;
  readonly position: number | undefined;

  constructor(
    selector: string,
    problem: string,
    details: ExtractErrorDetails & { position?: number } = {},
  ) {
    const where = details.position === undefined ? '' : ` at position ${details.position}`;
    super(
      'ERR_EXTRACT_INVALID_SELECTOR',
      `Invalid CSS selector ${quote(selector)}${where}: ${problem}`,
      details,
    );
    this.selector = selector;
    this.position = details.position;
  }
}

/** A regular expression that cannot be compiled, or not by the engine that was asked for. */
export class InvalidPatternError extends ExtractError {
  readonly pattern: string;
  readonly position: number | undefined;

  constructor(
    code: 'ERR_EXTRACT_INVALID_PATTERN' | 'ERR_EXTRACT_UNSAFE_PATTERN',
    pattern: string,
    problem: string,
    details: ExtractErrorDetails & { position?: number } = {},
  ) {
    const name = details.field === undefined ? '' : ` of ${quote(details.field)}`;
    const where = details.position === undefined ? '' : ` at position ${details.position}`;
    super(code, `Invalid pattern ${quote(pattern)}${name}${where}: ${problem}`, details);
    this.pattern = pattern;
    this.position = details.position;
  }
}

/** An extraction was stopped in the middle. The extractor that ran it must not be used again. */
export class ExtractionTimeoutError extends ExtractError {
  readonly timeoutMs: number;

  constructor(work: string, timeoutMs: number, cause: unknown) {
    super(
      'ERR_EXTRACT_TIMEOUT',
      `${work} was stopped after ${timeoutMs} ms. Raise the limit, lower maxInputChars, or simplify the selector or pattern.`,
      { cause },
    );
    this.timeoutMs = timeoutMs;
  }
}

/** Shows user input in a message: quoted, one line, never more than 80 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
