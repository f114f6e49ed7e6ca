interface Node<E> {
  prev: Node<E> | null;
  next: Node<E> | null;
  readonly data: E;
}

interface List<E> {
  head: Node<E> | null;
  tail: Node<E> | null;
  length: number;
}

/** A double-ended queue, for programs that import generic-pool's. The pool has a queue of its own. */
export class Deque<E = unknown> {
  readonly #list: List<E> = { head: null, tail: null, length: 0 };

  get length(): number {
    return this.#list.length;
  }

  get head(): E | undefined {
    return this.#list.head?.data;
  }

  get tail(): E | undefined {
    return this.#list.tail?.data;
  }

  push(element: E): void {
    this.#add({ prev: this.#list.tail, next: null, data: element });
  }

  unshift(element: E): void {
    this.#add({ prev: null, next: this.#list.head, data: element });
  }

  pop(): E | undefined {
    return this.#take(this.#list.tail);
  }

  shift(): E | undefined {
    return this.#take(this.#list.head);
  }

  /** From head to tail. */
  iterator(): DequeIterator<E> {
    return new DequeIterator<E>(this.#list, 'next');
  }

  /** From tail to head. */
  reverseIterator(): DequeIterator<E> {
    return new DequeIterator<E>(this.#list, 'prev');
  }

  [Symbol.iterator](): DequeIterator<E> {
    return this.iterator();
  }

  #add(node: Node<E>): void {
    if (node.prev === null) this.#list.head = node;
    else node.prev.next = node;
    if (node.next === null) this.#list.tail = node;
    else node.next.prev = node;
    this.#list.length++;
  }

  #take(node: Node<E> | null): E | undefined {
    if (node === null) return undefined;
    unlink(this.#list, node);
    return node.data;
  }
}

/** Walks a deque, follows its changes, and can remove the element it stands on or begin again. */
export class DequeIterator<E> implements IterableIterator<E, undefined> {
  readonly #list: List<E>;
  readonly #direction: 'next' | 'prev';
  #cursor: Node<E> | null = null;
  #state: 'before' | 'among' | 'done' = 'before';

  /** @internal */
  constructor(list: List<E>, direction: 'next' | 'prev') {
    this.#list = list;
    this.#direction = direction;
  }

  next(): IteratorResult<E, undefined> {
    if (this.#state === 'done') return { done: true, value: undefined };
    const forward = this.#direction === 'next';
    if (this.#state === 'before') this.#cursor = forward ? this.#list.head : this.#list.tail;
    else this.#cursor = this.#cursor?.[this.#direction] ?? null;
    this.#state = this.#attached() ? 'among' : 'done';
    return this.#cursor !== null && this.#state === 'among'
      ? { done: false, value: this.#cursor.data }
      : { done: true, value: undefined };
  }

  /** Takes out the element given last; nothing when there is none. */
  remove(): void {
    if (this.#state === 'among' && this.#cursor !== null && this.#attached()) {
      unlink(this.#list, this.#cursor);
    }
  }

  /** Begins again. */
  reset(): void {
    this.#state = 'before';
    this.#cursor = null;
  }

  [Symbol.iterator](): this {
    return this;
  }

  #attached(): boolean {
    const { head, tail } = this.#list;
    const at = this.#cursor;
    return at !== null && (at.prev !== null || at.next !== null || at === head || at === tail);
  }
}

function unlink<E>(list: List<E>, node: Node<E>): void {
  if (node.prev === null) list.head = node.next;
  else node.prev.next = node.next;
  if (node.next === null) list.tail = node.prev;
  else node.next.prev = node.prev;
  node.prev = null;
  node.next = null;
  list.length--;
}
