import { Deque } from './deque.js';

/** Queues by class, for programs that import generic-pool's. The pool has a waiting line of its own. */
export class PriorityQueue<E = unknown> {
  readonly #classes: readonly Deque<E>[];

  /** @param size the number of classes; at least 1 */
  constructor(size?: number) {
    const classes = Math.max(Number(size) | 0, 1);
    this.#classes = Array.from({ length: classes }, () => new Deque<E>());
  }

  get length(): number {
    return this.#classes.reduce((length, queue) => length + queue.length, 0);
  }

  /** The first of the most urgent class. */
  get head(): E | undefined {
    return this.#classes.find(({ length }) => length > 0)?.head;
  }

  /** The last of the least urgent class. */
  get tail(): E | undefined {
    return this.#classes.findLast(({ length }) => length > 0)?.tail;
  }

  /** A priority out of range goes to the least urgent class. */
  enqueue(element: E, priority?: number): void {
    this.#classes[priorityClass(priority, this.#classes.length)]?.push(element);
  }

  dequeue(): E | undefined {
    return this.#classes.find(({ length }) => length > 0)?.shift();
  }
}

/** The class that a priority means among `classes`: 0 without one, the last when there is no such class. */
export function priorityClass(priority: number | undefined, classes: number): number {
  const wanted = (priority && Number(priority) | 0) || 0;
  return wanted < 0 || wanted >= classes ? classes - 1 : wanted;
}
