const BRAND = Symbol.for('@rockpool/ViewError');

/** Codes never change between major versions; messages may. */
export type ViewErrorCode =
  | 'ERR_VIEW_MODULE'
  | 'ERR_VIEW_INSTANCE'
  | 'ERR_VIEW_NOT_FOUND'
  | 'ERR_VIEW_TRAP'
  | 'ERR_VIEW_MEMORY'
  | 'ERR_VIEW_DEADLINE'
  | 'ERR_VIEW_ABORTED'
  | 'ERR_VIEW_ARGUMENT'
  | 'ERR_VIEW_CLOSED'
  | 'ERR_VIEW_THREAD'
  | 'ERR_VIEW_POOL_INIT'
  | 'ERR_INDEX_START'
  | 'ERR_INDEX_TRAP'
  | 'ERR_INDEX_UNFINISHED'
  | 'ERR_INDEX_SOURCE'
  | 'ERR_INDEX_UNREACHABLE'
  | 'ERR_INDEX_REORGANISATION'
  | 'ERR_STORE_HEIGHT'
  | 'ERR_STORE_READ_ONLY'
  | 'ERR_STORE_CLOSED'
  | 'ERR_STORE_CORRUPT';

/** The base of all errors of this package. Recognise it with {@link ViewError.is}: that also works across two copies of the package. */
export class ViewError extends Error {
  readonly code: ViewErrorCode;

  constructor(code: ViewErrorCode, message: string, details: { readonly cause?: unknown } = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }

  /** Whether `value` is an error of this package, and of that code if one is given. */
  static is(value: unknown, code?: ViewErrorCode): value is ViewError {
    if (typeof value !== 'object' || value === null) return false;
    const error = value as { [BRAND]?: unknown; code?: unknown };
    return error[BRAND] === true && (code === undefined || error.code === code);
  }
}

Object.defineProperty(ViewError.prototype, BRAND, { value: true });

/** The guest is at fault: a trap, a missing view, a result out of bounds. Running it elsewhere would not help. */
export class GuestError extends ViewError {}

/** A limit of time passed; the guest was stopped. */
export class ViewDeadlineError extends ViewError {
  readonly deadlineMs: number;

  constructor(what: string, deadlineMs: number) {
    super(
      'ERR_VIEW_DEADLINE',
      `${what} did not answer within ${deadlineMs} ms and was stopped; raise deadlineMs, or mend the view if it loops`,
    );
    this.deadlineMs = deadlineMs;
  }
}

/** The caller's signal aborted; `cause` is its reason. */
export class ViewAbortedError extends ViewError {
  constructor(what: string, cause: unknown) {
    super('ERR_VIEW_ABORTED', `${what} was aborted by its caller`, { cause });
  }
}

/** A worker thread could not be started or died; nothing is known about the view it ran. */
export class ViewThreadError extends ViewError {
  constructor(message: string, cause?: unknown) {
    super('ERR_VIEW_THREAD', message, cause === undefined ? {} : { cause });
  }
}

/** The store refuses or cannot serve. */
export class StoreError extends ViewError {}

/** What to show of an unknown thrown value. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
