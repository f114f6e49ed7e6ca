/** The bytes are not what the protobuf wire format allows. `at` is the offset. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code = 'ERR_YELLOWSTONE_WIRE';
  readonly at: number;

  constructor(what: string, at: number) {
    super(`malformed protobuf at byte ${at}: ${what}`);
    this.at = at;
  }
}

/** The wire types in use; groups (3 and 4) are not. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

/**
 * Walks over the fields of a message without making anything. One reader serves many messages: see {@link over}.
 * Numbers beyond 2^53 come out inexact; what is exact in them does not matter to those who walk.
 */
export class WireReader {
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;

  /** Goes to the part of `bytes` from `at` to `end`. */
  over(bytes: Uint8Array, at: number, end: number): this {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    return this;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** The next field: number × 8 + wire type. */
  tag(): number {
    const tag = this.varint();
    if (tag < 8 || tag > 0xffffffff) throw new WireError('a tag of no field', this.at);
    return tag;
  }

  varint(): number {
    const { bytes, end } = this;
    let { at } = this;
    if (at >= end) throw new WireError('the message ends within a number', at);
    let byte = bytes[at++] as number;
    if (byte < 0x80) {
      this.at = at;
      return byte;
    }
    let value = byte & 0x7f;
    let scale = 0x80;
    for (let count = 1; count < 10; count++) {
      if (at >= end) throw new WireError('the message ends within a number', at);
      byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.at = at;
        return value;
      }
      scale *= 0x80;
    }
    throw new WireError('a number of more than ten bytes', at);
  }

  /** A number of 64 bits, exact. */
  varint64(): bigint {
    const from = this.at;
    const near = this.varint();
    if (near <= Number.MAX_SAFE_INTEGER) return BigInt(near);
    let value = 0n;
    for (let at = this.at - 1; at >= from; at--) {
      value = (value << 7n) | BigInt((this.bytes[at] as number) & 0x7f);
    }
    return BigInt.asUintN(64, value);
  }

  /** Enters a length-delimited field: returns where it ends, and stands at its first byte. */
  lengthEnd(): number {
    const length = this.varint();
    const to = this.at + length;
    if (to > this.end) throw new WireError(`${length} bytes announced, fewer are left`, this.at);
    return to;
  }

  /** A view of the bytes of a length-delimited field. */
  view(): Uint8Array {
    const to = this.lengthEnd();
    const view = this.bytes.subarray(this.at, to);
    this.at = to;
    return view;
  }

  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint();
        return;
      case LENGTH:
        this.at = this.lengthEnd();
        return;
      case FIXED64:
        this.forward(8);
        return;
      case FIXED32:
        this.forward(4);
        return;
      default:
        throw new WireError(`wire type ${tag & 7}`, this.at);
    }
  }

  private forward(count: number): void {
    if (this.at + count > this.end)
      throw new WireError('the message ends within a number', this.at);
    this.at += count;
  }
}

const EMPTY = new Uint8Array(0);
