import type {
  DestroyContext,
  DestroyReason,
  MaybePromise,
  PoolFactory,
  TestPhase,
  ValidateContext,
} from '../contract/poolable.js';
import { HealthCheckFailedError, PoolTimeoutError, type TimedOutPhase } from '../errors.js';
import type { Slot } from '../slot/slot.js';
import { type Agenda, Appointment } from '../time/agenda.js';
import { CreateCall, HookCall, type InfoSource, type OnDied } from './hook-call.js';
import { methodsOf } from './methods.js';

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
export interface DoorHost<T> extends InfoSource<T> {
  readonly agenda: Agenda;
  readonly name: string;
  now(): number;
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
  /** Whether resources say how much memory they use. */
  canMeasure: boolean;
  readonly #factory: PoolFactory<T>;
  readonly #limits: HookLimits;
  readonly #host: DoorHost<T>;
  /** Calls that have not answered yet. */
  readonly #pending = new Set<Pending<T>>();

  constructor(factory: PoolFactory<T>, limits: HookLimits, host: DoorHost<T>) {
    this.#factory = factory;
    this.#limits = limits;
    this.#host = host;
    this.canReset = factory.reset !== undefined;
    this.canMeasure = factory.memoryBytes !== undefined;
  }

  create(slot: Slot<T>, attempt: number, onDied: OnDied<T>): Creation<T> | Promise<Creation<T>> {
    const call = new CreateCall(this.#host, slot, attempt, onDied);
    try {
      const made = this.#factory.create(call);
      if (!isThenable(made)) return { kind: 'created', resource: made };
      return new Promise((resolve) => {
        const late = (resource: T): void => this.#host.createdTooLate(slot, resource);
        const { createTimeoutMs } = this.#limits;
        this.#await(
          made,
          new PendingAnswer<T, T, Creation<T>>(
            this,
            call,
            'create',
            createTimeoutMs,
            created,
            resolve,
            late,
          ),
        );
      });
    } catch (error) {
      return { kind: 'failed', error, timedOut: false };
    }
  }

  /** Looks once at a new resource for the methods it brings along. */
  inspect(resource: T): void {
    if (this.canReset && this.canActivate && this.canMeasure) return;
    try {
      const methods = methodsOf(resource);
      if (typeof methods.reset === 'function') this.canReset = true;
      if (typeof methods.onAcquire === 'function') this.canActivate = true;
      if (typeof methods.memoryBytes === 'function') this.canMeasure = true;
    } catch {
      // A getter that throws: the hook itself will be called, throw again, and be answered for as a failed hook.
      this.canReset = true;
      this.canActivate = true;
      this.canMeasure = true;
    }
  }

  /** What a resource says that it uses, in bytes. @throws whatever the hook throws */
  memoryBytes(slot: Slot<T>): number | undefined {
    const { resource } = slot;
    if (this.#factory.memoryBytes === undefined) return methodsOf(resource).memoryBytes?.();
    return this.#factory.memoryBytes(resource as T);
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
    const call = new HookCall(this.#host, slot, phase, undefined);
    try {
      const answer = this.#validate(slot, call as ValidateContext & HookCall<T>);
      if (!isThenable(answer)) return healthOf(answer);
      return this.#outcome(answer, call, 'validate', this.#limits.validateTimeoutMs, healthOf);
    } catch (error) {
      return { kind: 'failed', error, timedOut: false };
    }
  }

  reset(slot: Slot<T>): Outcome | Promise<Outcome> {
    const call = new HookCall(this.#host, slot, undefined, undefined);
    try {
      const answer =
        this.#factory.reset !== undefined
          ? this.#factory.reset(slot.resource as T, call)
          : methodsOf(slot.resource).reset?.(call);
      if (!isThenable(answer)) return resetResult(answer);
      return this.#outcome(answer, call, 'reset', this.#limits.resetTimeoutMs, resetResult);
    } catch (error) {
      return { kind: 'failed', error, timedOut: false };
    }
  }

  destroy(slot: Slot<T>, reason: DestroyReason): Outcome | Promise<Outcome> {
    const call = new HookCall(this.#host, slot, undefined, reason);
    const context = call as DestroyContext & HookCall<T>;
    try {
      const answer =
        this.#factory.destroy !== undefined
          ? this.#factory.destroy(slot.resource as T, context)
          : methodsOf(slot.resource).destroy?.(context);
      if (!isThenable(answer)) return PASSED;
      return this.#outcome(answer, call, 'destroy', this.#limits.destroyTimeoutMs, passed);
    } catch (error) {
      return { kind: 'failed', error, timedOut: false };
    }
  }

  /** Tells every hook in progress to stop; their answers still count. */
  abortAll(reason: unknown): void {
    for (const { call } of [...this.#pending]) call.abort(reason);
  }

  /** Waits no longer for any answer: whoever waits for one is told that it failed. */
  giveUpAll(reason: unknown): void {
    for (const answer of [...this.#pending]) answer.giveUp(reason);
  }

  /** For a pending answer: it has come, or its time has passed. */
  done(answer: Pending<T>): void {
    this.#pending.delete(answer);
    this.#host.agenda.drop(answer);
  }

  tooLong(phase: TimedOutPhase, limitMs: number): PoolTimeoutError {
    const { name } = this.#host;
    return new PoolTimeoutError(
      phase,
      limitMs,
      `${name}: ${phase} did not answer within ${limitMs} ms; stop the work when context.signal aborts, or raise ${phase}TimeoutMs`,
      { pool: name },
    );
  }

  #validate(slot: Slot<T>, call: ValidateContext): MaybePromise<boolean | number | void> {
    if (this.#factory.validate !== undefined) {
      return this.#factory.validate(slot.resource as T, call);
    }
    const methods = methodsOf(slot.resource);
    return methods.validate === undefined ? methods.isHealthy?.(call) : methods.validate(call);
  }

  #outcome<V>(
    promised: PromiseLike<V>,
    call: HookCall<T>,
    phase: TimedOutPhase,
    limitMs: number,
    judge: (value: V) => Outcome,
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#await(
        promised,
        new PendingAnswer<T, V, Outcome>(this, call, phase, limitMs, judge, resolve, undefined),
      );
    });
  }

  #await<V, R extends Outcome | Creation<T>>(
    promised: PromiseLike<V>,
    answer: PendingAnswer<T, V, R>,
  ): void {
    this.#pending.add(answer);
    const now = this.#host.now();
    if (answer.limitMs > 0) this.#host.agenda.put(answer, answer.limitMs, now);
    // A foreign thenable may throw from `then`, or answer twice; a promise of our own does neither.
    Promise.resolve(promised).then(
      (value) => answer.came(value),
      (error: unknown) => answer.failed(error),
    );
  }
}

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** An answer that has not come yet, as the door sees it. */
interface Pending<T> extends Appointment {
  readonly call: HookCall<T>;
  giveUp(error: unknown): void;
}

/** An answer that has not come yet, with its deadline. */
class PendingAnswer<T, V, R> extends Appointment implements Pending<T> {
  readonly call: HookCall<T>;
  readonly #door: Door<T>;
  readonly #phase: TimedOutPhase;
  readonly #judge: (value: V) => R;
  readonly #resolve: (outcome: R | Failed) => void;
  readonly #late: ((value: V) => void) | undefined;
  readonly limitMs: number;
  #state: 'pending' | 'answered' | 'too-late' = 'pending';

  constructor(
    door: Door<T>,
    call: HookCall<T>,
    phase: TimedOutPhase,
    limitMs: number,
    judge: (value: V) => R,
    resolve: (outcome: R | Failed) => void,
    late: ((value: V) => void) | undefined,
  ) {
    super();
    this.#door = door;
    this.call = call;
    this.#phase = phase;
    this.limitMs = limitMs;
    this.#judge = judge;
    this.#resolve = resolve;
    this.#late = late;
  }

  /** Whoever waits for the resource holds the process; its hooks do not. */
  get holdsProcess(): boolean {
    return false;
  }

  came(value: V): void {
    if (this.#state === 'too-late') this.#late?.(value);
    else this.#settle(this.#judge(value));
  }

  failed(error: unknown): void {
    // After the limit nobody is left to be told; the time-out was reported in its place.
    if (this.#state !== 'too-late') this.#settle({ kind: 'failed', error, timedOut: false });
  }

  ring(): void {
    this.giveUp(this.#door.tooLong(this.#phase, this.limitMs));
  }

  giveUp(error: unknown): void {
    this.#settle({ kind: 'failed', error, timedOut: true });
    this.#state = 'too-late';
    this.call.abort(error);
  }

  #settle(outcome: R | Failed): void {
    this.#state = 'answered';
    this.#door.done(this);
    this.#resolve(outcome);
  }
}

function isThenable<V>(value: V | PromiseLike<V>): value is PromiseLike<V> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** The hooks a resource brings along; resources of any type may be pooled. */
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

function created<T>(resource: T): Creation<T> {
  return { kind: 'created', resource };
}

function passed(): Outcome {
  return PASSED;
}

function invalid(reason: string): Outcome {
  return { kind: 'failed', error: new HealthCheckFailedError(reason), timedOut: false };
}
