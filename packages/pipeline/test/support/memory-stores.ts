import type { Clock } from '@rockpool/core';
import type { CheckpointStore, LeaseStore } from '../../src/index.js';

interface Entry {
  readonly value: string;
  readonly revision: number;
  readonly writtenAt: number;
}

/** What a replicated bucket does, in memory: revisions, entries that expire, and a connection that can be cut. */
export class MemoryLeaseStore implements LeaseStore {
  readonly leaseMs: number;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  #revision = 0;

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.leaseMs = leaseMs;
  }

  /** The store as one member sees it, whose connection can be cut. */
  seenBy(connection: { up: boolean }): LeaseStore {
    const check = async (): Promise<void> => {
      await Promise.resolve();
      if (!connection.up) throw new Error('no connection');
    };
    return {
      leaseMs: this.leaseMs,
      create: async (...given) => check().then(() => this.create(...given)),
      update: async (...given) => check().then(() => this.update(...given)),
      put: async (...given) => check().then(() => this.put(...given)),
      remove: async (...given) => check().then(() => this.remove(...given)),
      list: async (...given) => check().then(() => this.list(...given)),
    };
  }

  async create(key: string, value: string): Promise<number | undefined> {
    return this.#entry(key) === undefined ? this.#write(key, value) : undefined;
  }

  async update(key: string, value: string, revision: number): Promise<number | undefined> {
    return this.#entry(key)?.revision === revision ? this.#write(key, value) : undefined;
  }

  async put(key: string, value: string): Promise<void> {
    this.#write(key, value);
  }

  async remove(key: string, revision?: number): Promise<void> {
    if (revision === undefined || this.#entry(key)?.revision === revision)
      this.#entries.delete(key);
  }

  async list(prefix: string): Promise<ReadonlyMap<string, string>> {
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix));
    return new Map(
      keys.flatMap((key) => (this.#entry(key) ? [[key, this.#entry(key)!.value]] : [])),
    );
  }

  #entry(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    const expired = entry !== undefined && this.#clock.now() - entry.writtenAt >= this.leaseMs;
    return expired ? undefined : entry;
  }

  #write(key: string, value: string): number {
    this.#revision += 1;
    this.#entries.set(key, { value, revision: this.#revision, writtenAt: this.#clock.now() });
    return this.#revision;
  }
}

/** Checkpoints in memory. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly positions = new Map<number, bigint>();

  async raise(partition: number, position: bigint): Promise<void> {
    if ((this.positions.get(partition) ?? -1n) < position) this.positions.set(partition, position);
  }

  async read(partition: number): Promise<bigint | undefined> {
    return this.positions.get(partition);
  }
}
