import { Chain } from './chain.js';
import type { Slot } from './slot.js';
import { assertMove, type SlotState } from './state.js';

type Counted = Exclude<SlotState, 'gone'>;

/**
 * The one owner of all counts. Each slot is in exactly one place: the shelf (idle), `loans` (leased) or `busy`
 * (everything in between), and `size` is the sum of the states after every step.
 */
export class Ledger<T> {
  creating = 0;
  validating = 0;
  idle = 0;
  leased = 0;
  resetting = 0;
  destroying = 0;
  /** Slots that hold, or are about to hold, a resource; never more than `max`. */
  size = 0;
  peakLeased = 0;
  readonly loans: Chain<T> = new Chain<T>();
  readonly busy: Chain<T> = new Chain<T>();

  /** A new slot begins its life. */
  enter(slot: Slot<T>): void {
    this.creating++;
    this.size++;
    this.busy.addLast(slot);
  }

  /** The hot half of `move`: from the shelf to a borrower. The slot has been taken off the shelf. */
  lend(slot: Slot<T>): void {
    if (slot.state !== 'idle') assertMove(slot.state, 'leased');
    this.idle--;
    if (++this.leased > this.peakLeased) this.peakLeased = this.leased;
    slot.state = 'leased';
    this.loans.addFirst(slot);
  }

  /** The other hot half: from a borrower back to the shelf. The caller puts the slot on the shelf. */
  shelve(slot: Slot<T>): void {
    if (slot.state !== 'leased') assertMove(slot.state, 'idle');
    this.leased--;
    this.idle++;
    slot.state = 'idle';
    this.loans.remove(slot);
  }

  /** Any other move. A slot that was idle has been taken off the shelf by the caller. */
  move(slot: Slot<T>, to: SlotState): void {
    const from = slot.state;
    assertMove(from, to);
    if (from === 'leased') this.loans.remove(slot);
    else if (from !== 'idle') this.busy.remove(slot);
    this[from as Counted]--;
    slot.state = to;
    if (to === 'gone') {
      this.size--;
      return;
    }
    this[to]++;
    if (to === 'leased') {
      if (this.leased > this.peakLeased) this.peakLeased = this.leased;
      this.loans.addFirst(slot);
    } else if (to !== 'idle') this.busy.addLast(slot);
  }

  /** The sum of all states; equals `size` unless the pool has a bug. */
  get sum(): number {
    return (
      this.creating + this.validating + this.idle + this.leased + this.resetting + this.destroying
    );
  }
}
