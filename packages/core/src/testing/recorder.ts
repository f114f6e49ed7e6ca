import { POOL_EVENT_NAMES, type PoolEventName, type PoolEvents } from '../contract/events.js';
import type { Pool } from '../pool.js';

/** Anything that can be listened to like a pool. */
export interface EventSource<T> {
  on<E extends PoolEventName>(event: E, listener: (event: PoolEvents<T>[E]) => void): () => void;
}

/** One event as it came. */
export type RecordedEvent<T, E extends PoolEventName = PoolEventName> = {
  readonly [Name in E]: { readonly name: Name; readonly event: PoolEvents<T>[Name] };
}[E];

/**
 * Writes down the events of a pool.
 *
 * @example
 * const recorder = new EventRecorder(pool);
 * await pool.use(work);
 * recorder.names; // ['create', 'acquire', 'release']
 */
export class EventRecorder<T> {
  readonly entries: RecordedEvent<T>[] = [];
  readonly #stops: (() => void)[];

  /** Listens to `names`, all by default. A pool is named beside its interface so that `T` is inferred from it. */
  constructor(
    source: Pool<T> | EventSource<T>,
    names: readonly PoolEventName[] = POOL_EVENT_NAMES,
  ) {
    this.#stops = names.map((name) =>
      source.on(name, (event) => this.entries.push({ name, event } as RecordedEvent<T>)),
    );
  }

  /** The names of all events so far. */
  get names(): PoolEventName[] {
    return this.entries.map(({ name }) => name);
  }

  /** The events of one name. */
  of<E extends PoolEventName>(name: E): PoolEvents<T>[E][] {
    return this.entries
      .filter((entry) => entry.name === name)
      .map(({ event }) => event as PoolEvents<T>[E]);
  }

  /** Forgets what was written down. */
  clear(): void {
    this.entries.length = 0;
  }

  /** Listens no more. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
