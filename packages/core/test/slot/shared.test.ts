import { describe, expect, it } from 'vitest';
import { SharedSlots } from '../../src/slot/shared.js';
import { extrasOf, Slot } from '../../src/slot/slot.js';

const newSlots = (count: number) => Array.from({ length: count }, (_, id) => new Slot<object>(id));

describe('leases that share a slot', () => {
  it('take turns with round-robin, whatever each has already', () => {
    const shared = new SharedSlots<object>(9, 'round-robin');
    const [a, b] = newSlots(2) as [Slot<object>, Slot<object>];
    for (const slot of [b, a, a]) shared.addLease(slot, false);
    // `b` was lent longest ago, though it has the fewest.
    const picks = [0, 1, 2, 3].map(() => {
      const slot = shared.pick() as Slot<object>;
      shared.addLease(slot, false);
      return slot.id;
    });
    expect(picks).toEqual([1, 0, 1, 0]);
    // Now the one with more leases was lent longest ago.
    for (const slot of [b, b, b, a]) shared.addLease(slot, false);
    expect(shared.pick()).toBe(b);
  });

  it('go to the slot with the fewest, of those with as few to the one that waited longest', () => {
    const shared = new SharedSlots<object>(9, 'lifo');
    const [a, b, c] = newSlots(3) as [Slot<object>, Slot<object>, Slot<object>];
    for (const slot of [a, a, b, c]) shared.addLease(slot, false);
    expect(shared.pick()).toBe(b);
    expect(shared.pick((slot) => slot !== b)).toBe(c);
    expect(shared.pick((slot) => slot === a)).toBe(a);
    expect(shared.pick(() => false)).toBeUndefined();
  });

  it('go to none that is full, lent exclusively, doomed, closed, or without any lease', () => {
    const shared = new SharedSlots<object>(2, 'lifo');
    const [a] = newSlots(1) as [Slot<object>];
    expect(shared.pick()).toBeUndefined();
    shared.addLease(a, true);
    expect(shared.pick()).toBeUndefined();
    expect(shared.removeLease(a)).toBe(0);
    expect(shared.pick()).toBeUndefined();
    shared.addLease(a, false);
    expect(shared.pick()).toBe(a);
    shared.addLease(a, false);
    expect(shared.pick()).toBeUndefined();
    expect(shared.removeLease(a)).toBe(1);
    expect(shared.pick()).toBe(a);
    shared.close(a);
    expect(shared.pick()).toBeUndefined();
    extrasOf(a).doom = 'unhealthy';
    shared.addLease(a, false);
    expect(shared.removeLease(a)).toBe(1);
    expect(shared.pick()).toBeUndefined();
  });
});
