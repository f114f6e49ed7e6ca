import type { ResolvedObserveOptions } from '../contract/schema.js';
import { AlreadyObservedError } from '../errors.js';
import { type Unsubscribe, unsubscribe } from '../unsubscribe.js';
import type { ObservablePool } from './observable.js';
import { PoolObserver, type Publisher } from './observer.js';

/** The pools that a bus observes. */
export class Observations {
  readonly #publisher: Publisher;
  readonly #observers = new Map<ObservablePool<never>, PoolObserver<never>>();

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  get size(): number {
    return this.#observers.size;
  }

  /** @throws AlreadyObservedError `ERR_EVENTS_ALREADY_OBSERVED` */
  begin<T>(observed: ObservablePool<T>, options: ResolvedObserveOptions): Unsubscribe {
    const pool = observed as unknown as ObservablePool<never>;
    if (this.#observers.has(pool)) throw new AlreadyObservedError(pool.name);
    this.#forgetClosed();
    const observer = new PoolObserver<never>(pool, this.#publisher, options);
    this.#observers.set(pool, observer);
    return unsubscribe(() => {
      observer.end();
      if (this.#observers.get(pool) === observer) this.#observers.delete(pool);
    });
  }

  /** What is wanted of the bus has changed. */
  refresh(): void {
    for (const observer of this.#observers.values()) observer.refresh();
  }

  endAll(): void {
    for (const observer of this.#observers.values()) observer.end();
    this.#observers.clear();
  }

  /** A closed pool tells nothing any more; a bus that outlives many pools must not hold on to them. */
  #forgetClosed(): void {
    for (const [pool, observer] of this.#observers) {
      if (pool.state !== 'closed') continue;
      observer.end();
      this.#observers.delete(pool);
    }
  }
}
