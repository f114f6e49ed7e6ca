/**
 * The bytes of a guest's buffer. `pointer` is that of the data; the length stands in the four bytes before it, as in
 * an ArrayBuffer of AssemblyScript. `undefined` when it does not lie within the memory. A view, not a copy: it is good
 * until the guest runs again.
 */
export function bufferAt(memory: Uint8Array, pointer: number): Uint8Array | undefined {
  const start = pointer >>> 0;
  if (start < 4 || start > memory.length) return undefined;
  const length = readU32(memory, start - 4);
  if (start + length > memory.length) return undefined;
  return memory.subarray(start, start + length);
}

/** Little-endian, as everything in WebAssembly. */
export function readU32(bytes: Uint8Array, at: number): number {
  // Not by a DataView: one would be made for each buffer that is looked at.
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
