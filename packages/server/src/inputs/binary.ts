/** What a file is that is no page; undefined when it may be one. */
export function formatOf(bytes: Uint8Array): string | undefined {
  const known = signatures.find(([, magic]) => magic.every((byte, at) => bytes[at] === byte));
  if (known !== undefined) return known[0];
  const isUtf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  // Text of any other charset has no zero byte.
  return !isUtf16 && bytes.subarray(0, 8_192).includes(0) ? 'a binary file' : undefined;
}

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['a PDF file', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a JPEG image', [0xff, 0xd8, 0xff]],
  ['a GIF image', [0x47, 0x49, 0x46, 0x38]],
  ['a ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
  ['a gzip archive', [0x1f, 0x8b]],
];
