import zlib from 'node:zlib';

/** How messages may be compressed. `zstd` needs Node 22.15 or newer. */
export type Compression = 'gzip' | 'zstd' | 'none';

interface Zstd {
  readonly zstdCompressSync?: (plain: Uint8Array) => Buffer;
  readonly zstdDecompressSync?: (bytes: Uint8Array, limits: zlib.ZlibOptions) => Buffer;
}

const { zstdCompressSync, zstdDecompressSync } = zlib as Zstd;
const hasZstd = zstdCompressSync !== undefined && zstdDecompressSync !== undefined;

/** The compressions that this Node knows. */
export const COMPRESSIONS: readonly Compression[] = hasZstd
  ? ['none', 'gzip', 'zstd']
  : ['none', 'gzip'];

/** What the header `grpc-accept-encoding` says. */
export function acceptedBy(compression: Compression): string {
  return compression === 'none' ? 'identity' : `${compression},identity`;
}

/** @throws what the decompression throws; or an error that says what is not understood */
export function decompressed(
  encoding: string,
  message: Uint8Array,
  limitBytes: number,
): Uint8Array {
  const limits = { maxOutputLength: limitBytes };
  if (encoding === 'gzip') return zlib.gunzipSync(message, limits);
  if (encoding === 'zstd' && zstdDecompressSync !== undefined) {
    return zstdDecompressSync(message, limits);
  }
  throw new Error(
    `the server compresses with ${encoding}, which is not understood here; it was asked for less`,
  );
}

/** @throws TypeError where this Node does not know the compression */
export function compressed(
  compression: Exclude<Compression, 'none'>,
  plain: Uint8Array,
): Uint8Array {
  if (compression === 'gzip') return zlib.gzipSync(plain);
  if (zstdCompressSync === undefined) throw new TypeError('this Node has no zstd; 22.15 has');
  return zstdCompressSync(plain);
}
