import type { Gateway } from './gateway.js';

/** How often the same slot is asked for in vain before it is given up. */
export const SAME_SLOT_FAILURES = 3;

/**
 * Where to begin again after a cut: behind the last slot whose updates are all handled. Before there is one, with the
 * first slot that came.
 */
export class Checkpoint {
  readonly #gateway: Gateway;
  #first: bigint | undefined;
  #notBefore = 0n;
  #newest = -1;
  #asked: bigint | undefined;
  #failures = 0;

  constructor(gateway: Gateway, from: bigint | undefined) {
    this.#gateway = gateway;
    this.#first = from;
  }

  /** The slot to ask for; `undefined` when nothing has come yet. */
  next(): bigint | undefined {
    const handled = this.#gateway.handledUpTo;
    const slot = handled < 0 ? this.#first : BigInt(handled) + 1n;
    return slot === undefined || slot >= this.#notBefore ? slot : this.#notBefore;
  }

  /** Something other than a status has come of this slot. */
  sawFirst(slot: number): void {
    const seen = BigInt(slot);
    if (this.#first === undefined || seen < this.#first) this.#first = seen;
  }

  /** The highest slot of which anything has come, over whatever connection; -1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  sawNewest(slot: number): void {
    if (slot > this.#newest) this.#newest = slot;
  }

  /** The slots before this one are not to be had any more. */
  skipTo(slot: bigint): void {
    if (slot > this.#notBefore) this.#notBefore = slot;
  }

  /** A subscription from this slot brought nothing new. True: it should not be asked for any more. */
  failed(slot: bigint | undefined): boolean {
    if (slot === undefined) return false;
    this.#failures = slot === this.#asked ? this.#failures + 1 : 1;
    this.#asked = slot;
    return this.#failures >= SAME_SLOT_FAILURES;
  }

  /** A subscription brought something new. */
  succeeded(): void {
    this.#asked = undefined;
    this.#failures = 0;
  }
}
