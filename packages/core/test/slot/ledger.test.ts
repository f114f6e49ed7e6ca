import { expect, it } from 'vitest';
import { Ledger } from '../../src/slot/ledger.js';
import { Slot } from '../../src/slot/slot.js';
import { type SlotState, TRANSITIONS } from '../../src/slot/state.js';

/** A slot in a state, reached by legal moves alone. */
function slotIn(state: SlotState): { ledger: Ledger<object>; slot: Slot<object> } {
  const ledger = new Ledger<object>();
  const slot = new Slot<object>(1);
  ledger.enter(slot);
  const way: readonly SlotState[] = state === 'resetting' ? ['leased', 'resetting'] : [state];
  if (state !== 'creating') for (const next of way) ledger.move(slot, next);
  return { ledger, slot };
}

const states = Object.keys(TRANSITIONS) as Exclude<SlotState, 'gone'>[];
const moves = states.flatMap((from) => TRANSITIONS[from].map((to) => [from, to] as const));

it.each(moves)('a move from %s to %s is written down, and the sum stays the size', (from, to) => {
  const { ledger, slot } = slotIn(from);
  expect([ledger.sum, ledger.size, ledger[from]]).toEqual([1, 1, 1]);
  ledger.move(slot, to);
  const left = to === 'gone' ? 0 : 1;
  expect([ledger.sum, ledger.size, ledger[from]]).toEqual([left, left, 0]);
  if (to !== 'gone') expect(ledger[to]).toBe(1);
});

it('the short ways count as the long ones do, and the peak stays', () => {
  const { ledger, slot } = slotIn('idle');
  ledger.lend(slot);
  expect(ledger).toMatchObject({ idle: 0, leased: 1, peakLeased: 1, sum: 1 });
  ledger.shelve(slot);
  expect(ledger).toMatchObject({ idle: 1, leased: 0, peakLeased: 1, sum: 1 });
});

it('a move that does not exist is a bug, and says which', () => {
  const { ledger, slot } = slotIn('idle');
  expect(() => ledger.move(slot, 'resetting')).toThrow(
    'bug in rockpool: a slot cannot go from idle to resetting',
  );
});
