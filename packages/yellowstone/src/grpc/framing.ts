import { decompressed } from './compression.js';

const HEADER_BYTES = 5;
const PLAIN = 0;
const COMPRESSED = 1;

/** Why a message was left out; the stream goes on with the next one. */
export type FrameFault =
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limitBytes: number }
  | { readonly kind: 'flags'; readonly flags: number }
  | { readonly kind: 'compression'; readonly cause: unknown };

/** The bytes cannot be the beginning of a message: the stream is out of step and of no use any more. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
  readonly code = 'ERR_YELLOWSTONE_FRAMING';
}

/** Who gets what a splitter finds. A message is a view of the chunk it lay in, unless it lay in several. */
export interface FrameListener {
  onMessage(message: Uint8Array): void;
  onFault(fault: FrameFault): void;
}

/**
 * Cuts a byte stream into the length-prefixed messages of gRPC, wherever the chunks end. Copies only messages that
 * lie in more than one chunk, and holds no more of one than has arrived.
 */
export class FrameSplitter {
  readonly #limitBytes: number;
  readonly #listener: FrameListener;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerHas = 0;
  #flags = 0;
  /** Bytes of the current message that are still to come; -1 while its header is being read. */
  #missing = -1;
  #skipping = false;
  #parts: Uint8Array[] = [];
  /** What compressed messages are compressed with: the header `grpc-encoding`. */
  encoding = 'gzip';

  constructor(limitBytes: number, listener: FrameListener) {
    this.#limitBytes = limitBytes;
    this.#listener = listener;
  }

  /** Whether the stream may end here. */
  get atBoundary(): boolean {
    return this.#missing === -1 && this.#headerHas === 0;
  }

  /**
   * Takes the next bytes.
   * @throws FramingError when they are out of step
   */
  push(chunk: Uint8Array): void {
    const { length } = chunk;
    let at = 0;
    while (at < length || this.#missing === 0) {
      if (this.#missing === -1) {
        at = this.#readHeader(chunk, at);
        continue;
      }
      const take = Math.min(this.#missing, length - at);
      const part = chunk.subarray(at, at + take);
      at += take;
      this.#missing -= take;
      if (this.#missing > 0) {
        if (!this.#skipping) this.#parts.push(part);
      } else this.#finish(part);
    }
  }

  #readHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    if (this.#headerHas === 0 && chunk.length - at >= HEADER_BYTES) {
      this.#begin(chunk, at);
      return at + HEADER_BYTES;
    }
    while (at < chunk.length && this.#headerHas < HEADER_BYTES) {
      this.#header[this.#headerHas++] = chunk[at++] as number;
    }
    if (this.#headerHas === HEADER_BYTES) {
      this.#headerHas = 0;
      this.#begin(this.#header, 0);
    }
    return at;
  }

  #begin(bytes: Uint8Array, at: number): void {
    const flags = bytes[at] as number;
    const length =
      (bytes[at + 1] as number) * 0x1000000 +
      (((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 8) |
        (bytes[at + 4] as number));
    const badFlags = flags !== PLAIN && flags !== COMPRESSED;
    const tooLarge = length > this.#limitBytes;
    if (badFlags && tooLarge) {
      throw new FramingError(
        `a message with flags ${flags} and ${length} bytes: the stream is out of step`,
      );
    }
    this.#flags = flags;
    this.#missing = length;
    this.#skipping = badFlags || tooLarge;
    if (badFlags) this.#listener.onFault({ kind: 'flags', flags });
    else if (tooLarge) {
      this.#listener.onFault({ kind: 'too-large', bytes: length, limitBytes: this.#limitBytes });
    }
  }

  #finish(last: Uint8Array): void {
    this.#missing = -1;
    if (this.#skipping) return;
    let message = last;
    if (this.#parts.length > 0) {
      this.#parts.push(last);
      message = Buffer.concat(this.#parts);
      this.#parts = [];
    }
    if (this.#flags === PLAIN) this.#listener.onMessage(message);
    else this.#decompress(message);
  }

  #decompress(message: Uint8Array): void {
    let plain: Uint8Array;
    try {
      plain = decompressed(this.encoding, message, this.#limitBytes);
    } catch (cause) {
      this.#listener.onFault({ kind: 'compression', cause });
      return;
    }
    this.#listener.onMessage(plain);
  }
}

/** A message with its header. */
export function framed(message: Uint8Array, flags: 0 | 1 = PLAIN): Buffer {
  const result = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  result[0] = flags;
  result.writeUInt32BE(message.length, 1);
  result.set(message, HEADER_BYTES);
  return result;
}
