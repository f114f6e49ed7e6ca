import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../src/contract/options.js';
import type { ResourceInfo } from '../../src/contract/poolable.js';
import { Shelf } from '../../src/slot/shelf.js';
import { extrasOf, Slot } from '../../src/slot/slot.js';

type Named = { readonly name: string };

/** An idle slot; `since` is when it became idle. */
function idle(name: string, { uses = 0, since = 0, health = 10_000 } = {}): Slot<Named> {
  const slot = new Slot<Named>(name.charCodeAt(0));
  Object.assign(slot, { state: 'idle', resource: { name }, uses, since });
  if (health !== 10_000) extrasOf(slot).health = health;
  return slot;
}

/** A shelf, and slots put there one after the other. */
function shelved(
  strategy: Strategy<Named>,
  slots: readonly Slot<Named>[],
  random = () => 0,
): Shelf<Named> {
  const shelf = new Shelf<Named>(
    strategy,
    ({ uses }) => ({ uses }) as ResourceInfo,
    (pick) => {
      try {
        return pick();
      } catch {
        return undefined as unknown as number;
      }
    },
    random,
  );
  for (const slot of slots) shelf.put(slot);
  return shelf;
}

const nameOf = (slot: Slot<Named> | undefined) => slot?.resource?.name;
const namesOf = (shelf: Shelf<Named>) => [...shelf].map(nameOf);

describe('a shelf', () => {
  it('gives the least used one, the warmest of those that are equal', () => {
    const uses = [2, 1, 1, 5];
    const slots = uses.map((each, at) => idle('abcd'[at] as string, { uses: each }));
    const shelf = shelved('least-used', slots);
    expect([0, 1, 2, 3, 4].map(() => nameOf(shelf.take()))).toEqual([
      'c',
      'b',
      'a',
      'd',
      undefined,
    ]);
  });

  it('draws each with the same chance, the whole range of the dice', () => {
    const drawn = [0, 0.32, 0.34, 0.65, 0.67, 0.999].map((dice) =>
      nameOf(shelved('random', [idle('a'), idle('b'), idle('c')], () => dice).take()),
    );
    expect(drawn).toEqual(['c', 'c', 'b', 'b', 'a', 'a']);
    expect(shelved('random', []).take()).toBeUndefined();
  });

  it('knows the one that is idle for longest, in whatever row of health it stands', () => {
    const sick = idle('s', { since: 5, health: 100 });
    const middling = idle('m', { since: 5, health: 5_000 });
    const well = idle('w', { since: 9 });
    expect(shelved('healthiest', []).oldest).toBeUndefined();
    expect(nameOf(shelved('healthiest', [well]).oldest)).toBe('w');
    expect(nameOf(shelved('healthiest', [well, sick]).oldest)).toBe('s');
    expect(nameOf(shelved('healthiest', [idle('o', { since: 1 }), sick]).oldest)).toBe('o');
    // Of two that are equally old the healthier one is found first.
    expect(nameOf(shelved('healthiest', [sick, middling]).oldest)).toBe('m');
    expect(nameOf(shelved('fifo', [idle('a', { since: 1 }), idle('b', { since: 2 })]).oldest)).toBe(
      'a',
    );
  });

  it('gives the healthiest one, and the warmest of a row', () => {
    const shelf = shelved('healthiest', [
      idle('a', { health: 9_900 }),
      idle('b', { health: 9_950 }),
      idle('c', { health: 100 }),
    ]);
    expect([0, 1, 2].map(() => nameOf(shelf.take()))).toEqual(['b', 'a', 'c']);
  });

  it('asks about each idle slot, and passes over those that the question itself took away', () => {
    const [a, b, c] = [idle('a'), idle('b'), idle('c')];
    const shelf = shelved('lifo', [a, b, c]);
    const asked: unknown[] = [];
    const taken = shelf.takeWhere((slot) => {
      asked.push(nameOf(slot));
      // The question ends the next one, and the one it is asked about.
      if (slot === c) {
        shelf.remove(b);
        b.state = 'destroying';
      }
      return true;
    });
    expect(nameOf(taken)).toBe('c');
    expect(asked).toEqual(['c']);
    expect(namesOf(shelf)).toEqual(['a']);

    const left = shelf.takeWhere((slot) => {
      shelf.remove(slot);
      slot.state = 'leased';
      return true;
    });
    expect(left).toBeUndefined();
  });

  it('does not ask about a slot that an earlier question took away', () => {
    const [a, b] = [idle('a'), idle('b')];
    const shelf = shelved('lifo', [a, b]);
    const asked: unknown[] = [];
    shelf.takeWhere((slot) => {
      asked.push(nameOf(slot));
      shelf.remove(a);
      a.state = 'leased';
      return false;
    });
    expect(asked).toEqual(['b']);
  });

  it('gives the warmest one when a selector fails, and none when it took its own choice away', () => {
    const [a, b] = [idle('a'), idle('b')];
    const failing = shelved(() => {
      throw new Error('no choice');
    }, [a, b]);
    expect(nameOf(failing.take())).toBe('b');
    const c = idle('c');
    const taking: Shelf<Named> = shelved(() => {
      c.state = 'leased';
      return 0;
    }, [c]);
    expect(taking.take()).toBeUndefined();
    expect(namesOf(taking)).toEqual(['c']);
  });
});
