/**
 * Events as an async iterator. It receives what is published from `subscribe()` on, keeps at most `bufferSize` events
 * while its reader is busy, and never makes a publisher wait. `break`, `return()`, `close()` and `using` end it; when
 * the bus closes, it ends after the events it has kept.
 */
export interface EventSubscription<Event>
  extends AsyncIterableIterator<Event, undefined, undefined>,
    Disposable,
    AsyncDisposable {
  /** Events that wait to be read. */
  readonly buffered: number;
  /** Events lost so far because the reader was too slow: exact, and only grows. */
  readonly lagged: number;
  /** `ending`: nothing more comes in, what was kept can still be read. */
  readonly state: SubscriptionState;
  /**
   * The next event. May be called again before it has answered; answers come in order.
   * @throws SubscriberLaggedError `ERR_EVENTS_LAGGED` once for each gap, with `overflow: 'error'`; reading again goes
   * on at the oldest event retained
   */
  next(): Promise<IteratorResult<Event, undefined>>;
  /** As `close()`; called by `break` in a `for await`. */
  return(): Promise<IteratorResult<Event, undefined>>;
  /** Ends it: what was kept is dropped, and who waits in `next()` is told that this is the end. */
  close(): void;
  [Symbol.asyncIterator](): EventSubscription<Event>;
}

export type SubscriptionState = 'open' | 'ending' | 'closed';
