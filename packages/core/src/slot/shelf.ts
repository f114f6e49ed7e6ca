import type { Strategy } from '../contract/options.js';
import type { ResourceInfo } from '../contract/poolable.js';
import { FULL_HEALTH } from '../policy/scoring.js';
import { Chain } from './chain.js';
import { healthOfSlot, type Slot } from './slot.js';
import type { SlotState } from './state.js';

const HEALTH_ROWS = 8;

/** No index: the selector wants none of them. */
const NONE = -1;

/** Calls the selector; `undefined` = it threw, and the warmest one will do. */
type AskSelector = (pick: () => number) => number | undefined;

type InfoOf<T> = (slot: Slot<T>) => ResourceInfo;

/**
 * The idle resources, warmest first. One row, or eight rows of falling health for the strategy `healthiest`; which
 * row a slot stands in follows from its score, and a score never changes while its slot is idle.
 */
export class Shelf<T> {
  readonly #rows: readonly Chain<T>[];
  /** The only row, where the strategy is to lend the warmest one; then others may take from its front and put there. */
  readonly warmest: Chain<T> | undefined;
  /** The first row, which for most strategies is the only one. */
  readonly #first: Chain<T>;
  readonly #ranked: boolean;
  readonly #strategy: Strategy<T>;
  readonly #infoOf: InfoOf<T>;
  readonly #ask: AskSelector;
  readonly #random: () => number;

  constructor(
    strategy: Strategy<T>,
    infoOf: InfoOf<T>,
    ask: AskSelector,
    random: () => number = Math.random,
  ) {
    const rows = strategy === 'healthiest' ? HEALTH_ROWS : 1;
    this.#rows = Array.from({ length: rows }, () => new Chain<T>());
    this.#first = this.#rows[0] as Chain<T>;
    this.#ranked = strategy === 'healthiest';
    this.warmest = strategy === 'lifo' ? this.#first : undefined;
    this.#strategy = strategy;
    this.#infoOf = infoOf;
    this.#ask = ask;
    this.#random = random;
  }

  put(slot: Slot<T>): void {
    if (this.#ranked) this.#rowOf(slot).addFirst(slot);
    else this.#first.addFirst(slot);
  }

  remove(slot: Slot<T>): void {
    if (this.#ranked) this.#rowOf(slot).remove(slot);
    else this.#first.remove(slot);
  }

  /** Takes the one that the strategy chooses. */
  take(): Slot<T> | undefined {
    if (this.warmest !== undefined) return this.warmest.takeFirst();
    const slot = this.#choose();
    if (slot !== undefined) this.remove(slot);
    return slot;
  }

  /** Takes the warmest one that fits. `fits` is user code and may do anything to the shelf meanwhile. */
  takeWhere(fits: (slot: Slot<T>) => boolean): Slot<T> | undefined {
    for (const slot of [...this]) {
      if (slot.state !== 'idle' || !fits(slot)) continue;
      if (slot.state !== ('idle' as SlotState)) continue;
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
    const rank = Math.floor(((FULL_HEALTH - healthOfSlot(slot)) * HEALTH_ROWS) / FULL_HEALTH);
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
    const candidates = slots.map((slot) => ({
      resource: slot.resource as T,
      info: this.#infoOf(slot),
    }));
    const index = this.#ask(() => select(candidates) ?? NONE);
    if (index === undefined) return row.head;
    const slot = slots[index];
    // The selector is user code: it may have lent or ended its own choice.
    return slot?.state === 'idle' ? slot : undefined;
  }
}
