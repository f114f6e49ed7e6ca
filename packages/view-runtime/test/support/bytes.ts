export const bytes = (text: string): Uint8Array => Buffer.from(text);
export const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();
export const hex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('hex');

/** A hash that tells which block it is, and on which branch. */
export function hashFor(height: number, branch = 0): Uint8Array {
  const hash = Buffer.alloc(32);
  hash.writeUInt32BE(branch, 24);
  hash.writeUInt32BE(height, 28);
  return hash;
}

export const entry = (key: string, value: string): { key: Uint8Array; value: Uint8Array } => ({
  key: bytes(key),
  value: bytes(value),
});

/** What block `height` of a made-up chain writes: every key again, each value naming the height. */
export const entriesOf = (height: number): { key: Uint8Array; value: Uint8Array }[] =>
  Array.from({ length: 200 }, (_, index) => entry(`key ${index}`, `${index} at ${height}`));
