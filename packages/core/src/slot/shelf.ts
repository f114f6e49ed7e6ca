import type { Strategy } from '../contract/options.js';
import type { ResourceInfo } from '../contract/poolable.js';
import { FULL_HEALTH } from '../policy/scoring.js';
import { Chain } from './chain.js';
import type { Slot } from './slot.js';

const HEALTH_ROWS = 8;

type InfoOf<T> = (slot: Slot<T>) => ResourceInfo;

/**
 * The idle resources, warmest first. One row, or eight rows of falling health for the strategy `healthiest`; which
 * row a slot stands in follows from its score, and a score never changes while its slot is idle.
 */
export class Shelf<T> {
  readonly #rows: readonly Chain<T>[];
  /** The first row, which for most strategies is the only one. */
  readonly #first: Chain<T>;
  readonly #ranked: boolean;
  readonly #strategy: Strategy<T>;
  readonly #infoOf: InfoOf<T>;
  readonly #random: () => number;

  constructor(strategy: Strategy<T>, infoOf: InfoOf<T>, random: () => number = Math.random) {
    const rows = strategy === 'healthiest' ? HEALTH_ROWS : 1;
    this.#rows = Array.from({ length: rows }, () => new Chain<T>());
    this.#first = this.#rows[0] as Chain<T>;
    this.#ranked = strategy === 'healthiest';
    this.#strategy = strategy;
    this.#infoOf = infoOf;
    this.#random = random;
  }

  put(slot: Slot<T>): void {
    this.#rowOf(slot).addFirst(slot);
  }

  remove(slot: Slot<T>): void {
    this.#rowOf(slot).remove(slot);
  }

  /** Takes the one that the strategy chooses. */
  take(): Slot<T> | undefined {
    const slot = this.#choose();
    if (slot !== undefined) this.#rowOf(slot).remove(slot);
    return slot;
  }

  /** Takes the warmest one that fits. */
  takeWhere(fits: (slot: Slot<T>) => boolean): Slot<T> | undefined {
    for (const slot of this) {
      if (!fits(slot)) continue;
      this.remove(slot);
      return slot;
    }
    return undefined;
  }

  /** The one that has been idle for longest. */
  get oldest(): Slot<T> | undefined {
    let oldest: Slot<T> | undefined;
    for (const { tail } of this.#rows) {
      if (tail !== undefined && (oldest === undefined || tail.since < oldest.since)) oldest = tail;
    }
    return oldest;
  }

  *[Symbol.iterator](): Generator<Slot<T>, void, undefined> {
    for (const row of this.#rows) yield* row;
  }

  #rowOf(slot: Slot<T>): Chain<T> {
    if (!this.#ranked) return this.#first;
    const rank = Math.floor(((FULL_HEALTH - slot.health) * HEALTH_ROWS) / FULL_HEALTH);
    return this.#rows[Math.min(HEALTH_ROWS - 1, rank)] as Chain<T>;
  }

  #choose(): Slot<T> | undefined {
    const first = this.#first;
    switch (this.#strategy) {
      case 'lifo':
        return first.head;
      case 'fifo':
      case 'round-robin':
        return first.tail;
      case 'healthiest':
        return this.#rows.find((row) => row.size > 0)?.head;
      case 'least-used':
        return this.#leastUsed(first);
      case 'random':
        return this.#at(first, Math.floor(this.#random() * first.size));
      default:
        return this.#selected(first, this.#strategy);
    }
  }

  #leastUsed(row: Chain<T>): Slot<T> | undefined {
    let least = row.head;
    for (let slot = least?.next; slot !== undefined; slot = slot.next) {
      if (least === undefined || slot.uses < least.uses) least = slot;
    }
    return least;
  }

  #at(row: Chain<T>, index: number): Slot<T> | undefined {
    let slot = row.head;
    for (let left = index; left > 0 && slot !== undefined; left--) slot = slot.next;
    return slot;
  }

  #selected(
    row: Chain<T>,
    select: Extract<Strategy<T>, (...args: never[]) => unknown>,
  ): Slot<T> | undefined {
    if (row.size === 0) return undefined;
    const slots = [...row].reverse();
    const index = select(
      slots.map((slot) => ({ resource: slot.resource as T, info: this.#infoOf(slot) })),
    );
    return index === undefined ? undefined : slots[index];
  }
}
