/** What one handler has done. */
export interface HandlerStats {
  readonly handled: number;
  /** Events lost because the handler was too slow. */
  readonly lagged: number;
  readonly errors: number;
  readonly timeouts: number;
  /** Events that wait for it. */
  readonly buffered: number;
}

/** A snapshot of a bus. Counters only grow. */
export interface EventBusStats {
  /** Events kept for each subscription and handler, unless they say otherwise. */
  readonly bufferSize: number;
  /** Open subscriptions. */
  readonly currentSubscribers: number;
  /** False once the bus is closed. */
  readonly isRunning: boolean;
  readonly listeners: number;
  readonly observedPools: number;
  /** Events that were made because somebody wanted them. */
  readonly published: number;
  /** Events that subscriptions and handlers lost because they were too slow. */
  readonly lagged: number;
  /** Listeners, and conditions of filters, that threw or rejected. */
  readonly listenerErrors: number;
  /** Handlers that threw or rejected; time-outs are counted apart. */
  readonly handlerErrors: number;
  readonly handlerTimeouts: number;
  /** Each handler by its name. */
  readonly handlers: Readonly<Record<string, HandlerStats>>;
}
