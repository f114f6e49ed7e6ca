import { LRUCache } from 'lru-cache';

/** What one cache has done and holds. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly items: number;
  /** Bytes of keys and values, and {@link ENTRY_OVERHEAD_BYTES} for each item. */
  readonly memoryUsage: number;
  /** Items that had to make room for others; not those dropped because a block or a reorganisation made them stale. */
  readonly evictions: number;
}

/** What an item costs beside its key and value: an estimate of the objects around them. */
export const ENTRY_OVERHEAD_BYTES = 64;

/** Stands for a key without a value, which is worth remembering too. */
export const ABSENT: unique symbol = Symbol('absent');
export type Cached = Uint8Array | typeof ABSENT;

/** A cache that holds what was used last, up to a number of bytes. */
export class ByteCache {
  #entries: LRUCache<string, Cached>;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor(limitBytes: number) {
    this.#entries = this.#make(limitBytes);
  }

  get(key: string): Cached | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) this.#misses++;
    else this.#hits++;
    return value;
  }

  set(key: string, value: Cached): void {
    this.#entries.set(key, value);
  }

  remove(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Drops every entry whose key is not wanted. */
  retain(keep: (key: string) => boolean): void {
    for (const key of [...this.#entries.keys()]) if (!keep(key)) this.#entries.delete(key);
  }

  /** Another budget; what was used longest ago goes first if it is smaller. */
  resize(limitBytes: number): void {
    const before = this.#entries;
    this.#entries = this.#make(limitBytes);
    // From the one used longest ago to the one used last, so that the order stays.
    for (const [key, { value }] of before.dump()) {
      if (sizeOf(value, key) > limitBytes) this.#evictions++;
      else this.#entries.set(key, value);
    }
  }

  stats(): CacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      items: this.#entries.size,
      memoryUsage: this.#entries.calculatedSize,
      evictions: this.#evictions,
    };
  }

  #make(limitBytes: number): LRUCache<string, Cached> {
    return new LRUCache<string, Cached>({
      maxSize: limitBytes,
      sizeCalculation: sizeOf,
      dispose: (_value, _key, reason) => {
        if (reason === 'evict') this.#evictions++;
      },
    });
  }
}

function sizeOf(value: Cached, key: string): number {
  return key.length + (value === ABSENT ? 0 : value.length) + ENTRY_OVERHEAD_BYTES;
}
