import type { AnyEvent, EventBus } from '@rockpool/events';

/** An event with its place in the log. */
export interface LoggedEvent {
  /** Counts up from 1 while the process lives; what a client gives back to resume. */
  readonly id: number;
  readonly event: AnyEvent;
}

/** Told of each event as it is logged. */
export type LogListener = (logged: LoggedEvent) => void;

/** Events of every loan and page: only logged while somebody watches, and no more than so many a second. */
const HOT = [
  'pool.instance_acquired',
  'pool.instance_released',
  'extraction.started',
  'extraction.completed',
] as const;
const HOT_PER_SECOND = 100;

/** The last events of a bus, so that a client that was away for a moment misses nothing. */
export class EventLog {
  readonly #bus: EventBus;
  readonly #size: number;
  readonly #now: () => number;
  readonly #events: LoggedEvent[] = [];
  readonly #listeners = new Set<LogListener>();
  readonly #end: () => void;
  #endHot: (() => void) | undefined;
  #lastId = 0;
  #hotSince = Number.NEGATIVE_INFINITY;
  #hot = 0;

  /** `size` is how many events are kept. */
  constructor(bus: EventBus, size: number, now: () => number) {
    this.#bus = bus;
    this.#size = size;
    this.#now = now;
    const isHot = (type: string): boolean => HOT.some((each) => each === type);
    this.#end = bus.on('*', (event) => this.#log(event), {
      minSeverity: 'info',
      where: ({ eventType }) => !isHot(eventType),
    });
  }

  /** The id of the newest event; 0 when there was none. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Those after `id`, as far as they are kept, and how many are not. */
  since(id: number): { readonly events: readonly LoggedEvent[]; readonly lost: number } {
    // An id of the future comes from a process before this one: everything is new to that client.
    const from = id > this.#lastId ? 0 : id;
    const events = this.#events.filter((each) => each.id > from);
    const first = events[0]?.id ?? this.#lastId + 1;
    return { events, lost: first - from - 1 };
  }

  /** Listens; the returned function ends it. */
  listen(listener: LogListener): () => void {
    this.#listeners.add(listener);
    this.#endHot ??= this.#bus.on([...HOT], (event) => this.#logHot(event));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#endHot?.();
      this.#endHot = undefined;
    };
  }

  close(): void {
    this.#end();
    this.#endHot?.();
    this.#listeners.clear();
  }

  #logHot(event: AnyEvent): void {
    const now = this.#now();
    if (now - this.#hotSince >= 1_000) {
      this.#hotSince = now;
      this.#hot = 0;
    }
    this.#hot += 1;
    if (this.#hot <= HOT_PER_SECOND) this.#log(event);
  }

  #log(event: AnyEvent): void {
    this.#lastId += 1;
    const logged = { id: this.#lastId, event };
    this.#events.push(logged);
    if (this.#events.length > this.#size) this.#events.shift();
    for (const listener of this.#listeners) listener(logged);
  }
}
