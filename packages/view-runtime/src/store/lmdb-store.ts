import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { reasonOf, StoreError } from '../errors.js';
import { checkWritable, lastWins } from './block.js';
import {
  blockKey,
  changesKey,
  FORMAT_KEY,
  heightOfOlderKey,
  LAYOUT,
  MARK_KEY,
  nameOf,
  newestKey,
  olderKey,
  packNames,
  SIZES_KEY,
  unpackNames,
} from './lmdb-layout.js';
import { leafOf, proveKey, putLeaves, type StateProof } from './sparse-merkle.js';
import type {
  BlockWrites,
  CommitReceipt,
  KeyValueStore,
  StoreLocation,
  StoreMark,
  StoreStatistics,
} from './store.js';

/** How to open a store on disk. */
export interface LmdbStoreOptions {
  /** Indexes with different labels lie side by side under one path. Default `'default'`. */
  readonly label?: string | undefined;
  /** `read` needs a store that exists; any number of threads and processes may read. Default `'write'`. */
  readonly access?: 'read' | 'write' | undefined;
}

/**
 * A store on disk, in lmdb. One thread writes; any number of threads and processes read at once, each the last whole
 * block. A process that is killed in the middle of a block leaves the block before it.
 */
export class LmdbStore implements KeyValueStore {
  readonly location: StoreLocation;
  readonly #database: RootDatabase<Buffer, Buffer>;
  readonly #file: string;
  readonly #access: 'read' | 'write';
  #state: 'open' | 'closed' = 'open';
  #lastMark: StoreMark = NOTHING_YET;

  /**
   * @param folder made when it is missing
   * @throws StoreError `ERR_STORE_CORRUPT` when there is something else, or it cannot be opened
   */
  constructor(folder: string, options: LmdbStoreOptions = {}) {
    const { label = 'default', access = 'write' } = options;
    this.location = { kind: 'lmdb', path: path.resolve(folder), label };
    this.#access = access;
    const inside = path.join(this.location.path, folderOf(label));
    this.#file = path.join(inside, 'data.mdb');
    this.#database = openDatabase(inside, access);
    this.#checkFormat();
  }

  get(key: Uint8Array, height: number): Uint8Array | undefined {
    return this.#read(nameOf('d', key), height);
  }

  mark(): StoreMark {
    this.#opened().resetReadTxn();
    return this.#mark();
  }

  commit(block: BlockWrites): CommitReceipt {
    const { height } = block;
    return this.#write(() => {
      const mark = this.#mark();
      checkWritable(height, mark.tip);
      const entries = lastWins(block.entries);
      const writing = new HeightWriter(this.#database, height);
      for (const { key, value } of entries) writing.put(nameOf('d', key), value);
      const stateRoot = putLeaves(
        {
          get: (position) => writing.newest(nameOf('n', position)),
          put: (position, node) => writing.put(nameOf('n', position), node),
        },
        entries.map(({ key, value }) => leafOf(key, value)),
      );
      writing.finish();
      this.#addSizes(writing.newKeys, entries.length);
      this.#database.putSync(blockKey(height), Buffer.concat([stateRoot, block.hash]));
      this.#putMark({ ...mark, tip: height, epoch: mark.epoch + 1 });
      return { height, stateRoot, keys: entries.length };
    });
  }

  rollback(height: number): number {
    return this.#write(() => {
      const mark = this.#mark();
      const { tip } = mark;
      if (tip === undefined || height >= tip) return 0;
      let removed = 0;
      for (let each = tip; each > height && each >= 0 && this.#removeBlock(each); each--) removed++;
      const left = tip - removed;
      const kept = left >= 0 && this.#has(blockKey(left)) ? left : undefined;
      this.#putMark({
        tip: kept,
        epoch: mark.epoch + 1,
        reorganisations: mark.reorganisations + 1,
        forkHeight: kept ?? -1,
      });
      return removed;
    });
  }

  blockHash(height: number): Uint8Array | undefined {
    return this.#opened().get(blockKey(height))?.subarray(32);
  }

  stateRoot(height: number): Uint8Array | undefined {
    return this.#opened().get(blockKey(height))?.subarray(0, 32);
  }

  prove(key: Uint8Array, height: number): StateProof {
    return proveKey({ get: (position) => this.#read(nameOf('n', position), height) }, key);
  }

  statistics(): StoreStatistics {
    const sizes = numbersOf(this.#opened().get(SIZES_KEY), 2);
    return {
      keys: sizes[0] ?? 0,
      versions: sizes[1] ?? 0,
      sizeBytes: statSync(this.#file).size,
    };
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await this.#database.close();
  }

  #read(name: Buffer, height: number): Uint8Array | undefined {
    const database = this.#opened();
    // The fast read lends lmdb's own buffer until the next read: what leaves this method is a copy.
    const newest = database.getBinaryFast(newestKey(name));
    if (newest === undefined) return undefined;
    // Its `length` is that of the value, but its own methods take it for longer.
    const { length } = newest;
    if (newest.readUInt32BE(0) <= height) return copyOf(newest, 4, length);
    const range = { start: olderKey(name, height), end: olderKey(name), reverse: true, limit: 1 };
    for (const { value } of database.getRange(range)) return copyOf(value, 0, value.length);
    return undefined;
  }

  #removeBlock(height: number): boolean {
    if (!this.#has(blockKey(height))) return false;
    let keys = 0;
    let versions = 0;
    for (let piece = 0; ; piece++) {
      const key = changesKey(height, piece);
      const names = this.#database.get(key);
      if (names === undefined) break;
      for (const name of unpackNames(names)) {
        const gone = this.#removeNewest(name);
        if (name[0] !== DATA_SPACE) continue;
        versions++;
        if (gone) keys++;
      }
      this.#database.removeSync(key);
    }
    this.#addSizes(-keys, -versions);
    this.#database.removeSync(blockKey(height));
    return true;
  }

  /** Puts the value before the newest one in its place; true when there was none. */
  #removeNewest(name: Buffer): boolean {
    const range = {
      start: olderKey(name, 0xffff_ffff),
      end: olderKey(name),
      reverse: true,
      limit: 1,
    };
    for (const { key, value } of this.#database.getRange(range)) {
      this.#database.putSync(newestKey(name), withHeight(heightOfOlderKey(key), value));
      this.#database.removeSync(key);
      return false;
    }
    this.#database.removeSync(newestKey(name));
    return true;
  }

  #mark(): StoreMark {
    const stored = this.#opened().getBinaryFast(MARK_KEY);
    if (stored === undefined) return NOTHING_YET;
    // Each view asks, and nearly always nothing has changed.
    const epoch = stored.readDoubleLE(8);
    if (this.#lastMark.epoch === epoch) return this.#lastMark;
    const tip = stored.readDoubleLE(0);
    this.#lastMark = {
      tip: tip < 0 ? undefined : tip,
      epoch,
      reorganisations: stored.readDoubleLE(16),
      forkHeight: stored.readDoubleLE(24),
    };
    return this.#lastMark;
  }

  #putMark({ tip = -1, epoch, reorganisations, forkHeight }: StoreMark): void {
    this.#database.putSync(MARK_KEY, bytesOf([tip, epoch, reorganisations, forkHeight]));
  }

  #addSizes(keys: number, versions: number): void {
    const [k = 0, v = 0] = numbersOf(this.#database.get(SIZES_KEY), 2);
    this.#database.putSync(SIZES_KEY, bytesOf([k + keys, v + versions]));
  }

  #has(key: Buffer): boolean {
    return this.#database.get(key) !== undefined;
  }

  #write<Result>(run: () => Result): Result {
    const database = this.#opened();
    if (this.#access === 'read') {
      throw new StoreError(
        'ERR_STORE_READ_ONLY',
        `the store ${this.location.path} was opened for reading; open it with access: 'write' in the one thread that writes`,
      );
    }
    return database.transactionSync(run);
  }

  #opened(): RootDatabase<Buffer, Buffer> {
    if (this.#state === 'closed') {
      throw new StoreError('ERR_STORE_CLOSED', `the store ${this.location.path} is closed`);
    }
    return this.#database;
  }

  #checkFormat(): void {
    const found = this.#database.get(FORMAT_KEY)?.toString();
    if (found === LAYOUT) return;
    const empty = found === undefined && !this.#has(MARK_KEY);
    if (empty && this.#access === 'write') {
      this.#write(() => this.#database.putSync(FORMAT_KEY, Buffer.from(LAYOUT)));
      return;
    }
    throw new StoreError(
      'ERR_STORE_CORRUPT',
      `${this.location.path} holds ${found === undefined ? 'no index' : `"${found}"`}, not "${LAYOUT}"; choose another --db-path`,
    );
  }
}

const NOTHING_YET: StoreMark = {
  tip: undefined,
  epoch: 0,
  reorganisations: 0,
  forkHeight: -1,
};

/** Writes the values of one height and remembers their names for a rollback. */
class HeightWriter {
  readonly #database: RootDatabase<Buffer, Buffer>;
  readonly #height: number;
  readonly #names = new Map<string, Buffer>();
  newKeys = 0;

  constructor(database: RootDatabase<Buffer, Buffer>, height: number) {
    this.#database = database;
    this.#height = height;
  }

  newest(name: Buffer): Uint8Array | undefined {
    return this.#database.get(newestKey(name))?.subarray(4);
  }

  put(name: Buffer, value: Uint8Array): void {
    const key = newestKey(name);
    const id = name.toString('latin1');
    if (!this.#names.has(id)) {
      this.#names.set(id, name);
      const before = this.#database.get(key);
      if (before !== undefined) {
        this.#database.putSync(olderKey(name, before.readUInt32BE(0)), before.subarray(4));
      } else if (name[0] === DATA_SPACE) {
        this.newKeys++;
      }
    }
    this.#database.putSync(key, withHeight(this.#height, value));
  }

  finish(): void {
    let piece = 0;
    for (const names of packNames(this.#names.values())) {
      this.#database.putSync(changesKey(this.#height, piece++), names);
    }
  }
}

const DATA_SPACE = 'd'.charCodeAt(0);

/** A folder of its own for each label, whatever is in it: also `..` stays below. */
function folderOf(label: string): string {
  return encodeURIComponent(label).replaceAll('.', '%2E') || '%';
}

function openDatabase(folder: string, access: 'read' | 'write'): RootDatabase<Buffer, Buffer> {
  try {
    if (access === 'write') mkdirSync(folder, { recursive: true });
    return open<Buffer, Buffer>({
      path: folder,
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      // A slot for every thread that reads.
      maxReaders: 1_024,
      readOnly: access === 'read',
    });
  } catch (cause) {
    throw new StoreError(
      'ERR_STORE_CORRUPT',
      `cannot open the store ${folder}: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end);
}

function withHeight(height: number, value: Uint8Array): Buffer {
  const entry = Buffer.allocUnsafe(4 + value.length);
  entry.writeUInt32BE(height);
  entry.set(value, 4);
  return entry;
}

function bytesOf(numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(numbers.length * 8);
  numbers.forEach((number, index) => {
    bytes.writeDoubleLE(number, index * 8);
  });
  return bytes;
}

function numbersOf(bytes: Buffer | undefined, count: number): readonly number[] {
  if (bytes === undefined) return [];
  return Array.from({ length: count }, (_, index) => bytes.readDoubleLE(index * 8));
}
