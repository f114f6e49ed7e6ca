/** Whether bytes that were given back are overwritten, so that whoever still reads them notices. */
export type Poisoning = { state: 'off' | 'on' };

/** What a poisoned byte is. */
export const POISON = 0xdd;

/** A piece of memory that is cut into pieces from its beginning to its end, and used again as a whole. */
export class Slab {
  readonly #bytes: Uint8Array;
  readonly #poisoning: Poisoning;
  #used = 0;

  constructor(sizeBytes: number, poisoning: Poisoning) {
    // Not from Node's own slabs, so that no other buffer shares the memory.
    this.#bytes = new Uint8Array(new ArrayBuffer(sizeBytes));
    this.#poisoning = poisoning;
  }

  /** Bytes in all. */
  get size(): number {
    return this.#bytes.byteLength;
  }

  /** Bytes that are left. */
  get room(): number {
    return this.#bytes.byteLength - this.#used;
  }

  /** The next `length` bytes, whatever they hold; `undefined` when there is no room for them. */
  take(length: number): Uint8Array | undefined {
    if (length > this.room) return undefined;
    const from = this.#used;
    this.#used += length;
    return this.#bytes.subarray(from, this.#used);
  }

  /** A copy of `bytes` in this slab; `undefined` when there is no room for it. */
  copy(bytes: Uint8Array): Uint8Array | undefined {
    const piece = this.take(bytes.byteLength);
    piece?.set(bytes);
    return piece;
  }

  /** Begins anew. Pieces that were taken must not be used any more. */
  reset(): void {
    if (this.#poisoning.state === 'on') this.#bytes.fill(POISON, 0, this.#used);
    this.#used = 0;
  }

  memoryBytes(): number {
    return this.#bytes.byteLength;
  }
}
