import type { Slot } from './slot.js';

/**
 * Every slot that has a resource, and which objects are in the pool already: one table for both, because a pool of
 * 100,000 pays for each. Slots that have no resource yet are only in the ledger's `busy`.
 */
export class Roster<T> {
  readonly #slots = new Map<unknown, Slot<T>>();

  /** Whether this very object is in the pool. Primitives may be there any number of times. */
  has(resource: T): boolean {
    return isObject(resource) && this.#slots.has(resource);
  }

  add(slot: Slot<T>): void {
    this.#slots.set(keyOf(slot), slot);
  }

  remove(slot: Slot<T>): void {
    const key = keyOf(slot);
    if (this.#slots.get(key) === slot) this.#slots.delete(key);
  }

  /** A copy: whoever goes through it may end slots meanwhile. */
  leased(): Slot<T>[] {
    return [...this.#slots.values()].filter(({ state }) => state === 'leased');
  }

  [Symbol.iterator](): IterableIterator<Slot<T>> {
    return this.#slots.values();
  }
}

function keyOf<T>(slot: Slot<T>): unknown {
  return isObject(slot.resource) ? slot.resource : slot;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
