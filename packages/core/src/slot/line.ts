import type { Waiter } from './waiter.js';

/**
 * Who waits, in the order of service. First come, first served within a class of priority; between classes the one
 * with the smallest `arrival + class * agingMs` is next, so a waiter gains one class for each `agingMs` it has waited
 * and none starves. With `agingMs` 0 a lower class always goes first.
 */
export class WaitingLine<T> {
  size = 0;
  /** How many of them want a particular resource; while 0, only heads are looked at. */
  choosy = 0;
  readonly #queues: readonly Queue<T>[];
  /** The one queue, where there is only one. */
  readonly #only: Queue<T> | undefined;
  readonly #agingMs: number;

  constructor(classes: number, agingMs: number) {
    this.#queues = Array.from({ length: classes }, () => new Queue<T>());
    this.#only = classes === 1 ? this.#queues[0] : undefined;
    this.#agingMs = agingMs;
  }

  add(waiter: Waiter<T>): void {
    this.#queueOf(waiter).add(waiter);
    this.size++;
    if (waiter.choosy) this.choosy++;
  }

  remove(waiter: Waiter<T>): void {
    this.#queueOf(waiter).remove(waiter);
    this.size--;
    if (waiter.choosy) this.choosy--;
  }

  /** Who is next. */
  get first(): Waiter<T> | undefined {
    if (this.#only !== undefined) return this.#only.head;
    const queues = this.#queues;
    if (this.#agingMs === 0) return queues.find((queue) => queue.head !== undefined)?.head;
    return this.#nextOf(queues.map((queue) => queue.head));
  }

  /** Everybody in the order of service. The waiter just yielded may be removed. */
  *[Symbol.iterator](): Generator<Waiter<T>, void, undefined> {
    const heads = this.#queues.map((queue) => queue.head);
    for (let next = this.#nextOf(heads); next !== undefined; next = this.#nextOf(heads)) {
      heads[this.classOf(next)] = next.next;
      yield next;
    }
  }

  /** How many wait in each class. */
  get sizes(): number[] {
    return this.#queues.map((queue) => queue.size);
  }

  /** Arrival of whoever has waited longest, in ms of the clock. */
  get oldestAt(): number | undefined {
    let oldest: number | undefined;
    for (const { head } of this.#queues) {
      if (head !== undefined && (oldest === undefined || head.at < oldest)) oldest = head.at;
    }
    return oldest;
  }

  classOf(waiter: Waiter<T>): number {
    return Math.min(waiter.request?.priority ?? 0, this.#queues.length - 1);
  }

  #queueOf(waiter: Waiter<T>): Queue<T> {
    return this.#only ?? (this.#queues[this.classOf(waiter)] as Queue<T>);
  }

  #nextOf(heads: readonly (Waiter<T> | undefined)[]): Waiter<T> | undefined {
    let best: Waiter<T> | undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const [index, head] of heads.entries()) {
      if (head === undefined) continue;
      if (this.#agingMs === 0) return head;
      const turn = head.at + index * this.#agingMs;
      if (turn < earliest) {
        best = head;
        earliest = turn;
      }
    }
    return best;
  }
}

/** First in, first out, through the waiters' own links. */
class Queue<T> {
  head: Waiter<T> | undefined = undefined;
  tail: Waiter<T> | undefined = undefined;
  size = 0;

  add(waiter: Waiter<T>): void {
    waiter.prev = this.tail;
    if (this.tail === undefined) this.head = waiter;
    else this.tail.next = waiter;
    this.tail = waiter;
    this.size++;
  }

  remove(waiter: Waiter<T>): void {
    const { prev, next } = waiter;
    if (prev === undefined) this.head = next;
    else prev.next = next;
    if (next === undefined) this.tail = prev;
    else next.prev = prev;
    waiter.prev = undefined;
    waiter.next = undefined;
    this.size--;
  }
}
