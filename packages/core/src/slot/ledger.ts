import { Chain } from './chain.js';
import type { Slot } from './slot.js';
import { assertMove, type SlotState } from './state.js';

/**
 * The one owner of all counts: `size` is the sum of the states after every step. Slots in between (neither idle, nor
 * leased, nor gone) are also listed here as `busy`; idle ones are on the shelf. A field for each state, and not a
 * table: two of them change on every loan. Nobody else writes them.
 */
export class Ledger<T> {
  /** Slots that hold, or are about to hold, a resource; never more than `max`. */
  size = 0;
  creating = 0;
  validating = 0;
  idle = 0;
  leased = 0;
  resetting = 0;
  destroying = 0;
  peakLeased = 0;
  readonly busy: Chain<T> = new Chain<T>();

  /** A new slot begins its life. */
  enter(slot: Slot<T>): void {
    this.creating++;
    this.size++;
    this.busy.addLast(slot);
  }

  /** The hot half of `move`: from the shelf, where all are idle, to a borrower. The slot has been taken off the shelf. */
  lend(slot: Slot<T>): void {
    this.idle--;
    this.#countLeased();
    slot.state = 'leased';
  }

  /** The other hot half: from a borrower, as the caller knows, back to the shelf, where the caller puts it. */
  shelve(slot: Slot<T>): void {
    this.leased--;
    this.idle++;
    slot.state = 'idle';
  }

  /** Any other move. A slot that was idle has been taken off the shelf by the caller. */
  move(slot: Slot<T>, to: SlotState): void {
    const from = slot.state;
    assertMove(from, to);
    if (from === 'leased') this.leased--;
    else if (from === 'idle') this.idle--;
    else {
      this.#countBusy(from, -1);
      this.busy.remove(slot);
    }
    slot.state = to;
    if (to === 'leased') this.#countLeased();
    else if (to === 'idle') this.idle++;
    else if (to === 'gone') this.size--;
    else {
      this.#countBusy(to, 1);
      this.busy.addLast(slot);
    }
  }

  /** The sum of all states; equals `size` unless the pool has a bug. */
  get sum(): number {
    const { creating, validating, idle, leased, resetting, destroying } = this;
    return creating + validating + idle + leased + resetting + destroying;
  }

  #countLeased(): void {
    const leased = ++this.leased;
    if (leased > this.peakLeased) this.peakLeased = leased;
  }

  #countBusy(state: Exclude<SlotState, 'idle' | 'leased'>, by: 1 | -1): void {
    // Written out: a field found by its name at run time costs more than all the rest of a move.
    switch (state) {
      case 'creating':
        this.creating += by;
        break;
      case 'validating':
        this.validating += by;
        break;
      case 'resetting':
        this.resetting += by;
        break;
      case 'destroying':
        this.destroying += by;
        break;
      case 'gone':
        break;
    }
  }
}
