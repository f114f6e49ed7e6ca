import { ChainMessage } from './chain-message.js';

const LENGTH_BYTES = 4;

/**
 * The messages of a capture: `SubscribeUpdate`s, each behind its length as 32 bits, high byte first.
 * @throws RangeError when the capture ends within a message
 */
export function* readCapture(capture: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  let at = 0;
  while (at < capture.length) {
    const from = at + LENGTH_BYTES;
    const to = from <= capture.length ? from + view.getUint32(at) : Number.POSITIVE_INFINITY;
    if (to > capture.length) throw new RangeError(`the capture ends within the message at ${at}`);
    yield capture.subarray(from, to);
    at = to;
  }
}

/** A capture of messages. */
export function writeCapture(messages: Iterable<Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const message of messages) {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(message.length);
    parts.push(length, message);
  }
  return Buffer.concat(parts);
}

/** The messages of a capture as things that happened on a chain. */
export function capturedChain(capture: Uint8Array): ChainMessage[] {
  return Array.from(readCapture(capture), (message) => new ChainMessage(message));
}
