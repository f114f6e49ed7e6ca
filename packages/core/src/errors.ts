import type { PoolCounts } from './contract/stats.js';

const BRAND = Symbol.for('@rockpool/PoolError');

/** Codes never change between major versions; messages may. */
export type PoolErrorCode =
  | 'ERR_POOL_TIMEOUT'
  | 'ERR_POOL_ABORTED'
  | 'ERR_POOL_CLOSED'
  | 'ERR_POOL_DRAINING'
  | 'ERR_POOL_QUEUE_FULL'
  | 'ERR_POOL_EXHAUSTED'
  | 'ERR_POOL_CREATE'
  | 'ERR_POOL_INVALID'
  | 'ERR_POOL_MEMORY_LIMIT'
  | 'ERR_POOL_BREAKER_OPEN'
  | 'ERR_POOL_DUPLICATE_RESOURCE'
  | 'ERR_POOL_LEASE_ENDED'
  | 'ERR_POOL_NOT_BORROWED'
  | 'ERR_POOL_OPTIONS';

/** What an error may carry beside its message. */
export interface PoolErrorDetails {
  /** The pool's name. */
  readonly pool?: string | undefined;
  /** The pool's counts when the error arose. */
  readonly counts?: PoolCounts | undefined;
  readonly cause?: unknown;
}

/** The base of all errors of a pool. Recognise it with {@link PoolError.is}: that also works across two copies of the package. */
export class PoolError extends Error {
  readonly code: PoolErrorCode;
  readonly pool: string | undefined;
  readonly counts: PoolCounts | undefined;

  constructor(code: PoolErrorCode, message: string, details: PoolErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.pool = details.pool;
    this.counts = details.counts;
  }

  override get name(): string {
    return this.constructor.name;
  }

  /** Whether `value` is an error of a pool, and of that code if one is given. */
  static is(value: unknown, code?: PoolErrorCode): value is PoolError {
    if (typeof value !== 'object' || value === null) return false;
    const error = value as { [BRAND]?: unknown; code?: unknown };
    return error[BRAND] === true && (code === undefined || error.code === code);
  }
}

// On the prototype: costs an error nothing and is not listed among its own properties.
Object.defineProperty(PoolError.prototype, BRAND, { value: true });

/** Which limit passed. */
export type TimedOutPhase =
  | 'wait'
  | 'create'
  | 'validate'
  | 'reset'
  | 'destroy'
  | 'ready'
  | 'drain';

/** A limit of time passed: of an `acquire` (`wait`) or of a hook. */
export class PoolTimeoutError extends PoolError {
  readonly phase: TimedOutPhase;
  readonly timeoutMs: number;

  constructor(
    phase: TimedOutPhase,
    timeoutMs: number,
    message: string,
    details: PoolErrorDetails = {},
  ) {
    super('ERR_POOL_TIMEOUT', message, details);
    this.phase = phase;
    this.timeoutMs = timeoutMs;
  }
}

/** The signal given to `acquire`, `ready` or `drain` aborted; `cause` is the signal's reason. */
export class PoolAbortedError extends PoolError {
  constructor(message: string, details: PoolErrorDetails = {}) {
    super('ERR_POOL_ABORTED', message, details);
  }
}

/** The pool is closed, closing or draining. */
export class PoolClosedError extends PoolError {
  constructor(
    code: 'ERR_POOL_CLOSED' | 'ERR_POOL_DRAINING',
    message: string,
    details: PoolErrorDetails = {},
  ) {
    super(code, message, details);
  }
}

/** Nothing can be lent now and the caller cannot wait. The counts say why. */
export class PoolExhaustedError extends PoolError {
  constructor(details: PoolErrorDetails = {}) {
    super('ERR_POOL_EXHAUSTED', 'Pool exhausted - no available instances', details);
  }
}

/** The line is as long as `maxQueue` allows. */
export class PoolQueueFullError extends PoolError {
  constructor(message: string, details: PoolErrorDetails = {}) {
    super('ERR_POOL_QUEUE_FULL', message, details);
  }
}

/** A check found a resource unusable. */
export class HealthCheckFailedError extends PoolError {
  constructor(reason: string, details: PoolErrorDetails = {}) {
    super('ERR_POOL_INVALID', `Health check failed: ${reason}`, details);
  }
}

/** A resource, or the pool, needs more memory than it may have. Both numbers are in bytes; the message shows whole MB. */
export class MemoryLimitExceededError extends PoolError {
  readonly usedBytes: number;
  readonly limitBytes: number;

  constructor(usedBytes: number, limitBytes: number, details: PoolErrorDetails = {}) {
    const used = Math.ceil(usedBytes / MEBIBYTE);
    const limit = Math.floor(limitBytes / MEBIBYTE);
    super('ERR_POOL_MEMORY_LIMIT', `Memory limit exceeded: ${used}MB / ${limit}MB`, details);
    this.usedBytes = usedBytes;
    this.limitBytes = limitBytes;
  }
}

/** A resource could not be created; `cause` is what the factory threw last. */
export class CreationFailedError extends PoolError {
  /** How many attempts were made. */
  readonly attempts: number;

  constructor(cause: unknown, attempts: number, details: PoolErrorDetails = {}) {
    super('ERR_POOL_CREATE', `Instance creation failed: ${reasonOf(cause)}`, { ...details, cause });
    this.attempts = attempts;
  }
}

/** A circuit breaker refuses calls for the time being; `cause` is the failure that opened it, where there is one. */
export class CircuitBreakerOpenError extends PoolError {
  constructor(details: PoolErrorDetails = {}) {
    super('ERR_POOL_BREAKER_OPEN', 'Circuit breaker open', details);
  }
}

/** A verb was used, or the resource was read, after the lease had ended. */
export class LeaseEndedError extends PoolError {
  constructor(details: PoolErrorDetails = {}) {
    super(
      'ERR_POOL_LEASE_ENDED',
      'this lease has ended: its resource may belong to another borrower now. Acquire again instead of keeping the lease.',
      details,
    );
  }
}

/** The factory returned an object that the pool already holds. */
export class DuplicateResourceError extends PoolError {
  constructor(message: string, details: PoolErrorDetails = {}) {
    super('ERR_POOL_DUPLICATE_RESOURCE', message, details);
  }
}

/** One thing that is wrong with the options. */
export interface OptionProblem {
  /** Dotted path, `''` for the whole. */
  readonly path: string;
  readonly message: string;
}

/** Options that cannot be used; `problems` lists all of them. */
export class PoolOptionsError extends PoolError {
  readonly problems: readonly OptionProblem[];

  constructor(what: string, problems: readonly OptionProblem[], details: PoolErrorDetails = {}) {
    const lines = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super('ERR_POOL_OPTIONS', `${what}: ${lines.join('; ')}`, details);
    this.problems = problems;
  }
}

const MEBIBYTE = 1_048_576;

/** What to show of an unknown thrown value. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  try {
    return String(thrown);
  } catch {
    // A value whose conversion throws: its type is all that can be told.
    return `a thrown ${typeof thrown}`;
  }
}

/**
 * Makes an error without capturing a stack: a deadline rings in a timer, where the stack shows only the timer, and
 * 100,000 stacks at once would hold up the event loop.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit;
  // `set` and not an assignment: with frozen intrinsics the stack is captured after all, and nothing is thrown.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}
