/**
 * A store that all members see alike, such as a replicated key-value bucket: each change of a key has a revision, and a
 * change that names an old one is refused. An entry that is not written for `leaseMs` disappears by itself.
 */
export interface LeaseStore {
  /** How long an entry lives without being written, in ms. */
  readonly leaseMs: number;
  /** Writes a key that is not there; its revision, or `undefined` when it is there. */
  create(key: string, value: string): Promise<number | undefined>;
  /** Writes a key at this revision; the new one, or `undefined` when it has another or is not there. */
  update(key: string, value: string, revision: number): Promise<number | undefined>;
  /** Writes a key in any case. */
  put(key: string, value: string): Promise<void>;
  /** Removes a key at this revision; nothing happens when it has another. Without one in any case. */
  remove(key: string, revision?: number): Promise<void>;
  /** The values of all keys that begin so, by key. */
  list(prefix: string): Promise<ReadonlyMap<string, string>>;
}

/** A store whose entries stay. */
export interface CheckpointStore {
  /** Writes a position unless a higher one is there. */
  raise(partition: number, position: bigint): Promise<void>;
  read(partition: number): Promise<bigint | undefined>;
}
