import { StoreError } from '../errors.js';
import { checkWritable, lastWins } from './block.js';
import {
  type Leaf,
  leafOf,
  type NodeTable,
  proveKey,
  putLeaves,
  type StateProof,
} from './sparse-merkle.js';
import type {
  BlockWrites,
  CommitReceipt,
  KeyValueStore,
  StoreMark,
  StoreStatistics,
} from './store.js';

interface Version {
  readonly height: number;
  readonly value: Uint8Array;
}

interface BlockRecord {
  readonly hash: Uint8Array;
  readonly stateRoot: Uint8Array;
}

/** A store in the memory of this thread: for tests, previews and small indexes. */
export class MemoryStore implements KeyValueStore {
  readonly location: undefined = undefined;
  readonly #values = new VersionedMap();
  readonly #nodes = new VersionedMap();
  readonly #blocks = new Map<number, BlockRecord>();
  #tip: number | undefined;
  #epoch = 0;
  #reorganisations = 0;
  #forkHeight = -1;

  get(key: Uint8Array, height: number): Uint8Array | undefined {
    return this.#values.at(nameOf(key), height);
  }

  mark(): StoreMark {
    return {
      tip: this.#tip,
      epoch: this.#epoch,
      reorganisations: this.#reorganisations,
      forkHeight: this.#forkHeight,
    };
  }

  commit(block: BlockWrites): CommitReceipt {
    const { height } = block;
    checkWritable(height, this.#tip);
    const entries = lastWins(block.entries);
    const leaves: Leaf[] = [];
    for (const { key, value } of entries) {
      this.#values.put(nameOf(key), height, new Uint8Array(value));
      leaves.push(leafOf(key, value));
    }
    const stateRoot = putLeaves(this.#nodesFor(height), leaves);
    this.#blocks.set(height, { hash: new Uint8Array(block.hash), stateRoot });
    this.#tip = height;
    this.#epoch++;
    return { height, stateRoot, keys: entries.length };
  }

  rollback(height: number): number {
    const tip = this.#tip;
    if (tip === undefined || height >= tip) return 0;
    let removed = 0;
    for (const each of [...this.#blocks.keys()]) {
      if (each <= height) continue;
      this.#blocks.delete(each);
      removed++;
    }
    this.#values.removeAbove(height);
    this.#nodes.removeAbove(height);
    this.#tip = this.#blocks.has(height) ? height : undefined;
    this.#epoch++;
    this.#reorganisations++;
    this.#forkHeight = this.#tip ?? -1;
    return removed;
  }

  blockHash(height: number): Uint8Array | undefined {
    return this.#blocks.get(height)?.hash;
  }

  stateRoot(height: number): Uint8Array | undefined {
    return this.#blocks.get(height)?.stateRoot;
  }

  prove(key: Uint8Array, height: number): StateProof {
    return proveKey({ get: (position) => this.#nodes.at(nameOf(position), height) }, key);
  }

  statistics(): StoreStatistics {
    return {
      keys: this.#values.size,
      versions: this.#values.versions,
      sizeBytes: this.#values.bytes + this.#nodes.bytes,
    };
  }

  async close(): Promise<void> {}

  #nodesFor(height: number): NodeTable {
    return {
      get: (position) => this.#nodes.at(nameOf(position), height),
      put: (position, node) => this.#nodes.put(nameOf(position), height, node),
    };
  }
}

/** Values by name and height, and which names each height wrote: that is what a rollback has to look at. */
class VersionedMap {
  readonly #versions = new Map<string, Version[]>();
  readonly #written = new Map<number, string[]>();
  versions = 0;
  bytes = 0;

  get size(): number {
    return this.#versions.size;
  }

  at(name: string, height: number): Uint8Array | undefined {
    const versions = this.#versions.get(name);
    if (versions === undefined) return undefined;
    let low = 0;
    let high = versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((versions[middle] as Version).height <= height) low = middle + 1;
      else high = middle;
    }
    return versions[low - 1]?.value;
  }

  put(name: string, height: number, value: Uint8Array): void {
    const versions = this.#versions.get(name);
    const last = versions?.at(-1);
    if (versions !== undefined && last?.height === height) {
      this.bytes += value.length - last.value.length;
      versions[versions.length - 1] = { height, value };
      return;
    }
    if (last !== undefined && last.height > height) {
      throw new StoreError(
        'ERR_STORE_HEIGHT',
        `bug in rockpool: height ${height} after ${last.height}`,
      );
    }
    if (versions === undefined) this.#versions.set(name, [{ height, value }]);
    else versions.push({ height, value });
    const written = this.#written.get(height);
    if (written === undefined) this.#written.set(height, [name]);
    else written.push(name);
    this.versions++;
    this.bytes += name.length + value.length;
  }

  removeAbove(height: number): void {
    for (const [writtenAt, names] of [...this.#written]) {
      if (writtenAt <= height) continue;
      this.#written.delete(writtenAt);
      for (const name of names) this.#removeFrom(name, height);
    }
  }

  #removeFrom(name: string, height: number): void {
    const versions = this.#versions.get(name);
    if (versions === undefined) return;
    for (let last = versions.at(-1); last !== undefined && last.height > height; ) {
      versions.pop();
      this.versions--;
      this.bytes -= name.length + last.value.length;
      last = versions.at(-1);
    }
    if (versions.length === 0) this.#versions.delete(name);
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
