import { type OptionProblem, reasonOf } from '@rockpool/core';

const BRAND = Symbol.for('@rockpool/pipeline/RuntimeError');

/** What failed: the stream, decoding or parsing, a handler, or the runtime itself. */
export type RuntimeErrorKind = 'connection' | 'parsing' | 'handler' | 'system';

/** Codes never change between major versions; messages may. */
export type RuntimeErrorCode =
  | 'ERR_PIPELINE_CONNECTION'
  | 'ERR_PIPELINE_DECODE'
  | 'ERR_PIPELINE_PARSE'
  | 'ERR_PIPELINE_HANDLER'
  | 'ERR_PIPELINE_TIMEOUT'
  | 'ERR_PIPELINE_DEAD_LETTER'
  | 'ERR_PIPELINE_OVERFLOW'
  | 'ERR_PIPELINE_STATE'
  | 'ERR_PIPELINE_OPTIONS'
  | 'ERR_PIPELINE_INIT'
  | 'ERR_PIPELINE_SYSTEM';

/** What an error may carry beside its message. */
export interface RuntimeErrorDetails {
  readonly pipeline?: string | undefined;
  readonly handler?: string | undefined;
  readonly cause?: unknown;
  /** Default `false`. */
  readonly retryable?: boolean | undefined;
}

/** The base of all errors of a runtime. Recognise it with {@link RuntimeError.is}: that also works across two copies of the package. */
export class RuntimeError extends Error {
  readonly kind: RuntimeErrorKind;
  readonly code: RuntimeErrorCode;
  readonly pipeline: string | undefined;
  readonly handler: string | undefined;
  /** Whether the same may succeed when tried again. */
  readonly retryable: boolean;

  constructor(
    kind: RuntimeErrorKind,
    code: RuntimeErrorCode,
    message: string,
    details: RuntimeErrorDetails = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.kind = kind;
    this.code = code;
    this.pipeline = details.pipeline;
    this.handler = details.handler;
    this.retryable = details.retryable ?? false;
  }

  override get name(): string {
    return this.constructor.name;
  }

  /** Whether `value` is an error of a runtime, and of that code if one is given. */
  static is(value: unknown, code?: RuntimeErrorCode): value is RuntimeError {
    if (typeof value !== 'object' || value === null) return false;
    const error = value as { [BRAND]?: unknown; code?: unknown };
    return error[BRAND] === true && (code === undefined || error.code === code);
  }
}

// On the prototype: costs an error nothing and is not listed among its own properties.
Object.defineProperty(RuntimeError.prototype, BRAND, { value: true });

/** The stream broke or could not be opened. */
export class ConnectionError extends RuntimeError {
  constructor(message: string, details: RuntimeErrorDetails = {}) {
    super('connection', 'ERR_PIPELINE_CONNECTION', message, details);
  }
}

/** A frame could not be decoded, or an update not parsed; `cause` is what was thrown. */
export class ParsingError extends RuntimeError {
  constructor(
    code: 'ERR_PIPELINE_DECODE' | 'ERR_PIPELINE_PARSE',
    message: string,
    details: RuntimeErrorDetails = {},
  ) {
    super('parsing', code, message, details);
  }
}

/** A handler failed for good, or its dead letter could not be kept; `cause` is what was thrown last. */
export class HandlerError extends RuntimeError {
  constructor(
    code: 'ERR_PIPELINE_HANDLER' | 'ERR_PIPELINE_DEAD_LETTER',
    message: string,
    details: RuntimeErrorDetails = {},
  ) {
    super('handler', code, message, details);
  }
}

/** A parser or handler did not answer in time. */
export class StageTimeoutError extends RuntimeError {
  readonly timeoutMs: number;

  constructor(
    kind: 'parsing' | 'handler',
    timeoutMs: number,
    message: string,
    details: RuntimeErrorDetails = {},
  ) {
    super(kind, 'ERR_PIPELINE_TIMEOUT', message, { retryable: true, ...details });
    this.timeoutMs = timeoutMs;
  }
}

/** A buffer with the policy `error` was full. */
export class OverflowError extends RuntimeError {
  constructor(message: string, details: RuntimeErrorDetails = {}) {
    super('system', 'ERR_PIPELINE_OVERFLOW', message, details);
  }
}

/** A verb that the present state does not allow. */
export class PipelineStateError extends RuntimeError {
  constructor(message: string, details: RuntimeErrorDetails = {}) {
    super('system', 'ERR_PIPELINE_STATE', message, details);
  }
}

/** Something of the runtime itself failed. */
export class SystemError extends RuntimeError {
  constructor(
    code: 'ERR_PIPELINE_SYSTEM' | 'ERR_PIPELINE_INIT',
    message: string,
    details: RuntimeErrorDetails = {},
  ) {
    super('system', code, message, details);
  }
}

/** Options, or a runtime, that cannot be used; `problems` lists all that is wrong. */
export class PipelineOptionsError extends RuntimeError {
  readonly problems: readonly OptionProblem[];

  constructor(what: string, problems: readonly OptionProblem[], details: RuntimeErrorDetails = {}) {
    const lines = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super('system', 'ERR_PIPELINE_OPTIONS', `${what}: ${lines.join('; ')}`, details);
    this.problems = problems;
  }
}

/** A runtime that cannot be built; `problems` lists all that is wrong. */
export class BuilderError extends PipelineOptionsError {}

/** `thrown` as an error of this kind, unless it is one of a runtime already. */
export function parsingError(
  code: 'ERR_PIPELINE_DECODE' | 'ERR_PIPELINE_PARSE',
  what: string,
  thrown: unknown,
  pipeline: string | undefined,
): RuntimeError {
  if (RuntimeError.is(thrown)) return thrown;
  return new ParsingError(code, `${what}: ${reasonOf(thrown)}`, { cause: thrown, pipeline });
}
