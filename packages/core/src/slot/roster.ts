import type { Slot } from './slot.js';

/** So many slots that are gone may stay in the list, however few are alive. */
const SLACK = 8;
/** How far back a new resource is compared with those that are there. */
const COMPARED = 256;

/**
 * Every slot of the pool, newest first: a list through the slots, one link each. A slot that is gone is unlinked with
 * the others of its kind, once they are the majority; so neither adding nor removing looks for its neighbours.
 */
export class Roster<T> {
  #newest: Slot<T> | undefined = undefined;
  #size = 0;
  #gone = 0;

  add(slot: Slot<T>): void {
    slot.older = this.#newest;
    this.#newest = slot;
    this.#size++;
  }

  /** To be told when a slot is gone. */
  noteGone(): void {
    this.#gone++;
    if (this.#gone > SLACK && this.#gone * 2 > this.#size) this.#prune();
  }

  /**
   * Whether this very object is in the pool, among the newest 256 resources: enough to notice a factory that returns
   * the same object again, without a table that would cost each resource more than its slot does. Primitives may be
   * there any number of times.
   */
  has(resource: T): boolean {
    if (!isObject(resource)) return false;
    let left = COMPARED;
    for (let slot = this.#newest; slot !== undefined && left > 0; slot = slot.older, left--) {
      if (slot.resource === resource) return true;
    }
    return false;
  }

  /** A copy: whoever goes through it may end slots meanwhile. */
  leased(): Slot<T>[] {
    return [...this].filter(({ state }) => state === 'leased');
  }

  *[Symbol.iterator](): Generator<Slot<T>, void, undefined> {
    for (let slot = this.#newest; slot !== undefined; slot = slot.older) {
      if (slot.state !== 'gone') yield slot;
    }
  }

  #prune(): void {
    let last: Slot<T> | undefined;
    for (let slot = this.#newest; slot !== undefined; ) {
      const { older } = slot as Slot<T>;
      if (slot.state !== 'gone') {
        if (last === undefined) this.#newest = slot;
        else last.older = slot;
        last = slot;
      }
      slot = older;
    }
    if (last === undefined) this.#newest = undefined;
    else last.older = undefined;
    this.#size -= this.#gone;
    this.#gone = 0;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
