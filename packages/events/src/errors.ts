const BRAND = Symbol.for('@rockpool/EventBusError');

/** Codes never change between major versions; messages may. */
export type EventBusErrorCode =
  | 'ERR_EVENTS_UNKNOWN_TYPE'
  | 'ERR_EVENTS_DUPLICATE_HANDLER'
  | 'ERR_EVENTS_UNKNOWN_HANDLER'
  | 'ERR_EVENTS_HANDLER_TIMEOUT'
  | 'ERR_EVENTS_LAGGED'
  | 'ERR_EVENTS_ALREADY_OBSERVED'
  | 'ERR_EVENTS_CLOSED';

/** The base of all errors of a bus. Recognise it with {@link EventBusError.is}: that also works across two copies of the package. */
export class EventBusError extends Error {
  readonly code: EventBusErrorCode;

  constructor(code: EventBusErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }

  /** Whether `value` is an error of a bus, and of that code if one is given. */
  static is(value: unknown, code?: EventBusErrorCode): value is EventBusError {
    if (typeof value !== 'object' || value === null) return false;
    const error = value as { [BRAND]?: unknown; code?: unknown };
    return error[BRAND] === true && (code === undefined || error.code === code);
  }
}

Object.defineProperty(EventBusError.prototype, BRAND, { value: true });

/** A name that no event has. */
export class UnknownEventTypeError extends EventBusError {
  constructor(type: string, near: string | undefined) {
    const hint =
      near === undefined
        ? "names look like 'pool.instance_created', 'system.<category>' or '<your family>.<name>'; patterns end in '*'"
        : `did you mean '${near}'?`;
    super('ERR_EVENTS_UNKNOWN_TYPE', `there is no event '${type}'; ${hint}`);
  }
}

/** A handler of that name is registered already. */
export class DuplicateHandlerError extends EventBusError {
  constructor(handler: string) {
    super(
      'ERR_EVENTS_DUPLICATE_HANDLER',
      `a handler named '${handler}' is registered already; unregister it first, or choose another name`,
    );
  }
}

/** No handler of that name is registered. */
export class UnknownHandlerError extends EventBusError {
  constructor(handler: string, registered: readonly string[]) {
    const known = registered.length === 0 ? 'there are none' : `there are ${registered.join(', ')}`;
    super('ERR_EVENTS_UNKNOWN_HANDLER', `no handler named '${handler}' is registered; ${known}`);
  }
}

/** A handler did not finish with an event in time; it goes on with the next one. */
export class HandlerTimeoutError extends EventBusError {
  readonly handler: string;
  readonly timeoutMs: number;

  constructor(handler: string, timeoutMs: number, eventType: string) {
    super(
      'ERR_EVENTS_HANDLER_TIMEOUT',
      `handler '${handler}' did not finish ${eventType} within ${timeoutMs} ms; heed context.signal, or raise timeoutMs`,
    );
    this.handler = handler;
    this.timeoutMs = timeoutMs;
  }
}

/** A subscription with `overflow: 'error'` missed events; reading again goes on at the oldest one retained. */
export class SubscriberLaggedError extends EventBusError {
  /** Events that were lost since the last one read. */
  readonly skipped: number;

  constructor(skipped: number, bufferSize: number) {
    super(
      'ERR_EVENTS_LAGGED',
      `the subscriber was too slow and missed ${skipped} events; read faster, filter more, or raise bufferSize (${bufferSize})`,
    );
    this.skipped = skipped;
  }
}

/** A pool is observed by this bus already: each of its events would be told twice. */
export class AlreadyObservedError extends EventBusError {
  constructor(pool: string) {
    super(
      'ERR_EVENTS_ALREADY_OBSERVED',
      `the bus observes the pool '${pool}' already; end that observation first`,
    );
  }
}

/** The bus is closed. */
export class EventBusClosedError extends EventBusError {
  constructor() {
    super('ERR_EVENTS_CLOSED', 'the event bus is closed; nothing is published on it any more');
  }
}
