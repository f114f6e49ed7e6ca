import type { DestroyReason } from '../contract/poolable.js';
import { FULL_HEALTH } from '../policy/scoring.js';
import type { Loan } from './loan.js';
import type { SlotState } from './state.js';

/**
 * The pool's record of one resource. Ten fields, all set here and never deleted: a pool of 100,000 keeps 100,000 of
 * these, so what few slots need lives in `extras`. `prev` and `next` belong to whichever single list the slot is in.
 * Times are whole milliseconds since the pool was made, so that V8 stores them inline.
 */
export class Slot<T> {
  state: SlotState = 'creating';
  resource: T | undefined = undefined;
  prev: Slot<T> | undefined = undefined;
  next: Slot<T> | undefined = undefined;
  /** The slot made before this one; the roster's own. */
  older: Slot<T> | undefined = undefined;
  readonly id: number;
  createdAt = 0;
  /** When it came into its present state, by the pool's coarse clock. */
  since = 0;
  uses = 0;
  extras: Extras | undefined = undefined;

  constructor(id: number) {
    this.id = id;
  }
}

/** What only some slots need. */
export class Extras {
  /** Why this slot must not be lent again; it is retired as soon as nobody holds it. */
  doom: DestroyReason | undefined = undefined;
  doomError: unknown = undefined;
  /** Live leases; only kept when leases are shared. */
  leases = 0;
  exclusive = false;
  /** In hundredths of a point: 0 to 10,000. A slot without extras is in full health. */
  health: number = FULL_HEALTH;
  errors = 0;
  /** Exact time of the last check while idle. */
  testedAt = 0;
  /** When a check on borrow passed in a promise and it was not lent since, in ms of the clock; 0 = never. */
  vettedAt = 0;
  /** Loans somebody watches: for a signal, a leak threshold, a label. */
  loans: Set<Loan> | undefined = undefined;
}

/** The extras of a slot, made on first need. */
export function extrasOf<T>(slot: Slot<T>): Extras {
  slot.extras ??= new Extras();
  return slot.extras;
}

/** The score of a slot, in hundredths of a point. */
export function healthOfSlot<T>(slot: Slot<T>): number {
  return slot.extras === undefined ? FULL_HEALTH : slot.extras.health;
}

/** Drops extras that say nothing: a resource that was watched or ill once must not be kept off the fast lane for ever. */
export function tidyExtras<T>(slot: Slot<T>): void {
  if (slot.extras !== undefined && isBlank(slot.extras)) slot.extras = undefined;
}

/** Whether extras say nothing that a slot without extras would not say. */
function isBlank(extras: Extras): boolean {
  const { doom, leases, errors, testedAt, vettedAt, loans, health } = extras;
  return (
    doom === undefined &&
    leases === 0 &&
    errors === 0 &&
    testedAt === 0 &&
    vettedAt === 0 &&
    loans === undefined &&
    health === FULL_HEALTH
  );
}

/** Whether a slot is on its way out, or out: an answer of one of its hooks no longer matters. */
export function isEnding<T>(slot: Slot<T>): boolean {
  return slot.state === 'destroying' || slot.state === 'gone';
}
