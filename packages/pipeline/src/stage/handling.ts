import type { Item } from './item.js';
import type { Slot } from './slot.js';

/** Leads an item through its handlers. */
export interface Handling {
  begin(item: Item): void;
  /** A handler is done with the item; returns whether all are. */
  settled(item: Item, result: 'succeeded' | 'failed'): boolean;
}

/** All handlers at once. */
export class AllAtOnce implements Handling {
  readonly #slots: readonly Slot[];

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
  }

  begin(item: Item): void {
    item.unsettled = this.#slots.length;
    for (const slot of this.#slots) slot.take(item);
  }

  settled(item: Item, result: 'succeeded' | 'failed'): boolean {
    if (result === 'failed') item.failed = true;
    return --item.unsettled === 0;
  }
}

/** One handler after the other; a failure ends the sequence unless it goes on all the same. */
export class OneByOne implements Handling {
  readonly #slots: readonly Slot[];
  readonly #continueOnError: boolean;

  constructor(slots: readonly Slot[], continueOnError: boolean) {
    this.#slots = slots;
    this.#continueOnError = continueOnError;
  }

  begin(item: Item): void {
    item.unsettled = 1;
    this.#slots[0]?.take(item);
  }

  settled(item: Item, result: 'succeeded' | 'failed'): boolean {
    if (result === 'failed') {
      item.failed = true;
      if (!this.#continueOnError) return true;
    }
    const next = this.#slots[++item.step];
    if (next === undefined) return true;
    next.take(item);
    return false;
  }
}
