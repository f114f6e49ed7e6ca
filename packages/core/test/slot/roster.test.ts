import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Roster } from '../../src/slot/roster.js';
import { Slot } from '../../src/slot/slot.js';

/** Slots in the list, those that are gone and were not unlinked yet included. */
function linked(roster: Roster<unknown>): number {
  const [newest] = roster;
  let count = 0;
  for (let slot: Slot<unknown> | undefined = newest; slot !== undefined; slot = slot.older) count++;
  return count;
}

function filled(count: number): { roster: Roster<unknown>; slots: Slot<unknown>[] } {
  const roster = new Roster<unknown>();
  const slots = Array.from({ length: count }, (_, id) => {
    const slot = new Slot<unknown>(id);
    slot.resource = { id };
    roster.add(slot);
    return slot;
  });
  return { roster, slots };
}

describe('the roster of slots', () => {
  it('is whatever is not gone, newest first, in any history', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('add' as const), fc.nat({ max: 40 })), { maxLength: 200 }),
        (script) => {
          const { roster } = filled(0);
          const alive: Slot<unknown>[] = [];
          let id = 0;
          for (const step of script) {
            if (step === 'add') {
              const slot = new Slot<unknown>(++id);
              roster.add(slot);
              alive.unshift(slot);
            } else if (alive.length > 0) {
              const [slot] = alive.splice(step % alive.length, 1);
              if (slot !== undefined) slot.state = 'gone';
              roster.noteGone();
            }
            expect([...roster]).toEqual(alive);
          }
        },
      ),
    );
  });

  it('lets go of slots that are gone once they are the majority, and not before', () => {
    const { roster, slots } = filled(30);
    const end = (slot: Slot<unknown> | undefined) => {
      if (slot !== undefined) slot.state = 'gone';
      roster.noteGone();
    };
    // The newest stays, so that the list can be walked from there.
    for (const slot of slots.slice(0, 15)) end(slot);
    expect(linked(roster)).toBe(30);
    end(slots[15]);
    expect(linked(roster)).toBe(14);
    expect([...roster]).toEqual(slots.slice(16).toReversed());
    // 8 of 14 are the majority, but so few may stay; the ninth is one too many.
    for (const slot of slots.slice(16, 24)) end(slot);
    expect(linked(roster)).toBe(14);
    end(slots[24]);
    expect(linked(roster)).toBe(5);
  });

  it('holds nothing once all are gone', () => {
    const { roster, slots } = filled(12);
    for (const slot of slots) {
      slot.state = 'gone';
      roster.noteGone();
    }
    expect([...roster]).toEqual([]);
    expect(roster.has(slots[0]?.resource)).toBe(false);
  });

  it('knows objects and functions again, never primitives, and compares with the newest 256', () => {
    const { roster, slots } = filled(257);
    const resources = [() => 1, 'text', 7, null, undefined];
    expect(roster.has(slots[1]?.resource)).toBe(true);
    expect(roster.has(slots[0]?.resource)).toBe(false);
    for (const [at, resource] of resources.entries()) {
      const slot = new Slot<unknown>(1_000 + at);
      slot.resource = resource;
      roster.add(slot);
    }
    expect(resources.map((resource) => roster.has(resource))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(roster.has({ id: 256 })).toBe(false);
  });
});
