/** The data of an account or instruction is not laid out as its program does. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError';
  readonly code = 'ERR_YELLOWSTONE_LAYOUT';
}

const KEY_BYTES = 32;

/** Reads fixed layouts: little-endian numbers, keys, and options with a mark before them. */
export class LayoutReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  /** @param what for errors, such as `'a mint'` */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  key(): Uint8Array {
    const at = this.#take(KEY_BYTES);
    return this.#bytes.subarray(at, at + KEY_BYTES);
  }

  /** In accounts: a mark of four bytes, and the place of the value whether it is there or not. */
  option<Value>(read: () => Value): Value | undefined {
    const mark = this.#view.getUint32(this.#take(4), true);
    const value = read();
    return this.#marked(mark, value);
  }

  /** In instructions: a mark of one byte, and the value only where it is there. */
  shortOption<Value>(read: () => Value): Value | undefined {
    const mark = this.u8();
    return mark === 0 ? undefined : this.#marked(mark, read());
  }

  oneOf<Name>(names: readonly Name[]): Name {
    const number = this.u8();
    const name = names[number];
    if (name === undefined)
      throw new LayoutError(`${this.#what}: ${number} is not one of ${names}`);
    return name;
  }

  #marked<Value>(mark: number, value: Value): Value | undefined {
    if (mark > 1) throw new LayoutError(`${this.#what}: an option is marked with ${mark}`);
    return mark === 1 ? value : undefined;
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) {
      throw new LayoutError(`${this.#what} has only ${this.#bytes.length} bytes`);
    }
    this.#at += count;
    return at;
  }
}
