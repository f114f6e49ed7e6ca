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
  // Back to creating: a new resource that failed its first check, in the place of which the next attempt is made.
  destroying: ['creating', 'gone'],
  gone: [],
};

/** Throws when a move is not in the table: only a bug of the pool itself can cause it. */
export function assertMove(from: SlotState, to: SlotState): void {
  if (!TRANSITIONS[from].includes(to)) {
    throw new Error(`bug in rockpool: a slot cannot go from ${from} to ${to}`);
  }
}
