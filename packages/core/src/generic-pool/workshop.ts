import type { MaybePromise, PoolFactory, ValidateContext } from '../contract/poolable.js';
import { PoolTimeoutError } from '../errors.js';
import type { Clock } from '../time/clock.js';
import { Entry } from './entry.js';
import type { Factory } from './factory.js';
import { Operations } from './operations.js';
import type { Registry } from './registry.js';

/** What the workshop needs to know. */
export interface WorkshopParts<T> {
  readonly registry: Registry<T>;
  readonly clock: Clock;
  /** 0 = no limit. */
  readonly destroyTimeoutMs: number;
  /** Whether anybody is in line. */
  readonly wanted: () => boolean;
  readonly onDestroyError: (error: unknown) => void;
}

/** The one place that calls the user's factory: it makes, checks and ends entries for the pool underneath. */
export class Workshop<T> implements PoolFactory<Entry<T>> {
  readonly creations: Operations = new Operations();
  readonly destructions: Operations = new Operations();
  readonly #factory: Factory<T>;
  readonly #parts: WorkshopParts<T>;
  constructor(factory: Factory<T>, parts: WorkshopParts<T>) {
    this.#factory = factory;
    this.#parts = parts;
  }

  create(): Promise<Entry<T>> {
    return this.creations.track(this.#make());
  }

  /** A new resource that nobody waits for is not checked: that is done when it is lent. */
  validate(entry: Entry<T>, { phase }: ValidateContext): MaybePromise<boolean> {
    if (phase === 'create' && !this.#parts.wanted()) return true;
    return this.#check(entry);
  }

  /** Begins to end a resource. Its place is free at once, as generic-pool's users expect. */
  destroy(entry: Entry<T>): void {
    this.#parts.registry.remove(entry);
    void this.destructions.track(this.#end(entry.obj));
  }

  async #make(): Promise<Entry<T>> {
    const resource = await this.#factory.create();
    const { registry, clock } = this.#parts;
    const entry = new Entry(resource, clock.now());
    registry.add(entry);
    return entry;
  }

  async #check(entry: Entry<T>): Promise<boolean> {
    try {
      // Only `false` means no.
      return (await this.#factory.validate?.(entry.obj)) !== false;
    } finally {
      entry.idleSince = this.#parts.clock.now();
    }
  }

  async #end(resource: T): Promise<void> {
    try {
      await this.#limited(this.#factory.destroy(resource));
    } catch (error) {
      this.#parts.onDestroyError(error);
    }
  }

  #limited(answer: MaybePromise<unknown>): MaybePromise<unknown> {
    const { clock, destroyTimeoutMs } = this.#parts;
    if (destroyTimeoutMs === 0) return answer;
    return new Promise((resolve, reject) => {
      const alarm = clock.setTimeout(() => {
        reject(new PoolTimeoutError('destroy', destroyTimeoutMs, 'destroy timed out'));
      }, destroyTimeoutMs);
      alarm.unref?.();
      Promise.resolve(answer)
        .finally(() => clock.clearTimeout(alarm))
        .then(resolve, reject);
    });
  }
}
