import { Chain } from './chain.js';
import type { Slot } from './slot.js';
import { assertMove, indexOfState, type SlotState, STATE_NAMES } from './state.js';

const IDLE = STATE_NAMES.indexOf('idle');
const LEASED = STATE_NAMES.indexOf('leased');

/**
 * The one owner of all counts: `size` is the sum of the states after every step. Slots in between (neither idle, nor
 * leased, nor gone) are also listed here as `busy`; idle ones are on the shelf.
 */
export class Ledger<T> {
  /** Slots that hold, or are about to hold, a resource; never more than `max`. */
  size = 0;
  peakLeased = 0;
  readonly busy: Chain<T> = new Chain<T>();
  /** By the index of the state. */
  readonly #counts: number[] = STATE_NAMES.map(() => 0);

  get creating(): number {
    return this.#count('creating');
  }
  get validating(): number {
    return this.#count('validating');
  }
  get idle(): number {
    return this.#counts[IDLE] as number;
  }
  get leased(): number {
    return this.#counts[LEASED] as number;
  }
  get resetting(): number {
    return this.#count('resetting');
  }
  get destroying(): number {
    return this.#count('destroying');
  }

  /** A new slot begins its life. */
  enter(slot: Slot<T>): void {
    this.#add(indexOfState('creating'), 1);
    this.size++;
    this.busy.addLast(slot);
  }

  /** The hot half of `move`: from the shelf to a borrower. The slot has been taken off the shelf. */
  lend(slot: Slot<T>): void {
    if (slot.state !== 'idle') assertMove(slot.state, 'leased');
    this.#add(IDLE, -1);
    this.#add(LEASED, 1);
    if (this.leased > this.peakLeased) this.peakLeased = this.leased;
    slot.state = 'leased';
  }

  /** The other hot half: from a borrower back to the shelf. The caller puts the slot on the shelf. */
  shelve(slot: Slot<T>): void {
    if (slot.state !== 'leased') assertMove(slot.state, 'idle');
    this.#add(LEASED, -1);
    this.#add(IDLE, 1);
    slot.state = 'idle';
  }

  /** Any other move. A slot that was idle has been taken off the shelf by the caller. */
  move(slot: Slot<T>, to: SlotState): void {
    const from = slot.state;
    assertMove(from, to);
    if (from !== 'leased' && from !== 'idle') this.busy.remove(slot);
    this.#add(indexOfState(from), -1);
    slot.state = to;
    if (to === 'gone') {
      this.size--;
      return;
    }
    this.#add(indexOfState(to), 1);
    if (to === 'leased') {
      if (this.leased > this.peakLeased) this.peakLeased = this.leased;
    } else if (to !== 'idle') this.busy.addLast(slot);
  }

  /** The sum of all states; equals `size` unless the pool has a bug. */
  get sum(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  #count(state: SlotState): number {
    return this.#counts[indexOfState(state)] as number;
  }

  #add(index: number, by: number): void {
    this.#counts[index] = (this.#counts[index] as number) + by;
  }
}
