import { WireError } from '../wire/reader.js';

/** No block has so many transactions or entries; an index beyond it is not one. */
const MOST = 1 << 20;
const FIRST = 64;

/**
 * What stood at each index: 64 bits of a hash or signature, in a flat array. Two different ones agree in these bits
 * once in 2^64.
 */
export class Fingerprints {
  #words = EMPTY;

  /** `other`: something else stood at this index. */
  add(index: number, id: Uint8Array): 'new' | 'duplicate' | 'other' {
    if (index >= MOST) throw new WireError(`index ${index} of a block`, 0);
    const at = index * 2;
    if (at >= this.#words.length) this.#grow(at);
    const words = this.#words;
    const high = word(id, 0);
    // Zero means that nothing was there.
    const low = word(id, 4) || 1;
    if (words[at + 1] === 0) {
      words[at] = high;
      words[at + 1] = low;
      return 'new';
    }
    return words[at] === high && words[at + 1] === low ? 'duplicate' : 'other';
  }

  #grow(at: number): void {
    let size = Math.max(FIRST, this.#words.length);
    while (size <= at) size *= 2;
    const grown = new Uint32Array(size);
    grown.set(this.#words);
    this.#words = grown;
  }
}

const EMPTY = new Uint32Array(0);

function word(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}
