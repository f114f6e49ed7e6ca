import { newSlots, type SharedSlots } from './layout.js';

/**
 * Shared memory of workers that have ended, for the next ones: the collector is slow to see that a small object holds
 * a megabyte, so a pool that has to end many workers would else grow for no reason.
 */
export class SlotShelf {
  readonly #slotBytes: number;
  readonly #free: SharedSlots[] = [];

  constructor(slotBytes: number) {
    this.#slotBytes = slotBytes;
  }

  take(): SharedSlots {
    return this.#free.pop() ?? newSlots(this.#slotBytes);
  }

  /** Only after the thread has ended: until then it may write. */
  giveBack(slots: SharedSlots): void {
    new Int32Array(slots.control).fill(0);
    new Float64Array(slots.counters).fill(0);
    this.#free.push(slots);
  }
}
