import { LRUCache } from 'lru-cache';
import type { PoolEventName, PoolEvents } from '../contract/events.js';
import type { AcquireOptions, Lease, TryAcquireOptions } from '../contract/lease.js';
import type { PoolOptions } from '../contract/options.js';
import type { MaybePromise, Poolable, PoolFactory } from '../contract/poolable.js';
import { resolveOptions } from '../contract/schema.js';
import type { CapacityMember } from '../engine/capacity.js';
import type { CloseOptions } from '../engine/closing.js';
import { PoolClosedError, PoolError } from '../errors.js';
import { Pool } from '../pool.js';
import { Budget } from './budget.js';
import {
  type KeyedFactory,
  type KeyedLimits,
  type KeyedPoolOptions,
  splitOptions,
} from './options.js';

/** lru-cache takes any value but `undefined` and `null` as a key; these stand for them, and for nothing else. */
const UNDEFINED = {};
const NULL = {};

interface Entry<K, T> {
  readonly key: K;
  readonly pool: Pool<T>;
  readonly member: CapacityMember;
}

/** A listener to the pools of all keys. */
interface Ear<K, T> {
  attach(entry: Entry<K, T>): void;
  /** Lets go of a pool that has nothing more to tell: keys come and go, and a listener may outlive millions of them. */
  forget(pool: Pool<T>): void;
}

/** Told of an event, and of the key under which it happened. */
export type KeyedListener<K, T, E extends PoolEventName> = (
  event: PoolEvents<T>[E],
  key: K,
) => void;

/** What a keyed pool holds, in numbers. */
export interface KeyedPoolStats {
  readonly name: string;
  readonly keys: number;
  readonly size: number;
  readonly idle: number;
  readonly borrowed: number;
  readonly waiting: number;
  /** Keys closed to make place for others. */
  readonly keysEvicted: number;
}

/**
 * Pools by key under common limits: a pool for each key, made when the key is first asked for and dropped when it is
 * empty. A place freed under one key wakes those who wait under another; while somebody waits, an idle resource of the
 * key used least recently is ended for them. (The idea of commons-pool's GenericKeyedObjectPool.)
 */
export class KeyedPool<K, T> implements AsyncDisposable {
  readonly #factory: KeyedFactory<K, T>;
  readonly #limits: KeyedLimits<K>;
  readonly #perKey: PoolOptions<T>;
  readonly #entries: LRUCache<object | string | number, Entry<K, T>>;
  readonly #budget: Budget;
  readonly #ears = new Set<Ear<K, T>>();
  /** Pools of keys that were dropped and have not finished closing. */
  readonly #leaving = new Set<Pool<T>>();
  #keysEvicted = 0;
  #closed: Promise<void> | undefined = undefined;

  /**
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   */
  constructor(factory: KeyedFactory<K, T>, options: KeyedPoolOptions<K, T> = {}) {
    const { limits, perKey } = splitOptions(options);
    resolveOptions(perKey);
    this.#factory = factory;
    this.#limits = limits;
    this.#perKey = perKey;
    // One more than allowed: who has to go is decided here, because a key that is in use must stay.
    this.#entries = new LRUCache({ max: limits.maxKeys + 1 });
    const order = limits.fairAcrossKeys ? 'first-come' : 'each-for-itself';
    this.#budget = new Budget(limits.maxTotal, order, () => this.#membersByRecency());
  }

  get name(): string {
    return this.#perKey.name ?? 'pool';
  }

  /**
   * A lease on a resource of that key.
   * @throws PoolError as `Pool.acquire`; `ERR_POOL_EXHAUSTED` when `maxKeys` keys are in use
   */
  acquire(key: K, options?: AcquireOptions<T>): Promise<Lease<T>> {
    return this.#with(key, (pool) => pool.acquire(options));
  }

  /** A lease if a resource of that key is idle. */
  tryAcquire(key: K, options?: TryAcquireOptions<T>): Lease<T> | undefined {
    return this.#entries.get(this.#hash(key))?.pool.tryAcquire(options);
  }

  /** Runs `fn` with a resource of that key and releases it. */
  use<R>(
    key: K,
    fn: (resource: T, lease: Lease<T>) => MaybePromise<R>,
    options?: AcquireOptions<T>,
  ): Promise<R> {
    return this.#with(key, (pool) => pool.use(fn, options));
  }

  /** The pool of a key; made if need be. */
  pool(key: K): Pool<T> {
    return this.#open(key).pool;
  }

  /** Whether there is a pool for that key. */
  has(key: K): boolean {
    return this.#entries.has(this.#hash(key));
  }

  /** The keys, most recently used first. */
  *keys(): Generator<K, void, undefined> {
    for (const { key } of this.#entries.values()) yield key;
  }

  /** Closes the pool of a key; leases on its resources stay good until they end. */
  async delete(key: K): Promise<void> {
    const hash = this.#hash(key);
    const entry = this.#entries.get(hash);
    if (entry !== undefined) await this.#drop(hash, entry);
  }

  /** Begins a new generation under every key, see `Pool.clear`. */
  async clear(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ pool }) => pool.clear()));
  }

  /** Closes all pools; idempotent, never rejects. */
  close(options: CloseOptions = {}): Promise<void> {
    const pools = [...[...this.#entries.values()].map(({ pool }) => pool), ...this.#leaving];
    const all = Promise.all(pools.map((pool) => pool.close(options)));
    this.#closed ??= all.then(() => this.#entries.clear());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Listens to an event of the pools of all keys, present and future; the returned function ends it. */
  on<E extends PoolEventName>(event: E, listener: KeyedListener<K, T, E>): () => void {
    const offs = new Map<Pool<T>, () => void>();
    const ear: Ear<K, T> = {
      attach: ({ key, pool }) =>
        offs.set(
          pool,
          pool.on(event, (payload) => listener(payload, key)),
        ),
      forget: (pool) => offs.delete(pool),
    };
    this.#ears.add(ear);
    for (const entry of this.#entries.values()) ear.attach(entry);
    return () => {
      this.#ears.delete(ear);
      for (const off of offs.values()) off();
    };
  }

  stats(): KeyedPoolStats {
    const pools = [...this.#entries.values()].map(({ pool }) => pool);
    const sum = (count: (pool: Pool<T>) => number): number =>
      pools.reduce((total, pool) => total + count(pool), 0);
    return {
      name: this.name,
      keys: pools.length,
      size: this.#budget.taken,
      idle: sum((pool) => pool.available),
      borrowed: sum((pool) => pool.borrowed),
      waiting: sum((pool) => pool.pending),
      keysEvicted: this.#keysEvicted,
    };
  }

  /** What cannot even be tried is told as a rejection, like everything else. */
  #with<R>(key: K, act: (pool: Pool<T>) => Promise<R>): Promise<R> {
    let pool: Pool<T>;
    try {
      ({ pool } = this.#open(key));
    } catch (error) {
      return Promise.reject(error as PoolError);
    }
    return act(pool);
  }

  #hash(key: K): object | string | number {
    const hash = this.#limits.hash(key);
    if (hash === undefined) return UNDEFINED;
    return hash === null ? NULL : (hash as object | string | number);
  }

  #open(key: K): Entry<K, T> {
    const hash = this.#hash(key);
    const known = this.#entries.get(hash);
    if (known !== undefined) return known;
    if (this.#closed !== undefined) {
      throw new PoolClosedError(
        'ERR_POOL_CLOSED',
        `${this.name} is closed: it lends nothing any more`,
        {
          pool: this.name,
        },
      );
    }
    if (this.#entries.size >= this.#limits.maxKeys) this.#makeRoom();
    const entry = this.#newEntry(key, hash);
    this.#entries.set(hash, entry);
    for (const ear of this.#ears) ear.attach(entry);
    return entry;
  }

  #newEntry(key: K, hash: object | string | number): Entry<K, T> {
    const onShrink = (): void => this.#dropIfEmpty(hash);
    const capacity = this.#budget.shareOf(() => member);
    const name = `${this.name}[${shown(key)}]`;
    const pool = new Pool<T>(bind(this.#factory, key), { ...this.#perKey, name }, capacity);
    const member = pool.asMember(onShrink);
    return { key, pool, member };
  }

  /** Closes the idle key that was used least recently. */
  #makeRoom(): void {
    for (const hash of this.#entries.rkeys()) {
      const entry = this.#entries.peek(hash);
      if (entry === undefined || entry.pool.borrowed > 0 || entry.pool.pending > 0) continue;
      this.#keysEvicted++;
      void this.#drop(hash, entry);
      return;
    }
    throw new PoolError(
      'ERR_POOL_EXHAUSTED',
      `${this.name}: all ${this.#limits.maxKeys} keys are in use; release some, or raise maxKeys`,
      { pool: this.name },
    );
  }

  async #drop(hash: object | string | number, entry: Entry<K, T>): Promise<void> {
    this.#entries.delete(hash);
    this.#budget.forget(entry.member);
    this.#leaving.add(entry.pool);
    await entry.pool.close();
    this.#leaving.delete(entry.pool);
    for (const ear of this.#ears) ear.forget(entry.pool);
  }

  /** A key without resources and without waiters needs no pool. */
  #dropIfEmpty(hash: object | string | number): void {
    const entry = this.#entries.peek(hash);
    if (entry === undefined || entry.pool.size > 0 || entry.pool.pending > 0) return;
    if (entry.pool.min > 0 && entry.pool.state === 'running') return;
    void this.#drop(hash, entry);
  }

  *#membersByRecency(): Generator<CapacityMember, void, undefined> {
    for (const hash of this.#entries.rkeys()) {
      const entry = this.#entries.peek(hash);
      if (entry !== undefined) yield entry.member;
    }
  }
}

/**
 * Makes a keyed pool.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`
 */
export function createKeyedPool<K, T extends Poolable>(
  factory: KeyedFactory<K, T> | KeyedFactory<K, T>['create'],
  options?: KeyedPoolOptions<K, T>,
): KeyedPool<K, T>;
/** For resources whose own `destroy` means something else: the factory says how they are ended. */
export function createKeyedPool<K, T>(
  factory: KeyedFactory<K, T> & Required<Pick<KeyedFactory<K, T>, 'destroy'>>,
  options?: KeyedPoolOptions<K, T>,
): KeyedPool<K, T>;
export function createKeyedPool<K, T>(
  factory: KeyedFactory<K, T> | KeyedFactory<K, T>['create'],
  options?: KeyedPoolOptions<K, T>,
): KeyedPool<K, T> {
  return new KeyedPool<K, T>(
    typeof factory === 'function' ? { create: factory } : factory,
    options,
  );
}

/** The factory of one key. The contexts are the pool's own objects, made for one call: the key can be put on them. */
function bind<K, T>(factory: KeyedFactory<K, T>, key: K): PoolFactory<T> {
  const at = <C extends object>(context: C): C & { readonly key: K } =>
    Object.defineProperty(context, 'key', { value: key }) as C & { readonly key: K };
  const { validate, reset, destroy } = factory;
  return {
    create: (context) => factory.create(at(context)),
    ...(validate && {
      validate: (resource, context) => validate.call(factory, resource, at(context)),
    }),
    ...(reset && { reset: (resource, context) => reset.call(factory, resource, at(context)) }),
    ...(destroy && {
      destroy: (resource, context) => destroy.call(factory, resource, at(context)),
    }),
  };
}

function shown(key: unknown): string {
  return typeof key === 'object' && key !== null ? 'object' : String(key);
}
