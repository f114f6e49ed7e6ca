import type { Peek } from '../wire/peek.js';
import { WireReader } from '../wire/reader.js';

/** Slots that are left behind without ever being finalized: forks, and servers that stopped telling. */
const OVERTAKEN_SLOTS = 128;
const FINALIZED = 2;

/**
 * Up to which slot one subscription has brought everything. A slot is whole when block metas have come of slots
 * `marginSlots` above it; where pipelines want all statuses, when slots that far above are final.
 */
export class Progress {
  readonly #marginSlots: number;
  readonly #allStatuses: boolean;
  readonly #reader = new WireReader();
  #top = -1;
  #finalized = -1;
  #frontier = -1;
  #first: number | undefined;

  /** @param from the first slot that was asked for, if one was */
  constructor(marginSlots: number, allStatuses: boolean, from?: bigint) {
    this.#marginSlots = marginSlots;
    this.#allStatuses = allStatuses;
    this.#frontier = from === undefined ? -1 : Number(from) - 1;
  }

  /** The last whole slot; -1 before the first. */
  get frontier(): number {
    return this.#frontier;
  }

  /** The highest slot that was seen; -1 before the first. */
  get top(): number {
    return this.#top;
  }

  /** The lowest slot of which something other than a status has come. */
  get first(): number | undefined {
    return this.#first;
  }

  /** True when the frontier has moved. */
  observe(peek: Peek, frame: Uint8Array): boolean {
    const { kind, slot } = peek;
    if (slot > this.#top && kind !== 'slot') this.#top = slot;
    if (kind === 'slot') {
      if (!this.#allStatuses || slot <= this.#finalized) return false;
      if (statusIn(this.#reader.over(frame, peek.start, peek.end)) !== FINALIZED) return false;
      this.#finalized = slot;
      return this.#advance(slot - this.#marginSlots);
    }
    if (this.#first === undefined || slot < this.#first) this.#first = slot;
    if (kind !== 'blockMeta' && kind !== 'block') return false;
    return this.#advance(slot - (this.#allStatuses ? OVERTAKEN_SLOTS : this.#marginSlots));
  }

  #advance(slot: number): boolean {
    if (slot <= this.#frontier || (this.#first !== undefined && slot < this.#first)) return false;
    this.#frontier = slot;
    return true;
  }
}

function statusIn(reader: WireReader): number {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 3 * 8) return reader.varint();
    reader.skip(tag);
  }
  return 0;
}
