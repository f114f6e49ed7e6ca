/**
 * Where a slot is in its life.
 *
 * - `creating`: its resource is being made, or the next attempt waits for its backoff
 * - `validating`: a check decides whether it may be lent or kept
 * - `idle`: on the shelf
 * - `leased`: with a borrower (with several, when leases are shared)
 * - `resetting`: given back, being cleaned
 * - `destroying`: its resource is being ended; it still counts against `max`
 * - `gone`: no longer part of the pool
 */
export type SlotState =
  | 'creating'
  | 'validating'
  | 'idle'
  | 'leased'
  | 'resetting'
  | 'destroying'
  | 'gone';

/** Every legal move. The docs draw their diagram from this table. */
export const TRANSITIONS: Readonly<Record<SlotState, readonly SlotState[]>> = {
  creating: ['validating', 'idle', 'leased', 'destroying', 'gone'],
  validating: ['idle', 'leased', 'destroying', 'gone'],
  idle: ['leased', 'validating', 'destroying'],
  leased: ['idle', 'validating', 'resetting', 'destroying', 'gone'],
  resetting: ['idle', 'leased', 'validating', 'destroying', 'gone'],
  destroying: ['gone'],
  gone: [],
};

/** The names of the states, in the order of their indices. */
export const STATE_NAMES = Object.keys(TRANSITIONS) as readonly SlotState[];

/** A small number for a state. Written out, because looking a name up in an object costs more than these comparisons. */
export function indexOfState(state: SlotState): number {
  switch (state) {
    case 'creating':
      return 0;
    case 'validating':
      return 1;
    case 'idle':
      return 2;
    case 'leased':
      return 3;
    case 'resetting':
      return 4;
    case 'destroying':
      return 5;
    case 'gone':
      return 6;
  }
}

/** For each state a bit for each state that may follow. */
const FOLLOWERS: readonly number[] = STATE_NAMES.map((name) =>
  TRANSITIONS[name].reduce((bits, to) => bits | (1 << indexOfState(to)), 0),
);

/** Throws when a move is not in the table: only a bug of the pool itself can cause it. */
export function assertMove(from: SlotState, to: SlotState): void {
  if (((FOLLOWERS[indexOfState(from)] as number) & (1 << indexOfState(to))) === 0) {
    throw new Error(`bug in rockpool: a slot cannot go from ${from} to ${to}`);
  }
}
