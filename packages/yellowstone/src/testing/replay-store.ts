import type { ChainMessage } from './chain-message.js';

const FINALIZED = 2;

/** What a server keeps for those who come back: the messages of the last slots, in the order in which they came. */
export class ReplayStore {
  readonly #slots: number;
  #messages: ChainMessage[] = [];
  #newest = 0;
  #oldest = Number.POSITIVE_INFINITY;

  /** @param slots how many; 0 keeps nothing */
  constructor(slots: number) {
    this.#slots = slots;
  }

  /** The oldest slot that a client may ask for; `undefined` while there is none. */
  get firstAvailable(): number | undefined {
    return this.#messages.length === 0 ? undefined : this.#oldest;
  }

  add(message: ChainMessage): void {
    if (this.#slots === 0) return;
    this.#messages.push(message);
    this.#oldest = Math.min(this.#oldest, message.slot);
    if (message.slot <= this.#newest) return;
    this.#newest = message.slot;
    const least = this.#newest - this.#slots + 1;
    if (this.#oldest >= least) return;
    this.#messages = this.#messages.filter(({ slot }) => slot >= least);
    this.#oldest = least;
  }

  /** Everything of this slot and later ones. */
  from(slot: number): readonly ChainMessage[] {
    return this.#messages.filter((message) => message.slot >= slot);
  }

  /** What belongs to the content of one slot: statuses are about it, not in it. */
  contentOf(slot: number): readonly ChainMessage[] {
    return this.#messages.filter((message) => message.slot === slot && message.kind !== 'slot');
  }

  /** The highest of the three statuses that commitments ask for; -1 before the first. */
  statusOf(slot: number): number {
    let highest = -1;
    for (const { kind, slot: of, update } of this.#messages) {
      if (kind !== 'slot' || of !== slot || update.case !== 'slot') continue;
      if (update.value.status <= FINALIZED) highest = Math.max(highest, update.value.status);
    }
    return highest;
  }
}
