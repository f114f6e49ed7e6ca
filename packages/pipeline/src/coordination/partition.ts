import type { Key, Update } from '../contract/update.js';

/** Partitions of a group whose size was not set. Never change it for a group that has checkpoints. */
export const PARTITIONS = 64;

/** The partition of an update, from 0 on. */
export type Partitioner<In extends Update = Update> = (update: In) => number;

/**
 * Partitions by a key, such as a program or an account: all updates of one key come to one partition. The same key
 * comes to the same partition on every machine and in every version.
 *
 * @example
 * const byProgram = byKey((update: InstructionUpdate) => update.program);
 */
export function byKey<In extends Update = Update>(
  key: (update: In) => Key | Uint8Array,
  partitions: number = PARTITIONS,
): Partitioner<In> {
  return (update) => partitionOf(key(update), partitions);
}

/** The partition of a key. Numbers and bigints count as their decimal text. */
export function partitionOf(key: Key | Uint8Array, partitions: number = PARTITIONS): number {
  const bytes = key instanceof Uint8Array ? key : ENCODER.encode(String(key));
  return hashOf(bytes) % partitions;
}

const ENCODER = new TextEncoder();

/** FNV-1a of 32 bits, with the last step of MurmurHash3: FNV alone leaves patterns in its low bits. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
