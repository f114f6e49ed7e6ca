/** A value as JSON, which knows no bytes and no whole numbers of 64 bits: bytes are base64, such numbers texts. */
export function asJson(value: unknown): string {
  // `this`, because `toJSON` of a Buffer has been called before this sees it.
  return (
    JSON.stringify(value, function replaced(this: Record<string, unknown>, key, given: unknown) {
      const own = this[key];
      if (typeof own === 'bigint') return String(own);
      if (!(own instanceof Uint8Array)) return given;
      return Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString('base64');
    }) ?? 'null'
  );
}
