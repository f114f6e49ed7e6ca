import type { Slot } from './slot.js';

/** A doubly linked list through the slots themselves: any slot leaves in O(1) and nothing is allocated. */
export class Chain<T> {
  head: Slot<T> | undefined = undefined;
  tail: Slot<T> | undefined = undefined;
  size = 0;

  addFirst(slot: Slot<T>): void {
    const { head } = this;
    if (head === undefined) this.tail = slot;
    else {
      head.prev = slot;
      slot.next = head;
    }
    this.head = slot;
    this.size++;
  }

  addLast(slot: Slot<T>): void {
    const { tail } = this;
    slot.prev = tail;
    if (tail === undefined) this.head = slot;
    else tail.next = slot;
    this.tail = slot;
    this.size++;
  }

  remove(slot: Slot<T>): void {
    const { prev, next } = slot;
    if (prev === undefined) this.head = next;
    else prev.next = next;
    if (next === undefined) this.tail = prev;
    else next.prev = prev;
    slot.prev = undefined;
    slot.next = undefined;
    this.size--;
  }

  /** Takes the head; what `remove` does, for the one that has nobody before it. */
  takeFirst(): Slot<T> | undefined {
    const { head } = this;
    if (head === undefined) return undefined;
    const { next } = head;
    this.head = next;
    if (next === undefined) this.tail = undefined;
    else {
      next.prev = undefined;
      head.next = undefined;
    }
    this.size--;
    return head;
  }

  /** From head to tail. The slot just yielded may be removed. */
  *[Symbol.iterator](): Generator<Slot<T>, void, undefined> {
    for (let slot = this.head; slot !== undefined; ) {
      const next: Slot<T> | undefined = slot.next;
      yield slot;
      slot = next;
    }
  }
}
