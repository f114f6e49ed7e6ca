import type {
  CreateContext,
  DestroyReason,
  HookContext,
  Poolable,
  PoolFactory,
  ResourceInfo,
  TestPhase,
} from '../contract/poolable.js';
import { HealthCheckFailedError, PoolTimeoutError, type TimedOutPhase } from '../errors.js';
import type { Slot } from '../slot/slot.js';
import type { Agenda } from '../time/agenda.js';

/** How a hook ended. A sync throw, a rejection and a passed time limit are all `failed`. */
export type Outcome =
  | { readonly kind: 'passed'; readonly health: number | undefined }
  | { readonly kind: 'failed'; readonly error: unknown; readonly timedOut: boolean };

/** How a creation ended. */
export type Creation<T> =
  | { readonly kind: 'created'; readonly resource: T }
  | { readonly kind: 'failed'; readonly error: unknown; readonly timedOut: boolean };

/** Time limits in ms; 0 = none. */
export interface HookLimits {
  readonly createTimeoutMs: number;
  readonly validateTimeoutMs: number;
  readonly resetTimeoutMs: number;
  readonly destroyTimeoutMs: number;
}

/** What the door needs of the pool. */
export interface DoorHost<T> {
  readonly agenda: Agenda;
  readonly name: string;
  infoOf(slot: Slot<T>): ResourceInfo;
  /** A resource that arrived after its creation had been given up. */
  createdTooLate(slot: Slot<T>, resource: T): void;
}

const PASSED: Outcome = { kind: 'passed', health: undefined };

/**
 * The one door to user code. Every hook of a factory or of a resource is called here and nowhere else: what throws
 * becomes an outcome, what takes too long is told so by its signal and answered for, what answers at once costs no
 * promise.
 */
export class Door<T> {
  /** Whether there is anything to call on return; learnt from the factory and from the resources seen so far. */
  canReset: boolean;
  canActivate = false;
  readonly #factory: PoolFactory<T>;
  readonly #limits: HookLimits;
  readonly #host: DoorHost<T>;
  /** Calls that have not answered yet. */
  readonly #pending = new Set<CallContext<T>>();

  constructor(factory: PoolFactory<T>, limits: HookLimits, host: DoorHost<T>) {
    this.#factory = factory;
    this.#limits = limits;
    this.#host = host;
    this.canReset = factory.reset !== undefined;
  }

  create(
    slot: Slot<T>,
    attempt: number,
    died: (error?: unknown) => void,
  ): Creation<T> | Promise<Creation<T>> {
    const call = new CallContext(this.#host, slot);
    const context: CreateContext = {
      id: slot.id,
      attempt,
      died,
      get signal() {
        return call.signal;
      },
    };
    try {
      const made = this.#factory.create(context);
      if (!isThenable(made)) return { kind: 'created', resource: made };
      return this.#limited<T, Creation<T>>(
        made,
        'create',
        this.#limits.createTimeoutMs,
        call,
        (resource) => ({ kind: 'created', resource }),
        (resource) => this.#host.createdTooLate(slot, resource),
      );
    } catch (error) {
      return { kind: 'failed', error, timedOut: false };
    }
  }

  /** Looks once at a new resource for the methods it brings along. */
  inspect(resource: T): void {
    if (this.canReset && this.canActivate) return;
    try {
      const methods = methodsOf(resource);
      if (typeof methods.reset === 'function') this.canReset = true;
      if (typeof methods.onAcquire === 'function') this.canActivate = true;
    } catch {
      // A getter that throws: the hook itself will be called, throw again, and be answered for as a failed hook.
      this.canReset = true;
    }
  }

  activate(slot: Slot<T>): Outcome {
    try {
      methodsOf(slot.resource).onAcquire?.(this.#host.infoOf(slot));
      return PASSED;
    } catch (error) {
      return { kind: 'failed', error, timedOut: false };
    }
  }

  validate(slot: Slot<T>, phase: TestPhase): Outcome | Promise<Outcome> {
    const call = new CallContext(this.#host, slot);
    call.phase = phase;
    return this.#run('validate', this.#limits.validateTimeoutMs, call, healthOf, () => {
      const { validate } = this.#factory;
      if (validate !== undefined) {
        return validate.call(
          this.#factory,
          slot.resource as T,
          call as CallContext<T> & { phase: TestPhase },
        );
      }
      const methods = methodsOf(slot.resource);
      const own = methods.validate ?? methods.isHealthy;
      return own?.call(methods, call as CallContext<T> & { phase: TestPhase });
    });
  }

  reset(slot: Slot<T>): Outcome | Promise<Outcome> {
    const call = new CallContext(this.#host, slot);
    return this.#run('reset', this.#limits.resetTimeoutMs, call, resetResult, () =>
      this.#factory.reset !== undefined
        ? this.#factory.reset(slot.resource as T, call)
        : methodsOf(slot.resource).reset?.(call),
    );
  }

  destroy(slot: Slot<T>, reason: DestroyReason): Outcome | Promise<Outcome> {
    const call = new CallContext(this.#host, slot);
    call.reason = reason;
    const context = call as CallContext<T> & { reason: DestroyReason };
    return this.#run('destroy', this.#limits.destroyTimeoutMs, call, passed, () =>
      this.#factory.destroy !== undefined
        ? this.#factory.destroy(slot.resource as T, context)
        : methodsOf(slot.resource).destroy?.(context),
    );
  }

  /** Tells every hook in progress to stop; their answers still count. */
  abortAll(reason: unknown): void {
    for (const call of [...this.#pending]) call.abort(reason);
  }

  #run<V>(
    phase: TimedOutPhase,
    limitMs: number,
    call: CallContext<T>,
    judge: (value: V) => Outcome,
    hook: () => V | PromiseLike<V>,
  ): Outcome | Promise<Outcome> {
    try {
      const answer = hook();
      if (!isThenable(answer)) return judge(answer);
      return this.#limited(answer, phase, limitMs, call, judge);
    } catch (error) {
      return { kind: 'failed', error, timedOut: false };
    }
  }

  #limited<V, R>(
    answer: PromiseLike<V>,
    phase: TimedOutPhase,
    limitMs: number,
    call: CallContext<T>,
    judge: (value: V) => R,
    late?: (value: V) => void,
  ): Promise<R | Extract<Outcome, { kind: 'failed' }>> {
    this.#pending.add(call);
    return new Promise((resolve) => {
      let state: 'pending' | 'answered' | 'too-late' = 'pending';
      const settle = (outcome: R | Extract<Outcome, { kind: 'failed' }>): void => {
        state = 'answered';
        this.#pending.delete(call);
        if (alarm !== undefined) this.#host.agenda.drop(alarm);
        resolve(outcome);
      };
      const alarm =
        limitMs === 0
          ? undefined
          : this.#host.agenda.after(limitMs, () => {
              const error = this.#tooLong(phase, limitMs);
              settle({ kind: 'failed', error, timedOut: true });
              state = 'too-late';
              call.abort(error);
            });
      answer.then(
        (value) => {
          if (state === 'too-late') late?.(value);
          else settle(judge(value));
        },
        (error: unknown) => {
          // After the limit nobody is left to be told; the time-out was reported in its place.
          if (state !== 'too-late') settle({ kind: 'failed', error, timedOut: false });
        },
      );
    });
  }

  #tooLong(phase: TimedOutPhase, limitMs: number): PoolTimeoutError {
    const { name } = this.#host;
    return new PoolTimeoutError(
      phase,
      limitMs,
      `${name}: ${phase} did not answer within ${limitMs} ms; stop the work when context.signal aborts, or raise ${phase}TimeoutMs`,
      { pool: name },
    );
  }
}

/** The context of one call of a hook. Its signal is made when somebody reads it. */
class CallContext<T> implements HookContext {
  phase: TestPhase | undefined = undefined;
  reason: DestroyReason | undefined = undefined;
  readonly #host: DoorHost<T>;
  readonly #slot: Slot<T>;
  #controller: AbortController | undefined = undefined;
  #aborted: { readonly reason: unknown } | undefined = undefined;

  constructor(host: DoorHost<T>, slot: Slot<T>) {
    this.#host = host;
    this.#slot = slot;
  }

  get info(): ResourceInfo {
    return this.#host.infoOf(this.#slot);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    this.#controller?.abort(reason);
  }
}

function isThenable<V>(value: V | PromiseLike<V>): value is PromiseLike<V> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

const NO_METHODS: Poolable = {};

/** The hooks a resource brings along; resources of any type may be pooled. */
function methodsOf(resource: unknown): Poolable {
  const kind = typeof resource;
  return resource !== null && (kind === 'object' || kind === 'function')
    ? (resource as Poolable)
    : NO_METHODS;
}

function healthOf(answer: boolean | number | void): Outcome {
  if (answer === false) return invalid('validate returned false');
  if (typeof answer !== 'number') return PASSED;
  if (answer >= 0 && answer <= 1) {
    return answer === 0 ? invalid('validate returned 0') : { kind: 'passed', health: answer };
  }
  return invalid(`validate returned ${answer}; a health is a number from 0 to 1`);
}

function resetResult(answer: boolean | void): Outcome {
  return answer === false ? invalid('reset returned false') : PASSED;
}

function passed(): Outcome {
  return PASSED;
}

function invalid(reason: string): Outcome {
  return { kind: 'failed', error: new HealthCheckFailedError(reason), timedOut: false };
}
