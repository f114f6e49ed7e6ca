import genericPool from 'generic-pool';
import { describe, expect, it } from 'vitest';
import { Deque, PriorityQueue } from '../../src/generic-pool/index.js';

interface Classes {
  readonly Deque: typeof Deque;
  readonly PriorityQueue: typeof PriorityQueue;
}
const theirs = genericPool as unknown as Classes;
const ours: Classes = { Deque, PriorityQueue };

/** generic-pool only queues what has a promise. */
const item = (name: string) => ({ name, promise: Promise.resolve() });

describe.each([
  ['generic-pool', theirs],
  ['the drop-in', ours],
])('the queue classes of %s', (_, classes) => {
  it('Deque adds and takes at both ends', () => {
    const deque = new classes.Deque<number>();
    expect([deque.length, deque.head, deque.tail, deque.shift(), deque.pop()]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    deque.push(2);
    deque.push(3);
    deque.unshift(1);
    expect([deque.length, deque.head, deque.tail]).toEqual([3, 1, 3]);
    expect([deque.shift(), deque.pop(), deque.pop()]).toEqual([1, 3, 2]);
    expect(deque.length).toBe(0);
  });

  it('Deque is walked in both directions, also while it changes', () => {
    const deque = new classes.Deque<number>();
    for (const number of [1, 2, 3]) deque.push(number);
    const forward: number[] = [];
    for (const number of deque as Iterable<number>) forward.push(number);
    expect(forward).toEqual([1, 2, 3]);
    const back = deque.reverseIterator();
    expect(back.next().value).toBe(3);
    back.remove();
    expect(deque.length).toBe(2);
    expect(back.next().done).toBe(true);
    back.reset();
    expect([back.next().value, back.next().value, back.next().done]).toEqual([2, 1, true]);
    const late = new classes.Deque<number>();
    const iterator = late.iterator();
    late.push(9);
    expect(iterator.next().value).toBe(9);
  });

  it('PriorityQueue serves the classes in order, and puts strange priorities last', () => {
    const queue = new classes.PriorityQueue<{ name: string }>(3);
    queue.enqueue(item('c'), 2);
    queue.enqueue(item('a'));
    queue.enqueue(item('b'), 1);
    queue.enqueue(item('d'), 17);
    queue.enqueue(item('e'), -4);
    expect([queue.length, queue.head?.name, queue.tail?.name]).toEqual([5, 'a', 'e']);
    const order = Array.from({ length: 6 }, () => queue.dequeue()?.name);
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e', undefined]);
  });
});
