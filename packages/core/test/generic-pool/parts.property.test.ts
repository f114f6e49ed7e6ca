import fc from 'fast-check';
import genericPool from 'generic-pool';
import { describe, expect, it, vi } from 'vitest';
import { DefaultEvictor, Deque, PriorityQueue } from '../../src/generic-pool/index.js';

interface Classes {
  readonly Deque: typeof Deque;
  readonly PriorityQueue: typeof PriorityQueue;
  readonly DefaultEvictor: typeof DefaultEvictor;
}
const theirs = genericPool as unknown as Classes;

/** What can be done to a deque, and to two walks through it. */
const act = fc.oneof(
  fc.constantFrom('push', 'push', 'unshift', 'pop', 'shift'),
  fc.record({
    walk: fc.constantFrom('forward', 'back'),
    does: fc.constantFrom('next', 'next', 'next', 'remove', 'reset'),
  }),
);
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

function live(DequeClass: typeof Deque, acts: readonly Act[]): unknown[] {
  const deque = new DequeClass<number>();
  const walks = { forward: deque.iterator(), back: deque.reverseIterator() };
  let made = 0;
  return acts.map((each) => {
    let told: unknown;
    if (each === 'push' || each === 'unshift') deque[each](++made);
    else if (each === 'pop' || each === 'shift') told = deque[each]();
    else {
      const walk = walks[each.walk];
      if (each.does !== 'next') walk[each.does]();
      else {
        const { value, done } = walk.next();
        told = done === true ? 'the end' : value;
      }
    }
    return [each, told, deque.length, deque.head, deque.tail];
  });
}

describe('a deque that is walked while it changes', () => {
  it('is that of generic-pool, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        expect(live(Deque, acts)).toEqual(live(theirs.Deque, acts));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a queue of priorities', () => {
  it('is that of generic-pool, whatever is put in and taken out', () => {
    const priority = fc.oneof(
      fc.integer({ min: -2, max: 6 }),
      fc.constantFrom(undefined, null, Number.NaN, 1.5, '2', 'two'),
    );
    const turns = fc.array(
      fc.oneof(
        priority.map((put) => ({ put })),
        fc.constant('take' as const),
      ),
    );
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 5 }), turns, (size, acts) => {
        const told = (Queue: typeof PriorityQueue): unknown[] => {
          const queue = new Queue<{ name: number }>(size);
          let made = 0;
          return acts.map((each) => {
            if (each === 'take') return [queue.dequeue()?.name, queue.length];
            // generic-pool only queues what has a promise.
            const item = { name: ++made, promise: Promise.resolve() };
            queue.enqueue(item, each.put as number);
            return [queue.length, queue.head?.name, queue.tail?.name];
          });
        };
        expect(told(PriorityQueue)).toEqual(told(theirs.PriorityQueue));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the evictor', () => {
  it('decides as that of generic-pool', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
    const few = fc.integer({ min: -1, max: 4 });
    fc.assert(
      fc.property(few, few, few, few, few, (soft, hard, min, idleMs, available) => {
        const config = { softIdleTimeoutMillis: soft, idleTimeoutMillis: hard, min };
        const resource = { lastIdleTime: Date.now() - idleMs } as never;
        expect(new DefaultEvictor().evict(config, resource, available)).toBe(
          new theirs.DefaultEvictor().evict(config, resource, available),
        );
      }),
      { numRuns: 3_000 },
    );
    vi.useRealTimers();
  });
});
