import { blockHashOf } from '../../src/index.js';

/** A block of Bitcoin as far as an index can tell: a header that names the block before it, and a body. */
export function bitcoinBlock(previous: Uint8Array | undefined, salt: string): Uint8Array {
  const header = Buffer.alloc(80);
  header.writeUInt32LE(2, 0);
  if (previous !== undefined) header.set(Buffer.from(blockHashOf(previous)).reverse(), 4);
  header.write(salt.slice(0, 32), 36);
  return Buffer.concat([header, Buffer.of(3), Buffer.from(`three transactions of ${salt}`)]);
}

/** `length` blocks, one after the other, the first of them after `from`. */
export function bitcoinChain(length: number, salt: string, from?: Uint8Array): Uint8Array[] {
  const chain: Uint8Array[] = [];
  for (let i = 0; i < length; i++) chain.push(bitcoinBlock(chain.at(-1) ?? from, `${salt} ${i}`));
  return chain;
}
