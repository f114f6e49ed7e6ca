import type { AcquireOptions, Lease } from '../contract/lease.js';
import {
  PoolAbortedError,
  type PoolError,
  PoolExhaustedError,
  PoolOptionsError,
  PoolQueueFullError,
  PoolTimeoutError,
  withoutStack,
} from '../errors.js';
import type { Begun, Nursery } from '../lifecycle/nursery.js';
import { Bells } from '../slot/bells.js';
import { Slot } from '../slot/slot.js';
import { Refusal, Waiter, type WaiterOwner } from '../slot/waiter.js';
import type { Lending } from './lending.js';
import type { Yard } from './yard.js';

/** With `stats: 'sampled'` the first 128 waits are timed, then one in 8. */
const WAIT_SAMPLE = 8;
const WAITS_TIMED_EXACTLY = 128;

/** Those who could not be served at once: their line, their deadlines, their signals. */
export class Waiting<T> implements WaiterOwner<T> {
  readonly #yard: Yard<T>;
  readonly #lending: Lending<T>;
  #nursery!: Nursery<T>;
  readonly #bells: Bells<T>;
  /** The message of many time-outs in one turn is the same but for the wait: it is made once. */
  #described: { readonly at: number; readonly text: string } | undefined = undefined;

  constructor(yard: Yard<T>, lending: Lending<T>) {
    this.#yard = yard;
    this.#lending = lending;
    this.#bells = new Bells<T>((waiters, reason) => this.#aborted(waiters, reason));
  }

  /** The nursery makes resources for those in line, and so needs the line first. */
  connect(nursery: Nursery<T>): void {
    this.#nursery = nursery;
  }

  /** A lease now, a place in line, or a refusal. */
  admit(request: AcquireOptions<T> | undefined): Promise<Lease<T>> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return this.#refuse(refusal);
    const { serving, line } = this.#yard;
    if (serving && line.size === 0) {
      try {
        const lease = this.#lending.lendNow(request);
        if (lease !== undefined) {
          if (this.#yard.hasWishes) this.#yard.pump();
          return Promise.resolve(lease);
        }
      } catch (error) {
        return this.#refuse(error as PoolError); // the caller's own predicate threw
      }
    }
    let begun: Begun<T> | undefined;
    if (line.size === 0 && request?.where === undefined) {
      const ahead = this.#nursery.createAhead();
      if (ahead instanceof Slot) {
        const lease = this.#lending.lendNew(ahead, request);
        if (this.#yard.hasWishes) this.#yard.pump();
        if (lease !== undefined) return Promise.resolve(lease);
      } else begun = ahead;
    }
    // Looking for a resource, or making one, may have run hooks, and a hook may have closed the pool.
    const error = this.#closedMeanwhile() ?? this.#fullError();
    const answer = error === undefined ? this.#enqueue(request) : this.#refuse(error);
    if (begun !== undefined) this.#nursery.proceed(begun);
    return answer;
  }

  /** Serves as many waiters as there are resources for. */
  serve(): void {
    const { line } = this.#yard;
    while (this.#yard.serving && line.size > this.#lending.testsInProgress) {
      const served = line.choosy === 0 ? this.#serve(line.first) : this.#serveAny();
      if (!served) return;
    }
  }

  /**
   * Gives a resource that is not on the shelf to the next in line. `unclaimed`: nobody is there, or somebody is choosy
   * and a general search has to match them.
   */
  handOver(slot: Slot<T>): 'served' | 'retired' | 'unclaimed' {
    const { line } = this.#yard;
    if (line.choosy > 0 || line.size === 0) return 'unclaimed';
    if (!this.#lending.activate(slot)) return 'retired';
    const next = line.first;
    if (next === undefined) return 'unclaimed';
    this.#grant(slot, next);
    return 'served';
  }

  /** Rejects everybody who came at or before `at`; their number. */
  rejectAll(error: () => PoolError, at: number = Number.POSITIVE_INFINITY): number {
    let rejected = 0;
    // A copy: a listener that acquires again at once must not be rejected again for ever.
    for (const waiter of [...this.#yard.line]) {
      if (waiter.at > at || !waiter.waiting) continue;
      this.#dismiss(waiter, withoutStack(error));
      rejected++;
    }
    return rejected;
  }

  /** Rejects everybody because the pool was cleared; trying again makes sense. */
  rejectCleared(): void {
    const { counters, name } = this.#yard;
    counters.aborted += this.rejectAll(
      () =>
        new PoolAbortedError(
          `${name} was cleared while this caller waited; acquire again`,
          this.#yard.details(),
        ),
    );
  }

  /** Rejects whoever is next. */
  rejectFirst(error: () => PoolError): number {
    const waiter = this.#yard.line.first;
    if (waiter === undefined) return 0;
    this.#dismiss(waiter, withoutStack(error));
    return 1;
  }

  expire(waiter: Waiter<T>, now: number): void {
    const { counters, options, watchers, lastCreateError } = this.#yard;
    counters.timedOut++;
    const timeoutMs = waiter.request?.timeoutMs ?? options.acquireTimeoutMs;
    const label = waiter.request?.label;
    const wish = label === undefined ? '' : ` for ${label}`;
    if (this.#described?.at !== now) this.#described = { at: now, text: this.#yard.describe() };
    const message = `${this.#described.text}; no resource${wish} within ${timeoutMs} ms. Raise max, release sooner, or shed load`;
    const { pool, counts } = this.#yard.details();
    const details = { pool, counts, cause: lastCreateError };
    this.#dismiss(
      waiter,
      withoutStack(() => new PoolTimeoutError('wait', timeoutMs, message, details)),
    );
    if (watchers.size > 0) watchers.notify();
  }

  #closedMeanwhile(): PoolError | undefined {
    const { state, counters } = this.#yard;
    if (state === 'running' || state === 'paused') return undefined;
    counters.rejectedClosed++;
    return this.#yard.closedError();
  }

  #refusal(request: AcquireOptions<T> | undefined): PoolError | undefined {
    const { counters } = this.#yard;
    const closed = this.#closedMeanwhile();
    if (closed !== undefined || request === undefined) return closed;
    const problem = problemWith(request);
    if (problem !== undefined) return problem;
    if (!request.signal?.aborted) return undefined;
    counters.aborted++;
    return this.#abortedError(request.signal.reason);
  }

  #refuse(error: PoolError): Promise<never> {
    const { refusalRate, events } = this.#yard;
    refusalRate.record('failed');
    if (events.heard.acquireError) events.emit('acquireError', { error, waitedMs: 0 });
    return Promise.reject(error);
  }

  #fullError(): PoolError | undefined {
    const { line, ledger, sizes, counters } = this.#yard;
    const { maxQueue } = this.#yard.options;
    if (maxQueue === Number.POSITIVE_INFINITY) return undefined;
    // Who waits for a creation, a check, or the end of a worn-out resource is not queueing for somebody else's.
    const nobodys = Math.max(0, sizes.max - ledger.leased);
    if (line.size < maxQueue + nobodys) return undefined;
    counters.rejectedQueueFull++;
    if (maxQueue === 0) return new PoolExhaustedError(this.#yard.details());
    return new PoolQueueFullError(
      `${this.#yard.describe()}; the line is full (maxQueue ${maxQueue}). Shed load, or raise maxQueue or max`,
      this.#yard.details(),
    );
  }

  #enqueue(request: AcquireOptions<T> | undefined): Promise<Lease<T>> {
    const { line, agenda, options, counters, events, ledger, sizes } = this.#yard;
    const waiter = new Waiter<T>(this, request);
    const promise = new Promise<Lease<T>>((resolve) => {
      waiter.resolve = resolve as Waiter<T>['resolve'];
    });
    const now = this.#yard.now();
    waiter.at = now;
    line.add(waiter);
    const timeoutMs = request?.timeoutMs ?? options.acquireTimeoutMs;
    if (timeoutMs > 0 && timeoutMs !== Number.POSITIVE_INFINITY) agenda.put(waiter, timeoutMs, now);
    if (request?.signal !== undefined) this.#bells.add(request.signal, waiter);
    counters.enqueued++;
    if (events.heard.enqueue) {
      events.emit('enqueue', { waiting: line.size, priority: line.classOf(waiter) });
    }
    if (events.heard.full && ledger.size >= sizes.max) {
      events.emit('full', { waiting: line.size });
    }
    // Behind others, in a pool that cannot grow, nobody can be served now that could not be a moment ago.
    const mayHelp = ledger.idle > 0 || ledger.size < sizes.max;
    if (line.size === 1 || mayHelp || line.choosy > 0) this.#yard.pump();
    return promise;
  }

  /** With choosy waiters: the first that can be served. Nobody passes one who waits for a resource all for himself. */
  #serveAny(): boolean {
    for (const waiter of [...this.#yard.line]) {
      if (waiter.waiting && this.#serve(waiter)) return true;
      if (waiter.request?.exclusive === true) return false;
    }
    return false;
  }

  /** Whether something was found: the waiter was served, or a resource is being tested, or was retired. */
  #serve(waiter: Waiter<T> | undefined): boolean {
    if (waiter === undefined) return false;
    let slot: Slot<T> | undefined;
    try {
      slot = this.#lending.find(waiter.request);
    } catch (error) {
      // Its own predicate threw: that is its affair, and not that of whoever released just now.
      if (waiter.waiting) this.#dismiss(waiter, error as PoolError);
      return true;
    }
    if (slot === undefined) return false;
    if (this.#lending.screen(slot) !== 'fit') return true;
    // Screening is user code: the waiter may have been aborted, or served, meanwhile.
    if (waiter.waiting) this.#grant(slot, waiter);
    else this.#lending.putBack(slot);
    return true;
  }

  #grant(slot: Slot<T>, waiter: Waiter<T>): void {
    const { counters, events, timings, refusalRate } = this.#yard;
    const weight = this.#waitWeight(counters.acquiredAfterWait);
    const waitedMs = weight > 0 || events.heard.acquire ? this.#yard.now() - waiter.at : 0;
    if (weight > 0) timings.wait.record(waitedMs, weight);
    refusalRate.record('ok');
    const { resolve } = waiter;
    this.#leave(waiter);
    const lending = this.#lending;
    resolve(
      lending.plain && waiter.request === undefined && slot.state === 'leased'
        ? lending.lendOn(slot)
        : lending.lend(slot, waiter.request, waitedMs, 'after-wait'),
    );
  }

  /** How many waits the next one stands for; 0 = it is not timed. */
  #waitWeight(served: number): number {
    const { stats } = this.#yard.options;
    if (stats === 'counters') return 0;
    if (stats === 'exact' || served < WAITS_TIMED_EXACTLY) return 1;
    return served % WAIT_SAMPLE === 0 ? WAIT_SAMPLE : 0;
  }

  #leave(waiter: Waiter<T>): void {
    const { line, agenda } = this.#yard;
    line.remove(waiter);
    agenda.drop(waiter);
    const signal = waiter.request?.signal;
    if (signal !== undefined) this.#bells.remove(signal, waiter);
    waiter.answered();
  }

  #dismiss(waiter: Waiter<T>, error: PoolError): void {
    const { refusalRate, events } = this.#yard;
    const { resolve } = waiter;
    this.#leave(waiter);
    refusalRate.record('failed');
    resolve(new Refusal(error));
    if (events.heard.acquireError) {
      events.emit('acquireError', { error, waitedMs: this.#yard.now() - waiter.at });
    }
  }

  /** All who waited on one signal get one error, as they got one reason. */
  #aborted(waiters: readonly Waiter<T>[], reason: unknown): void {
    const { counters, watchers } = this.#yard;
    const error = this.#abortedError(reason);
    let choosy = false;
    for (const waiter of waiters) {
      if (!waiter.waiting) continue; // served in the same turn, when another one with this signal left the line
      counters.aborted++;
      choosy ||= waiter.choosy;
      this.#dismiss(waiter, error);
    }
    // One of them may have been in the way: an exclusive waiter holds up those behind it.
    if (choosy) this.#yard.pump();
    else if (watchers.size > 0) watchers.notify();
  }

  #abortedError(reason: unknown): PoolAbortedError {
    return withoutStack(
      () =>
        new PoolAbortedError(`${this.#yard.name}: acquire was aborted by its signal`, {
          ...this.#yard.details(),
          cause: reason,
        }),
    );
  }
}

/** What is wrong with the options of an `acquire`; checked by hand, because it happens on each call. */
function problemWith<T>(request: AcquireOptions<T>): PoolOptionsError | undefined {
  const given: unknown = request;
  if (typeof given !== 'object' || given === null) {
    return wrong('', 'must be an object such as { timeoutMs: 1_000 }, or left out');
  }
  const { timeoutMs, priority, where, signal } = request;
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    return wrong(
      'timeoutMs',
      'must be milliseconds: a number of at least 0, where 0 means no limit',
    );
  }
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0)) {
    return wrong('priority', 'must be a whole number of at least 0, where 0 is the most urgent');
  }
  if (where !== undefined && typeof where !== 'function') {
    return wrong('where', 'must be a function of a resource');
  }
  if (signal !== undefined && !isSignal(signal)) {
    return wrong('signal', 'must be an AbortSignal, such as the signal of an AbortController');
  }
  return undefined;
}

function isSignal(signal: unknown): boolean {
  return (
    typeof signal === 'object' &&
    signal !== null &&
    'aborted' in signal &&
    'addEventListener' in signal
  );
}

function wrong(path: string, message: string): PoolOptionsError {
  return new PoolOptionsError('acquire options', [{ path, message }]);
}
