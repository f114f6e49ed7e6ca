import type { Block } from '../../src/index.js';
import { hashFor } from './bytes.js';

/** A block whose indexing writes these keys and values. */
export function writing(
  height: number,
  writes: Readonly<Record<string, string>>,
  branch = 0,
): Block {
  const parts = [Buffer.from('set!')];
  for (const word of Object.entries(writes).flat()) {
    const bytes = Buffer.from(word);
    parts.push(Buffer.of(bytes.length), bytes);
  }
  return { height, hash: hashFor(height, branch), bytes: Buffer.concat(parts) };
}

/** A block that is an order to the indexer: `bop!` traps, `shy!` returns without a flush. */
export function order(height: number, word: string, number = 0): Block {
  return { height, hash: hashFor(height), bytes: Buffer.concat([Buffer.from(word), u32(number)]) };
}

export function u32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

export const numberOf = (bytes: Uint8Array): number => Buffer.from(bytes).readUInt32LE();
export const nothing: Uint8Array = new Uint8Array(0);
