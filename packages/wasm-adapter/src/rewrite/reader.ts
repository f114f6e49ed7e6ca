import { RewriteError } from './errors.js';

/**
 * Reads the WebAssembly binary format. Every read is checked against the end of the window, so a truncated or hostile
 * file gives a {@link RewriteError} with an offset, never a wrong number.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  peek(): number {
    if (this.position >= this.end) throw this.#truncated('a byte');
    return this.bytes[this.position] as number;
  }

  byte(): number {
    const { position } = this;
    if (position >= this.end) throw this.#truncated('a byte');
    this.position = position + 1;
    return this.bytes[position] as number;
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    const { bytes, position } = this;
    const first = bytes[position] as number;
    if (first < 0x80 && position < this.end) {
      this.position = position + 1;
      return first;
    }
    return this.#longU32();
  }

  #longU32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result >>> 0;
    }
    throw new RewriteError('malformed', 'a number does not fit 32 bits', { offset: this.position });
  }

  /** Passes over a LEB128 of up to 64 bits without decoding it. */
  skipLeb(): void {
    const { position } = this;
    if (position < this.end && (this.bytes[position] as number) < 0x80) {
      this.position = position + 1;
      return;
    }
    this.#skipLongLeb();
  }

  #skipLongLeb(): void {
    for (let count = 0; count < 10; count += 1) if (this.byte() < 0x80) return;
    throw new RewriteError('malformed', 'a number is longer than 64 bits', {
      offset: this.position,
    });
  }

  skip(count: number): void {
    if (count > this.end - this.position) throw this.#truncated(`${count} bytes`);
    this.position += count;
  }

  name(): string {
    const length = this.u32();
    const start = this.position;
    this.skip(length);
    return decoder.decode(this.bytes.subarray(start, this.position));
  }

  /** A reader over the next `length` bytes; this reader moves past them. */
  window(length: number): ByteReader {
    const start = this.position;
    this.skip(length);
    return new ByteReader(this.bytes, start, this.position);
  }

  slice(start: number, end: number = this.position): Uint8Array {
    return this.bytes.subarray(start, end);
  }

  #truncated(what: string): RewriteError {
    return new RewriteError('malformed', `the file ends where ${what} should be`, {
      offset: this.position,
    });
  }
}

const decoder = new TextDecoder();
