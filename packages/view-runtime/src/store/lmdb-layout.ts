import { hash } from 'node:crypto';

/**
 * How an index lies in lmdb:
 *
 * ```
 * F                                    name of this layout
 * M                                    tip, epoch, reorganisations, fork height
 * B height                             state root (32), block hash
 * L name                               newest height, newest value
 * V length(name) name height           a value that a newer one took the place of
 * C height number                      names written at that height, in pieces
 * S                                    number of keys, number of values
 * ```
 *
 * A name is a space (`d` data of the guest, `n` nodes of the Merkle tree), then the key. A read at the tip, which is
 * what nearly all reads are, costs one lookup; a read of the past costs a second one. Heights are big-endian, so the
 * values of a key lie in the order of their heights.
 */
export const LAYOUT = 'rockpool views 1';

/** What a name belongs to. */
export type Space = 'd' | 'n';

const LONGEST_PLAIN_KEY = 512;

/** The name of a key. A long key is named by its hash: lmdb's own keys end at 1,978 bytes. */
export function nameOf(space: Space, key: Uint8Array): Buffer {
  const plain = key.length <= LONGEST_PLAIN_KEY;
  const body = plain ? key : hash('sha256', key, 'buffer');
  const name = Buffer.allocUnsafe(2 + body.length);
  name[0] = space.charCodeAt(0);
  name[1] = plain ? 0 : 1;
  name.set(body, 2);
  return name;
}

export const FORMAT_KEY: Buffer = Buffer.from('F');
export const MARK_KEY: Buffer = Buffer.from('M');
export const SIZES_KEY: Buffer = Buffer.from('S');

export function newestKey(name: Buffer): Buffer {
  const key = Buffer.allocUnsafe(1 + name.length);
  key[0] = 0x4c;
  key.set(name, 1);
  return key;
}

/** Without a height: what all values of the name begin with. */
export function olderKey(name: Buffer, height?: number): Buffer {
  const key = Buffer.allocUnsafe(3 + name.length + (height === undefined ? 0 : 4));
  key[0] = 0x56;
  key.writeUInt16BE(name.length, 1);
  key.set(name, 3);
  if (height !== undefined) key.writeUInt32BE(height, 3 + name.length);
  return key;
}

export function heightOfOlderKey(key: Buffer): number {
  return key.readUInt32BE(key.length - 4);
}

export function blockKey(height: number): Buffer {
  return numbered(0x42, height);
}

export function changesKey(height: number, piece: number): Buffer {
  return numbered(0x43, height, piece);
}

/** The names of one height as values of at most about 64 KiB. */
export function* packNames(names: Iterable<Buffer>): Generator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for (const name of names) {
    const head = Buffer.allocUnsafe(2);
    head.writeUInt16BE(name.length);
    parts.push(head, name);
    length += 2 + name.length;
    if (length < 65_536) continue;
    yield Buffer.concat(parts);
    parts = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(parts);
}

export function* unpackNames(piece: Buffer): Generator<Buffer> {
  for (let at = 0; at < piece.length; ) {
    const end = at + 2 + piece.readUInt16BE(at);
    yield piece.subarray(at + 2, end);
    at = end;
  }
}

function numbered(tag: number, ...numbers: readonly number[]): Buffer {
  const key = Buffer.allocUnsafe(1 + 4 * numbers.length);
  key[0] = tag;
  numbers.forEach((number, index) => {
    key.writeUInt32BE(number, 1 + 4 * index);
  });
  return key;
}
