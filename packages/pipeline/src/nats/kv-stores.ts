import { JetStreamApiError } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { CheckpointStore, LeaseStore } from '../coordination/lease-store.js';

/** What JetStream answers to a change that names an old revision. */
const WRONG_LAST_SEQUENCE = 10_071;

/** Leases in a bucket whose entries expire. */
export class KvLeaseStore implements LeaseStore {
  readonly leaseMs: number;
  readonly #bucket: KV;

  constructor(bucket: KV, leaseMs: number) {
    this.#bucket = bucket;
    this.leaseMs = leaseMs;
  }

  create(key: string, value: string): Promise<number | undefined> {
    return unlessOutdated(() => this.#bucket.create(key, value));
  }

  update(key: string, value: string, revision: number): Promise<number | undefined> {
    return unlessOutdated(() => this.#bucket.update(key, value, revision, this.leaseMs));
  }

  async put(key: string, value: string): Promise<void> {
    await this.#bucket.put(key, value);
  }

  async remove(key: string, revision?: number): Promise<void> {
    const options = revision === undefined ? {} : { previousSeq: revision };
    await unlessOutdated(() => this.#bucket.delete(key, options));
  }

  async list(prefix: string): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    const keys = await this.#bucket.keys(`${prefix}*`);
    for await (const key of keys) {
      const entry = await this.#bucket.get(key);
      // It may have expired since.
      if (entry !== null && entry.operation === 'PUT') found.set(key, entry.string());
    }
    return found;
  }
}

/** Checkpoints in a bucket whose entries stay. */
export class KvCheckpointStore implements CheckpointStore {
  readonly #bucket: KV;

  constructor(bucket: KV) {
    this.#bucket = bucket;
  }

  async raise(partition: number, position: bigint): Promise<void> {
    const key = `partition.${partition}`;
    for (;;) {
      const entry = await this.#bucket.get(key);
      const written = await unlessOutdated(async () => {
        if (entry === null) return this.#bucket.create(key, String(position));
        if (BigInt(entry.string()) >= position) return entry.revision;
        return this.#bucket.update(key, String(position), entry.revision);
      });
      if (written !== undefined) return;
    }
  }

  async read(partition: number): Promise<bigint | undefined> {
    const entry = await this.#bucket.get(`partition.${partition}`);
    return entry === null ? undefined : BigInt(entry.string());
  }
}

/** `undefined` when somebody else was first. */
async function unlessOutdated<Result>(change: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) return undefined;
    throw error;
  }
}
