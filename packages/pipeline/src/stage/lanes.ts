import type { Key } from '../contract/update.js';
import type { Item } from './item.js';

/**
 * Keeps an order: of one lane only the first goes on, the others wait behind it. A lane is a chain through its items,
 * and exists while it has any.
 */
export class Lanes {
  readonly #tails = new Map<Key, Item>();

  /** Whether the item may go on at once. */
  enter(item: Item, key: Key): boolean {
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
