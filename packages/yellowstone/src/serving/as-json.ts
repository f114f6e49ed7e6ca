/** A value as JSON, which knows no bytes and no whole numbers of 64 bits: bytes are base64, such numbers texts. */
export function asJson(value: unknown): string {
  // Nothing at all is no JSON either.
  return value === undefined ? 'null' : JSON.stringify(value, replaced);
}

/** By `this`, because `toJSON` of a Buffer has been called before. */
function replaced(this: Readonly<Record<string, unknown>>, key: string, given: unknown): unknown {
  const own = this[key];
  if (typeof own === 'bigint') return String(own);
  if (!(own instanceof Uint8Array)) return given;
  return Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString('base64');
}
