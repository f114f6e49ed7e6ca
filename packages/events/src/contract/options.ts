import type { Clock } from '@rockpool/core';
import type { Plain } from './base.js';
import type { AnyEvent } from './map.js';
import type { EventFor, EventPattern } from './patterns.js';
import type { Severity } from './severity.js';

/** Code of a user that failed while it received an event. */
export interface Fault {
  /** Who: a listener, a named handler, or the `where` or `onLagged` of a subscription. */
  readonly who: 'listener' | 'handler' | 'subscription';
  /** The handler's name, or what was listened for. */
  readonly name: string;
  readonly error: unknown;
  readonly event: AnyEvent | undefined;
}

/** The options of a bus. All are optional. */
export interface EventBusOptions {
  /** Events kept for each subscription and each handler that is slower than the publishers. Default 1,000. */
  readonly bufferSize?: number | undefined;
  /** How long a handler may take for one event, in ms; 0 = no limit. Default 5,000. */
  readonly handlerTimeoutMs?: number | undefined;
  /** How long `close()` waits for handlers to finish, in ms; 0 = no limit. Default 5,000. */
  readonly closeTimeoutMs?: number | undefined;
  /** The `source` of events whose publisher gives none. Default `'rockpool'`. */
  readonly source?: string | undefined;
  /** Told of listeners and handlers that fail. Default: a process warning, once for each of them. */
  readonly onError?: ((fault: Fault) => void) | undefined;
  /** Alarms of time limits. Default the clock of the process. */
  readonly clock?: Clock | undefined;
  /** Time of day for `timestamp`, in ms since 1970. Default `Date.now`. */
  readonly timeOfDay?: (() => number) | undefined;
}

/** Narrows what is received. */
export interface EventFilter<Event> {
  /** This severity and above. Default `'debug'`: all. */
  readonly minSeverity?: Severity | undefined;
  /** Exactly these severities. Default all. */
  readonly severities?: readonly Severity[] | undefined;
  /** Only events of which this is true. Must be cheap: it runs while the publisher waits. */
  readonly where?: ((event: Event) => boolean) | undefined;
}

/**
 * What a subscription does when its buffer is full.
 *
 * `skip-oldest` drops the oldest event · `error` the same, and the reader gets a SubscriberLaggedError in its place ·
 * `coalesce` drops the older event about the same thing (see `coalesceBy`) if there is one, else the oldest
 */
export type Overflow = 'skip-oldest' | 'error' | 'coalesce';

/** How to subscribe. */
export interface SubscribeOptions<Pattern extends EventPattern>
  extends EventFilter<EventFor<Pattern>> {
  /** Names and patterns; an event is received once however many match. Default everything. */
  readonly types?: readonly Pattern[] | undefined;
  /** Events kept while the reader is busy. Default the `bufferSize` of the bus. */
  readonly bufferSize?: number | undefined;
  /** Default `'skip-oldest'`. */
  readonly overflow?: Overflow | undefined;
  /** With `coalesce`: events of the same key are about the same thing. Default type, pool and instance. */
  readonly coalesceBy?: ((event: EventFor<Pattern>) => string) | undefined;
  /** Told the number of events lost, once for each gap, right before the event that follows the gap is read. */
  readonly onLagged?: ((skipped: number) => void) | undefined;
  /** Ends the subscription as `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** Handed to a handler with each event. */
export interface HandlerContext {
  /** Aborts when the time limit has passed, or the bus is closed and waits no longer. */
  readonly signal: AbortSignal;
}

/** What a named handler does with an event. */
export type Handle<Event> = (event: Event, context: HandlerContext) => unknown;

/** How to handle. */
export interface HandlerOptions<Pattern extends EventPattern>
  extends EventFilter<EventFor<Pattern>> {
  /** Names and patterns. Default everything. */
  readonly types?: readonly Pattern[] | undefined;
  /** How long one event may take, in ms; 0 = no limit. Default the `handlerTimeoutMs` of the bus. */
  readonly timeoutMs?: number | undefined;
  /** Events kept while the handler is busy; the oldest is lost when there are more. Default the `bufferSize` of the bus. */
  readonly bufferSize?: number | undefined;
}

/** Which events carry `metrics`: none · those about the whole pool (warm-up, exhaustion) · all. */
export type MetricsScope = 'none' | 'pool' | 'all';

/** A circuit breaker that can be observed, such as `CircuitBreaker` of `@rockpool/core/resilience`. */
export interface ObservableBreaker {
  /** The returned function ends it. */
  onChange(listener: (change: BreakerMove) => void): () => void;
}

/** A breaker went from one state to another; the states that matter here are `open`, `isolated` and `closed`. */
export interface BreakerMove {
  readonly from: string;
  readonly to: string;
  readonly error: unknown;
}

/** How to observe a pool. */
export interface ObserveOptions {
  /** The `poolId` of its events. Default the pool's name. */
  readonly poolId?: string | undefined;
  /** Default `'pool'`. Taking metrics looks at each resource of the pool. */
  readonly metrics?: MetricsScope | undefined;
  /** The breaker that guards the pool: `circuit_breaker_tripped` and `circuit_breaker_reset` are told of it. */
  readonly breaker?: ObservableBreaker | undefined;
  /** Added to each event. */
  readonly metadata?: Readonly<Record<string, Plain>> | undefined;
  /** Added to each event. */
  readonly context?: Readonly<Record<string, Plain>> | undefined;
}
