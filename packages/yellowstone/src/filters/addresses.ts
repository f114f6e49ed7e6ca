import base58 from 'bs58';

/** An address as people write it. */
export function addressOf(key: Uint8Array): string {
  return base58.encode(key);
}

/** The 32 bytes of an address, or undefined when the text is none. */
export function keyOf(address: string): Uint8Array | undefined {
  const bytes = base58.decodeUnsafe(address);
  return bytes?.length === 32 ? bytes : undefined;
}
