import type { Key, Update } from '../contract/update.js';
import type { Item } from './item.js';

/**
 * Keeps an order: of one lane only the first goes on, the others wait behind it. A lane is a chain through its items,
 * and exists while it has any.
 */
export class Lanes {
  readonly #tails = new Map<Key, Item>();
  readonly #keyOf: (update: Update) => Key;

  /** `keyOf` names the lane of an update; one lane for all keeps a strict order. */
  constructor(keyOf: (update: Update) => Key) {
    this.#keyOf = keyOf;
  }

  /** Whether the item may go on at once. Throws what `keyOf` throws. */
  enter(item: Item): boolean {
    const key = this.#keyOf(item.update);
    const tail = this.#tails.get(key);
    this.#tails.set(key, item);
    item.inLane = true;
    item.key = key;
    if (tail === undefined) return true;
    tail.after = item;
    return false;
  }

  /** The item need not be waited for any more; returns who comes next. */
  leave(item: Item): Item | undefined {
    item.inLane = false;
    const next = item.after;
    item.after = undefined;
    if (next === undefined) this.#tails.delete(item.key as Key);
    return next;
  }
}
