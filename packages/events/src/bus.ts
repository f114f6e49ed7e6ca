import { PoolOptionsError } from '@rockpool/core';
import { type Composition, compose } from './compose.js';
import type { AnyEvent, EventDraft, EventFields, EventType } from './contract/map.js';
import { defaultSeverity } from './contract/names.js';
import type {
  EventBusOptions,
  EventFilter,
  Handle,
  HandlerOptions,
  ObserveOptions,
  SubscribeOptions,
} from './contract/options.js';
import type { EventFor, EventPattern } from './contract/patterns.js';
import {
  type ResolvedBusOptions,
  type ResolvedSubscribeOptions,
  resolveBus,
  resolveHandling,
  resolveListening,
  resolveObserving,
  resolveSubscribing,
} from './contract/schema.js';
import { SEVERITIES, type Severity } from './contract/severity.js';
import type { EventBusStats } from './contract/stats.js';
import type { EventSubscription } from './contract/subscription.js';
import { type Counts, newCounts } from './counts.js';
import { type EventBuffer, Ring } from './delivery/buffer.js';
import { CoalescingBuffer, thingOf } from './delivery/coalescing.js';
import { Handler } from './delivery/handler.js';
import { Handlers } from './delivery/handlers.js';
import { Listener, type Stay } from './delivery/listener.js';
import { Subscription } from './delivery/subscription.js';
import { EventBusClosedError } from './errors.js';
import { Faults } from './faults.js';
import type { ObservablePool } from './pool/observable.js';
import { Observations } from './pool/observations.js';
import { Filter } from './routing/filter.js';
import { type Member, Router } from './routing/router.js';
import { Timestamps } from './timestamps.js';
import { type Unsubscribe, unsubscribe } from './unsubscribe.js';

/**
 * A typed event bus. Publishers never wait and never meet an error of a listener; readers and handlers that are slow
 * lose events of their own, counted exactly, and hold up nobody. An event that nobody wants is not even made.
 *
 * @example
 * const bus = new EventBus();
 * bus.observe(pool);
 * bus.on('pool.*', (event) => console.log(event.eventType), { minSeverity: 'warn' });
 */
export class EventBus implements AsyncDisposable {
  readonly #options: ResolvedBusOptions;
  readonly #composition: Composition;
  readonly #router: Router;
  readonly #faults: Faults;
  readonly #counts: Counts = newCounts();
  readonly #listeners = new Set<Listener>();
  readonly #subscriptions = new Set<Pick<Subscription<unknown>, 'end'>>();
  readonly #handlers = new Handlers();
  readonly #observations: Observations;
  #closed: Promise<void> | undefined = undefined;

  /**
   * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
   */
  constructor(options?: EventBusOptions) {
    this.#options = resolveBus(options);
    const { source, timeOfDay } = this.#options;
    this.#composition = { source, timestamps: new Timestamps(timeOfDay) };
    this.#faults = new Faults(this.#options.onError);
    this.#observations = new Observations(this);
    this.#router = new Router(() => this.#observations.refresh());
  }

  /**
   * Calls `listener` with each event that matches, while the publisher waits, in the order in which listeners came. A
   * listener that throws or rejects is counted and reported.
   * @param pattern a name, a short name, `pool.*`, `*`, or a list of those
   * @throws UnknownEventTypeError `ERR_EVENTS_UNKNOWN_TYPE`
   * @throws EventBusClosedError `ERR_EVENTS_CLOSED`
   */
  on<Pattern extends EventPattern>(
    pattern: Pattern | readonly Pattern[],
    listener: (event: EventFor<Pattern>) => unknown,
    filter?: EventFilter<EventFor<Pattern>>,
  ): Unsubscribe {
    return this.#listen(pattern, listener, filter, 'on');
  }

  /** As `on`, for the first event that matches. */
  once<Pattern extends EventPattern>(
    pattern: Pattern | readonly Pattern[],
    listener: (event: EventFor<Pattern>) => unknown,
    filter?: EventFilter<EventFor<Pattern>>,
  ): Unsubscribe {
    return this.#listen(pattern, listener, filter, 'once');
  }

  /** Removes a listener from a pattern, however often it was added. */
  off<Pattern extends EventPattern>(
    pattern: Pattern | readonly Pattern[],
    listener: (event: EventFor<Pattern>) => unknown,
  ): void {
    const given = listOf(pattern).join();
    for (const each of this.#listeners) {
      if (each.call === listener && each.pattern === given) this.#leave(each);
    }
  }

  /**
   * Events from now on as an async iterator that is bounded in memory.
   *
   * @example
   * for await (const event of bus.subscribe({ types: ['pool.*'] })) console.log(event.eventType);
   *
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   * @throws UnknownEventTypeError `ERR_EVENTS_UNKNOWN_TYPE`
   * @throws EventBusClosedError `ERR_EVENTS_CLOSED`
   */
  subscribe<Pattern extends EventPattern>(
    options: SubscribeOptions<Pattern> & Chosen<Pattern>,
  ): EventSubscription<EventFor<Pattern>>;
  subscribe(options?: SubscribeOptions<'*'>): EventSubscription<AnyEvent>;
  subscribe(options?: object): EventSubscription<never> {
    const resolved = resolveSubscribing(options);
    const filter = new Filter(resolved.types, resolved);
    this.#refuseWhenClosed();
    return this.#subscribe<never>(resolved, filter);
  }

  /**
   * Adds a named handler. It is called with one event after the other, never in the publisher's call, and each event
   * has a time limit.
   * @throws DuplicateHandlerError `ERR_EVENTS_DUPLICATE_HANDLER`
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   * @throws UnknownEventTypeError `ERR_EVENTS_UNKNOWN_TYPE`
   * @throws EventBusClosedError `ERR_EVENTS_CLOSED`
   */
  registerHandler<Pattern extends EventPattern>(
    name: string,
    handle: Handle<EventFor<Pattern>>,
    options: HandlerOptions<Pattern> & Chosen<Pattern>,
  ): Unsubscribe;
  registerHandler(
    name: string,
    handle: Handle<AnyEvent>,
    options?: HandlerOptions<'*'>,
  ): Unsubscribe;
  registerHandler(name: string, handle: Handle<never>, options?: object): Unsubscribe {
    const resolved = resolveHandling(options);
    const filter = new Filter(resolved.types, resolved);
    this.#refuseWhenClosed();
    refuseNonFunction('registerHandler', 'handle', handle);
    this.#handlers.refuseDuplicate(name);
    const { bufferSize, handlerTimeoutMs, clock } = this.#options;
    const handler = new Handler({
      name,
      filter,
      handle,
      timeoutMs: resolved.timeoutMs ?? handlerTimeoutMs,
      bufferSize: resolved.bufferSize ?? bufferSize,
      clock,
      report: (error, event, kind) => this.#handlerFailed(name, error, event, kind),
      lost: (events) => {
        this.#counts.lagged += events;
      },
    });
    this.#handlers.add(handler);
    this.#router.add(handler);
    return unsubscribe(() => {
      if (this.#handlers.has(handler)) this.unregisterHandler(name);
    });
  }

  /**
   * Removes a handler. The event it is busy with is finished; those that wait are dropped.
   * @throws UnknownHandlerError `ERR_EVENTS_UNKNOWN_HANDLER`
   */
  unregisterHandler(name: string): void {
    const handler = this.#handlers.take(name);
    this.#router.remove(handler);
    handler.dismiss();
  }

  /** The names of the handlers, in the order in which they came. */
  get handlerNames(): readonly string[] {
    return this.#handlers.names;
  }

  /**
   * Tells what happens in a pool as `pool.*` events. Called right after the pool was made, it tells of the very first
   * instance too. The bus listens to the pool only for what somebody wants to hear from the bus.
   * @throws AlreadyObservedError `ERR_EVENTS_ALREADY_OBSERVED`
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   * @throws EventBusClosedError `ERR_EVENTS_CLOSED`
   */
  observe<T>(pool: ObservablePool<T>, options?: ObserveOptions): Unsubscribe {
    const resolved = resolveObserving(options);
    this.#refuseWhenClosed();
    return this.#observations.begin(pool, resolved);
  }

  /**
   * Publishes an event. Give the whole of it, or its name and a function that makes the rest: that one is called only
   * if somebody wants such an event.
   * @throws UnknownEventTypeError `ERR_EVENTS_UNKNOWN_TYPE`
   */
  publish<Type extends EventType>(event: EventDraft<Type>): void;
  publish<Type extends EventType, const Fields extends EventFields<Type>>(
    type: Type,
    build: () => Fields,
  ): void;
  publish<Type extends EventType>(
    given: EventDraft<Type> | Type,
    build?: () => EventFields<Type>,
  ): void {
    const type = typeof given === 'string' ? given : given.eventType;
    if (!this.#router.heard(type)) return;
    const fields = typeof given === 'string' ? build?.() : given;
    const severity = fields?.severity ?? defaultSeverity(type);
    if (!SEVERITIES.includes(severity)) {
      const message = `must be one of ${SEVERITIES.join(', ')}`;
      throw new PoolOptionsError('publish', [{ path: 'severity', message }]);
    }
    if (!this.#router.heard(type, severity)) return;
    this.#counts.published++;
    this.#router.route(compose(type, severity, fields as EventFields<Type>, this.#composition));
  }

  /**
   * Whether anybody wants events of this name, and of this severity if one is given; what an expensive publisher asks
   * first.
   * @throws UnknownEventTypeError `ERR_EVENTS_UNKNOWN_TYPE`
   */
  heard(type: EventType, severity?: Severity): boolean {
    return this.#router.heard(type, severity);
  }

  stats(): EventBusStats {
    return {
      bufferSize: this.#options.bufferSize,
      currentSubscribers: this.#subscriptions.size,
      isRunning: this.#closed === undefined,
      listeners: this.#listeners.size,
      observedPools: this.#observations.size,
      ...this.#counts,
      handlers: this.#handlers.stats(),
    };
  }

  /**
   * Ends everything: listeners and observations at once, subscriptions after the events they have kept. Settles when
   * the handlers have worked off what they received, or `closeTimeoutMs` has passed and they were told to stop. Never
   * rejects; may be called again. Publishing on a closed bus does nothing.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #close(): Promise<void> {
    this.#observations.endAll();
    this.#router.removeAll();
    this.#listeners.clear();
    for (const subscription of [...this.#subscriptions]) subscription.end();
    return this.#handlers.finish(this.#options.closeTimeoutMs, this.#options.clock);
  }

  #listen<Event>(
    pattern: string | readonly string[],
    call: (event: Event) => unknown,
    filter: EventFilter<Event> | undefined,
    stay: Stay,
  ): Unsubscribe {
    const types = listOf(pattern);
    const checked = new Filter(types, resolveListening(filter));
    this.#refuseWhenClosed();
    refuseNonFunction(stay, 'listener', call);
    const listener = new Listener(
      {
        leave: (each) => this.#leave(each),
        failed: (each, error, event) =>
          this.#listenerFailed('listener', each.pattern, error, event),
      },
      types.join(),
      checked,
      call,
      stay,
    );
    this.#listeners.add(listener);
    this.#router.add(listener);
    return unsubscribe(() => this.#leave(listener));
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#router.remove(listener);
  }

  #subscribe<Event>(options: ResolvedSubscribeOptions, filter: Filter): EventSubscription<Event> {
    const { overflow, signal, onLagged, bufferSize = this.#options.bufferSize } = options;
    const name = options.types.join();
    const left = (): void => {
      this.#router.remove(member);
      this.#subscriptions.delete(subscription);
      signal?.removeEventListener('abort', close);
    };
    const subscription = new Subscription<Event>({
      buffer: bufferOf<Event>(options, bufferSize),
      bufferSize,
      overflow,
      onLagged,
      onLaggedFailed: (error) => this.#listenerFailed('subscription', name, error, undefined),
      lost: (events) => {
        this.#counts.lagged += events;
      },
      left,
    });
    const close = (): void => subscription.close();
    const member: Member = {
      filter,
      receive: (event) => subscription.receive(event as Event),
      failed: (error, event) => this.#listenerFailed('subscription', name, error, event),
    };
    if (signal?.aborted === true) {
      subscription.close();
      return subscription;
    }
    signal?.addEventListener('abort', close, { once: true });
    this.#subscriptions.add(subscription);
    this.#router.add(member);
    return subscription;
  }

  #listenerFailed(
    who: 'listener' | 'subscription',
    name: string,
    error: unknown,
    event: AnyEvent | undefined,
  ): void {
    this.#counts.listenerErrors++;
    this.#faults.report({ who, name, error, event });
  }

  #handlerFailed(name: string, error: unknown, event: AnyEvent, kind: 'error' | 'timeout'): void {
    this.#counts[kind === 'error' ? 'handlerErrors' : 'handlerTimeouts']++;
    this.#faults.report({ who: 'handler', name, error, event });
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw new EventBusClosedError();
  }
}

/** Which events arrive follows from `types`: without it, all do. */
interface Chosen<Pattern extends EventPattern> {
  readonly types: readonly Pattern[];
}

function bufferOf<Event>(
  { overflow, coalesceBy }: ResolvedSubscribeOptions,
  size: number,
): EventBuffer<Event> {
  if (overflow !== 'coalesce') return new Ring<Event>(size);
  return new CoalescingBuffer<Event>(size, (coalesceBy ?? thingOf) as (event: Event) => string);
}

function listOf(pattern: string | readonly string[]): readonly string[] {
  return typeof pattern === 'string' ? [pattern] : pattern;
}

function refuseNonFunction(what: string, path: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new PoolOptionsError(what, [{ path, message: 'must be a function' }]);
}
