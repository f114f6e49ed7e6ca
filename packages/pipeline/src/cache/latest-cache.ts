import { type Clock, type MaybePromise, systemClock } from '@rockpool/core';
import { LRUCache } from 'lru-cache';

/** How new a value is: positions are compared first, versions within a position. */
export interface Version {
  /** Where in the stream it was, such as a slot. */
  readonly position: bigint;
  /** Which of several at one position. */
  readonly version: bigint;
}

/** What a loader found, and how new that is; without a version it gives way to everything that has one. */
export interface Loaded<Value> extends Partial<Version> {
  readonly value: Value;
}

/** The options of a cache. */
export interface LatestCacheOptions<Value> {
  /** Most entries; the one used least recently makes room. */
  readonly max: number;
  /** Most bytes of all values together, as `bytesOf` counts them. Default no limit. */
  readonly maxBytes?: number | undefined;
  /** The size of a value in bytes, at least 1; needed with `maxBytes`. A value larger than `maxBytes` is not kept. */
  readonly bytesOf?: ((value: Value) => number) | undefined;
  /** How long an entry counts, in ms from its last replacement. Default 60,000. */
  readonly ttlMs?: number | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

/** What became of a value that was put into a cache. */
export type PutOutcome = 'stored' | 'stale' | 'too-large';

/** What a cache did so far, and holds now. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  /** Values that were not newer than what was there. */
  readonly stale: number;
  readonly size: number;
  /** 0 without `bytesOf`. */
  readonly bytes: number;
}

interface Entry<Value> extends Version {
  readonly value: Value;
}

/**
 * Remembers the latest value of each key. An entry is replaced only by a newer one, so updates may arrive in any order
 * and more than once. How new an expired or displaced entry was is forgotten with it.
 */
export class LatestCache<Key extends {} = string, Value extends {} = object> {
  readonly #entries: LRUCache<Key, Entry<Value>>;
  readonly #loading = new Map<Key, Promise<Value>>();
  #hits = 0;
  #misses = 0;
  #stale = 0;

  constructor(options: LatestCacheOptions<Value>) {
    const { max, maxBytes, bytesOf, ttlMs = 60_000, clock = systemClock } = options;
    this.#entries = new LRUCache<Key, Entry<Value>>({
      max,
      ttl: ttlMs,
      // Every reading asks the clock: with a resolution the cache would set timers of its own.
      ttlResolution: 0,
      perf: clock,
      ...(maxBytes === undefined ? {} : { maxSize: maxBytes }),
      ...(bytesOf === undefined ? {} : { sizeCalculation: ({ value }) => bytesOf(value) }),
    });
  }

  /** The latest value; `undefined` when there is none, or it is older than `ttlMs`. */
  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#misses += 1;
    else this.#hits += 1;
    return entry?.value;
  }

  /** Keeps a value if it is newer than the one that is kept. */
  put(key: Key, value: Value, { position, version }: Version): PutOutcome {
    const known = this.#entries.peek(key);
    if (known !== undefined && !isNewer({ position, version }, known)) {
      this.#stale += 1;
      return 'stale';
    }
    this.#entries.set(key, { value, position, version });
    // A value above `maxBytes` is dropped by the cache, together with the one before it.
    return this.#entries.peek(key)?.value === value ? 'stored' : 'too-large';
  }

  /** Replaces the value, whatever is kept, and leaves how new it is as it was. For values without a version. */
  set(key: Key, value: Value): void {
    const { position = -1n, version = -1n } = this.#entries.peek(key) ?? {};
    this.#entries.set(key, { value, position, version });
  }

  /**
   * The latest value, loaded if there is none. Callers that come while it is being loaded share that call; when it
   * fails, all of them are rejected and nothing is kept. A newer value that was put in meanwhile wins over the loaded
   * one.
   */
  load(key: Key, loader: (key: Key) => MaybePromise<Loaded<Value>>): Promise<Value> {
    const known = this.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const pending = this.#loading.get(key);
    if (pending !== undefined) return pending;
    const loading = this.#loadOnce(key, loader);
    this.#loading.set(key, loading);
    return loading;
  }

  /** Forgets a key. */
  delete(key: Key): void {
    this.#entries.delete(key);
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
  }

  /** Gives expired entries back, which else stay until they are asked for or displaced; returns how many there were. */
  sweep(): number {
    const before = this.#entries.size;
    this.#entries.purgeStale();
    return before - this.#entries.size;
  }

  stats(): CacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      stale: this.#stale,
      size: this.#entries.size,
      bytes: this.#entries.calculatedSize,
    };
  }

  async #loadOnce(key: Key, loader: (key: Key) => MaybePromise<Loaded<Value>>): Promise<Value> {
    try {
      const { value, position = -1n, version = -1n } = await loader(key);
      const outcome = this.put(key, value, { position, version });
      return outcome === 'stale' ? (this.#entries.get(key)?.value ?? value) : value;
    } finally {
      this.#loading.delete(key);
    }
  }
}

function isNewer(one: Version, other: Version): boolean {
  return one.position === other.position
    ? one.version > other.version
    : one.position > other.position;
}
