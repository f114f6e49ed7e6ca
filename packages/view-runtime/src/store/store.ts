import type { StateProof } from './sparse-merkle.js';

/** Reads as of a height. */
export interface HeightIndexedReader {
  /**
   * The value that `key` had when the block `height` was the newest: the last one written at or below it;
   * `undefined` if there is none. Heights above the tip read the tip. The bytes belong to the store: do not change
   * them.
   */
  get(key: Uint8Array, height: number): Uint8Array | undefined;
}

/** A moment of a store. Two equal marks mean: nothing was committed or rolled back in between. */
export interface StoreMark {
  /** Height of the last whole block, or `undefined` while the store is empty. */
  readonly tip: number | undefined;
  /** Grows with each commit and each rollback, also across processes and restarts. */
  readonly epoch: number;
  /** Rollbacks so far. */
  readonly reorganisations: number;
  /** The last rollback kept the heights up to this one; `-1` when it kept nothing or there was none. */
  readonly forkHeight: number;
}

/** One key and its new value. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What one block writes. */
export interface BlockWrites {
  /** The tip plus one; any height while the store is empty. */
  readonly height: number;
  /** The hash under which `blockHash` will find the block; 32 bytes for a Bitcoin block. */
  readonly hash: Uint8Array;
  /** In the order of writing: of two values for one key the last wins. */
  readonly entries: readonly KeyValue[];
}

/** What a commit came to. */
export interface CommitReceipt {
  readonly height: number;
  readonly stateRoot: Uint8Array;
  /** Distinct keys written. */
  readonly keys: number;
}

/** Sizes of a store. */
export interface StoreStatistics {
  /** Distinct keys that have a value at the tip. */
  readonly keys: number;
  /** Values at all heights. */
  readonly versions: number;
  /** Bytes on disk, or an estimate of the bytes in memory. */
  readonly sizeBytes: number;
}

/** Where another thread or process finds the same store. */
export interface StoreLocation {
  readonly kind: 'lmdb';
  readonly path: string;
  readonly label: string;
}

/**
 * The port to a store of keys, values and heights. Everything is synchronous, because a WebAssembly guest reads in
 * the middle of a call and cannot wait.
 */
export interface KeyValueStore extends HeightIndexedReader {
  /** Where other threads can open it; `undefined` for a store that only this thread can reach. */
  readonly location: StoreLocation | undefined;
  /**
   * Begins a new snapshot and says what moment it shows. Reads that follow in the same synchronous run see that
   * moment, whatever other threads commit meanwhile.
   */
  mark(): StoreMark;
  /**
   * Writes one block: all of it or nothing.
   * @throws StoreError `ERR_STORE_HEIGHT` when the height does not follow the tip, `ERR_STORE_READ_ONLY`
   */
  commit(block: BlockWrites): CommitReceipt;
  /**
   * Removes every block above `height` with its values, hashes and roots; `-1` empties the store. Returns how many
   * blocks went. A height at or above the tip removes nothing and is no reorganisation.
   * @throws StoreError `ERR_STORE_READ_ONLY`
   */
  rollback(height: number): number;
  blockHash(height: number): Uint8Array | undefined;
  /** Root of the sparse Merkle tree over all keys as of that height; `undefined` for a height that has no block. */
  stateRoot(height: number): Uint8Array | undefined;
  /** Proves against `stateRoot(height)` what `get(key, height)` says, absence included. */
  prove(key: Uint8Array, height: number): StateProof;
  /** Looks at the whole store. */
  statistics(): StoreStatistics;
  close(): Promise<void>;
}

/** A height fits in 32 bits and is not negative. */
export function isHeight(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}
