import type { Strategy } from '../contract/options.js';
import { extrasOf, type Slot } from './slot.js';

/** Resources on loan that can take further leases. Empty for ever in a pool with `concurrency` 1. */
export class SharedSlots<T> {
  readonly #open = new Set<Slot<T>>();
  readonly #concurrency: number;
  readonly #takesTurns: boolean;

  constructor(concurrency: number, strategy: Strategy<T>) {
    this.#concurrency = concurrency;
    this.#takesTurns = strategy === 'round-robin';
  }

  /** Whether resources of this pool are shared at all. */
  get sharing(): boolean {
    return this.#concurrency > 1;
  }

  /** The one to lend next: in turns for `round-robin`, else the one with the fewest leases. */
  pick(fits?: (slot: Slot<T>) => boolean): Slot<T> | undefined {
    let best: Slot<T> | undefined;
    for (const slot of this.#open) {
      if (fits !== undefined && !fits(slot)) continue;
      if (this.#takesTurns) return slot;
      if (best === undefined || extrasOf(slot).leases < extrasOf(best).leases) best = slot;
    }
    return best;
  }

  /** Writes down one more lease on a slot. */
  addLease(slot: Slot<T>, exclusive: boolean): void {
    const extras = extrasOf(slot);
    extras.leases++;
    extras.exclusive = exclusive;
    this.#open.delete(slot);
    this.#reopen(slot);
  }

  /** Writes down one lease less; the number of those left. */
  removeLease(slot: Slot<T>): number {
    const extras = extrasOf(slot);
    extras.leases--;
    extras.exclusive = false;
    if (extras.leases === 0) this.#open.delete(slot);
    else this.#reopen(slot);
    return extras.leases;
  }

  /** A slot that must not be lent again. */
  close(slot: Slot<T>): void {
    this.#open.delete(slot);
  }

  #reopen(slot: Slot<T>): void {
    const { doom, exclusive, leases } = extrasOf(slot);
    if (doom === undefined && !exclusive && leases < this.#concurrency) this.#open.add(slot);
  }
}
