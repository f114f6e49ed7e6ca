import type { KeyValue, StoreMark } from '../store/store.js';
import { ABSENT, ByteCache, type Cached, type CacheStats } from './lru.js';

/**
 * Which cache gets the memory. `indexer`: all of it to `main`, which holds newest values while blocks are indexed ·
 * `view`: one half to `height`, which holds values by height, the other to `api`, which holds what the owner of the
 * runtime puts there.
 */
export type CacheMode = 'indexer' | 'view';

/** Statistics of each cache, and their sums. */
export interface LruCacheStats {
  readonly main: CacheStats;
  readonly height: CacheStats;
  readonly api: CacheStats;
  /** Reads answered by what the same call had read before, and those that were not. */
  readonly call: Pick<CacheStats, 'hits' | 'misses'>;
  readonly total: CacheStats;
}

/** 1 GiB. */
export const DEFAULT_CACHE_LIMIT_BYTES: number = 1_073_741_824;

/** What a cache gets in a mode that has no use for it. */
const IDLE_CACHE_BYTES = 1_024;
/** What one call may remember of its own reads before it begins anew. */
const CALL_LIMIT_BYTES = 67_108_864;

/** How the limit is shared out in each mode, in bytes. */
export function cacheBudgets(
  mode: CacheMode,
  limitBytes: number,
): Readonly<Record<'main' | 'height' | 'api', number>> {
  if (mode === 'indexer') {
    return { main: limitBytes, height: IDLE_CACHE_BYTES, api: IDLE_CACHE_BYTES };
  }
  const half = Math.max(IDLE_CACHE_BYTES, Math.floor(limitBytes / 2));
  return { main: IDLE_CACHE_BYTES, height: half, api: half };
}

/**
 * The caches between guests and store. Values by height are kept only for heights that have a block, because the
 * values of a height to come change with that block.
 */
export class Caches {
  readonly #limitBytes: number;
  #mode: CacheMode;
  readonly #main: ByteCache;
  readonly #height: ByteCache;
  readonly #api: ByteCache;
  readonly #call = new Map<string, Cached>();
  #callBytes = 0;
  #callHits = 0;
  #callMisses = 0;
  #mark: StoreMark | undefined;

  constructor(mode: CacheMode, limitBytes: number) {
    const budgets = cacheBudgets(mode, limitBytes);
    this.#mode = mode;
    this.#limitBytes = limitBytes;
    this.#main = new ByteCache(budgets.main);
    this.#height = new ByteCache(budgets.height);
    this.#api = new ByteCache(budgets.api);
  }

  get mode(): CacheMode {
    return this.#mode;
  }

  /** Shares the limit out anew. */
  setMode(mode: CacheMode): void {
    const budgets = cacheBudgets(mode, this.#limitBytes);
    this.#mode = mode;
    this.#main.resize(budgets.main);
    this.#height.resize(budgets.height);
    this.#api.resize(budgets.api);
  }

  /** Begins a call at a moment of the store: drops what a commit or a reorganisation has made stale since the last. */
  begin(mark: StoreMark): void {
    const before = this.#mark;
    this.#mark = mark;
    this.#forgetCall();
    if (before === undefined || before.epoch === mark.epoch) return;
    this.#main.clear();
    if (before.reorganisations === mark.reorganisations) return;
    // Of several reorganisations only the last fork is known, and another may have been deeper.
    const one = before.reorganisations + 1 === mark.reorganisations;
    const kept = one ? mark.forkHeight : -1;
    this.#height.retain((key) => heightOf(key) <= kept);
  }

  end(): void {
    this.#forgetCall();
  }

  /** A value as of a height, read from the store by `load` if it has to be. */
  atHeight(
    key: Uint8Array,
    height: number,
    load: () => Uint8Array | undefined,
  ): Uint8Array | undefined {
    const name = nameOf(key);
    return this.#through(name, () => {
      if (height > (this.#mark?.tip ?? -1)) return load();
      return readThrough(this.#height, `${height}:${name}`, load);
    });
  }

  /** A newest value, for the indexer. */
  newest(key: Uint8Array, load: () => Uint8Array | undefined): Uint8Array | undefined {
    const name = nameOf(key);
    return this.#through(name, () => readThrough(this.#main, name, load));
  }

  /** Takes over what a block wrote, so that the next one need not read it back. */
  committed(entries: readonly KeyValue[], mark: StoreMark): void {
    for (const { key, value } of entries) this.#main.set(nameOf(key), value);
    this.#mark = mark;
  }

  getApi(key: string): Uint8Array | undefined {
    const value = this.#api.get(key);
    return value === ABSENT ? undefined : value;
  }

  setApi(key: string, value: Uint8Array): void {
    this.#api.set(key, value);
  }

  removeApi(key: string): boolean {
    return this.#api.remove(key);
  }

  stats(): LruCacheStats {
    const main = this.#main.stats();
    const height = this.#height.stats();
    const api = this.#api.stats();
    const call = { hits: this.#callHits, misses: this.#callMisses };
    return { main, height, api, call, total: sumOf([main, height, api]) };
  }

  /** `__get_len` and `__get` ask for the same value one after the other. */
  #through(name: string, load: () => Uint8Array | undefined): Uint8Array | undefined {
    const known = this.#call.get(name);
    if (known !== undefined) {
      this.#callHits++;
      return known === ABSENT ? undefined : known;
    }
    this.#callMisses++;
    const value = load();
    this.#callBytes += name.length + (value?.length ?? 0);
    if (this.#callBytes > CALL_LIMIT_BYTES) this.#forgetCall();
    this.#call.set(name, value ?? ABSENT);
    return value;
  }

  #forgetCall(): void {
    // Emptying an empty map is not free, and a small view costs a microsecond in all.
    if (this.#call.size > 0) this.#call.clear();
    this.#callBytes = 0;
  }
}

/** The sums of several statistics. */
export function sumOf(all: readonly CacheStats[]): CacheStats {
  const sum = (field: keyof CacheStats): number =>
    all.reduce((total, each) => total + each[field], 0);
  return {
    hits: sum('hits'),
    misses: sum('misses'),
    items: sum('items'),
    memoryUsage: sum('memoryUsage'),
    evictions: sum('evictions'),
  };
}

function readThrough(
  cache: ByteCache,
  key: string,
  load: () => Uint8Array | undefined,
): Uint8Array | undefined {
  const known = cache.get(key);
  if (known !== undefined) return known === ABSENT ? undefined : known;
  const value = load();
  cache.set(key, value ?? ABSENT);
  return value;
}

function heightOf(key: string): number {
  return Number(key.slice(0, key.indexOf(':')));
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
