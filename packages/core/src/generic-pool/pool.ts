import { EventEmitter } from 'node:events';
import type { AcquireOptions, Lease } from '../contract/lease.js';
import type { IdleResource, PoolOptions } from '../contract/options.js';
import type { MaybePromise } from '../contract/poolable.js';
import {
  PoolClosedError,
  PoolError,
  type PoolErrorDetails,
  PoolQueueFullError,
  withoutStack,
} from '../errors.js';
import { Pool as CorePool } from '../pool.js';
import { type Clock, LONGEST_TIMER_MS, systemClock, type TimerHandle } from '../time/clock.js';
import { Conditions } from './conditions.js';
import { Deque } from './deque.js';
import type { Entry } from './entry.js';
import { GenericPoolTimeoutError, NotBorrowedError } from './errors.js';
import { Eviction } from './eviction.js';
import type { Evictor } from './evictor.js';
import { assertFactory, type Factory } from './factory.js';
import { type Options, type RepairedOptions, repairOptions } from './options.js';
import { PriorityQueue, priorityClass } from './priority-queue.js';
import { Registry } from './registry.js';
import { Workshop } from './workshop.js';

/** One for all: nearly every caller ignores it. */
const DONE: Promise<void> = Promise.resolve();

/**
 * generic-pool's pool, on the engine of this package.
 *
 * Events: `factoryCreateError` and `factoryDestroyError` as in generic-pool, and `factoryValidateError` when
 * `factory.validate` throws or rejects. A listener that throws becomes an unhandled rejection and disturbs nothing.
 */
export class Pool<T> extends EventEmitter {
  readonly #options: RepairedOptions;
  readonly #clock: Clock;
  readonly #core: CorePool<Entry<T>>;
  readonly #workshop: Workshop<T>;
  readonly #registry: Registry<T> = new Registry<T>();
  readonly #eviction: Eviction<T>;
  readonly #conditions: Conditions = new Conditions();
  #state: 'new' | 'started' | 'draining' = 'new';

  /**
   * `createPool` is the easier way. The queue classes are there for compatibility and must be those of this package.
   * @throws TypeError for a factory that lacks a function, and for queue classes of your own
   * @throws PoolOptionsError `ERR_POOL_OPTIONS` when `options.rockpool` cannot be used
   */
  constructor(
    EvictorClass: new () => Evictor,
    DequeClass: typeof Deque,
    PriorityQueueClass: typeof PriorityQueue,
    factory: Factory<T>,
    options?: Options,
  ) {
    super();
    assertOwnQueues(DequeClass, PriorityQueueClass);
    this.#options = repairOptions(options);
    assertFactory(factory, this.#options.testOnBorrow ? 'needs-validate' : 'may-lack-validate');
    this.#clock = this.#options.rockpool.clock ?? systemClock;
    this.#workshop = new Workshop<T>(factory, {
      registry: this.#registry,
      clock: this.#clock,
      destroyTimeoutMs: this.#options.destroyTimeoutMillis || 0,
      wanted: () => this.pending > 0,
      onDestroyError: (error) => this.#announce('factoryDestroyError', error),
    });
    const checksOnReturn = this.#options.testOnReturn && factory.validate !== undefined;
    this.#core = new CorePool(this.#workshop, coreOptions(this.#options, checksOnReturn));
    this.#eviction = new Eviction<T>(new EvictorClass(), this.#options, this.#clock, {
      idle: () => this.#idle(),
    });
    this.#listen();
    if (this.#options.autostart) this.start();
  }

  /** Resources, those on loan and those being made included; those being ended not. */
  get size(): number {
    return this.#core.size;
  }

  /** Idle resources. */
  get available(): number {
    return this.#core.available;
  }

  /** Resources on loan. */
  get borrowed(): number {
    return this.#core.borrowed;
  }

  /** Callers in line. */
  get pending(): number {
    return this.#core.pending;
  }

  get max(): number {
    return this.#options.max;
  }

  get min(): number {
    return this.#options.min;
  }

  /** Resources that could still be made. */
  get spareResourceCapacity(): number {
    return this.#options.max - this.#core.size;
  }

  /** The timer of the next eviction run, `null` while there is none. */
  get _scheduledEviction(): TimerHandle | null {
    return this.#eviction.scheduled;
  }

  /** Begins to create `min` resources and to evict; only needed with `autostart: false`. Idempotent. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#eviction.start();
    this.#core.start();
  }

  /**
   * Borrows a resource.
   * @param priority 0 (the default) is the most urgent, `priorityRange - 1` the least
   * @throws GenericPoolTimeoutError `ERR_POOL_TIMEOUT`, named TimeoutError, after `acquireTimeoutMillis`
   * @throws PoolQueueFullError `ERR_POOL_QUEUE_FULL` when `maxWaitingClients` wait
   * @throws PoolClosedError `ERR_POOL_DRAINING` after `drain()`
   */
  acquire(priority?: number): Promise<T> {
    return this.#promised(this.#borrow(priority).then(this.#hand, this.#refused));
  }

  /**
   * Runs `fn` with a resource; releases it when `fn` has done, destroys it when `fn` fails.
   * @throws whatever `acquire` or `fn` throws
   */
  use<U>(fn: (resource: T) => MaybePromise<U>, priority?: number): Promise<U> {
    // In two steps, as `acquire` with a `then` of the caller's: so that callers run in the order of their turns.
    const granted = this.#borrow(priority).then(this.#lend, this.#refused);
    return this.#promised(granted.then((lease) => this.#during(lease, fn)));
  }

  /** Whether this is on loan from the pool now. */
  isBorrowedResource(resource: T): boolean {
    return this.#registry.isBorrowed(resource);
  }

  /**
   * Gives a resource back. The promise may be ignored.
   * @throws NotBorrowedError `ERR_POOL_NOT_BORROWED` for what is not on loan
   */
  release(resource: T): Promise<void> {
    const entry = this.#registry.onLoan(resource);
    if (entry === undefined) return this.#stranger();
    this.#release(entry);
    return this.#promised(DONE);
  }

  /**
   * Gives a resource back that must not be used any more. Settles at once; `clear()` waits for its end. The promise
   * may be ignored.
   * @throws NotBorrowedError `ERR_POOL_NOT_BORROWED` for what is not on loan
   */
  destroy(resource: T): Promise<void> {
    const entry = this.#registry.onLoan(resource);
    if (entry === undefined) return this.#stranger();
    this.#destroy(entry);
    return this.#promised(DONE);
  }

  /** Refuses new callers for good, and settles when all who wait are served and everything is back. */
  drain(): Promise<void> {
    if (this.#state !== 'draining') {
      this.#state = 'draining';
      // What follows from it is waited for here: a creation that nobody needs any more must not hold up a shutdown.
      void this.#core.drain();
    }
    const drained = this.#conditions.until(() => this.pending === 0 && this.borrowed === 0);
    return this.#promised(drained.then(() => this.#eviction.stop()));
  }

  /**
   * Ends all idle resources, after those that are being made have arrived; settles when all that are being ended have
   * ended. Unless the pool drains, it fills up to `min` again.
   */
  clear(): Promise<void> {
    return this.#promised(this.#clear());
  }

  /** Settles when `min` resources are idle. */
  ready(): Promise<void> {
    const ready = this.#conditions.until(() => this.available >= this.min);
    // Between two attempts to create nothing else may hold the process.
    const hold = this.#clock.setTimeout(ignore, LONGEST_TIMER_MS);
    return this.#promised(ready.then(() => this.#clock.clearTimeout(hold)));
  }

  /** Only from here on the resource can be given back: before, nobody can hold it who has a right to do so. */
  readonly #lend = (lease: Lease<Entry<T>>): Lease<Entry<T>> => {
    const entry = this.#registry.lend(lease);
    if (this.#eviction.enabled) entry.lentAt = this.#clock.now();
    return lease;
  };

  readonly #hand = (lease: Lease<Entry<T>>): T => this.#lend(lease).resource.obj;

  readonly #refused = (error: unknown): never => {
    this.#conditions.check();
    if (!PoolError.is(error, 'ERR_POOL_TIMEOUT')) throw error;
    const details: PoolErrorDetails = { pool: error.pool, counts: error.counts, cause: error };
    throw withoutStack(() => new GenericPoolTimeoutError(details));
  };

  #borrow(priority: number | undefined): Promise<Lease<Entry<T>>> {
    const { acquireTimeoutMillis, maxWaitingClients, priorityRange } = this.#options;
    if (this.#state === 'new') this.start();
    if (this.#state === 'draining') return Promise.reject(drainingError());
    if (this.pending >= maxWaitingClients && this.spareResourceCapacity < 1 && this.available < 1) {
      return Promise.reject(queueFullError());
    }
    if (acquireTimeoutMillis !== undefined && !(acquireTimeoutMillis > 0)) {
      throw new Error('delay must be a positive int');
    }
    const rank = priorityClass(priority, priorityRange);
    const wish: AcquireOptions<Entry<T>> | undefined = rank === 0 ? undefined : { priority: rank };
    return this.#core.acquire(wish);
  }

  async #during<U>(lease: Lease<Entry<T>>, fn: (resource: T) => MaybePromise<U>): Promise<U> {
    const entry = lease.resource;
    let result: Awaited<U>;
    try {
      result = await fn(entry.obj);
    } catch (error) {
      if (entry.lease === lease) this.#destroy(entry);
      throw error;
    }
    // Not if `fn` has given it back itself: somebody else may have it by now.
    if (entry.lease === lease) this.#release(entry);
    return result;
  }

  #release(entry: Entry<T>): void {
    const lease = this.#registry.takeBack(entry);
    if (this.#eviction.enabled) {
      entry.returnedAt = this.#clock.now();
      entry.idleSince = entry.returnedAt;
    }
    lease?.release();
    this.#conditions.check();
  }

  #destroy(entry: Entry<T>): void {
    this.#registry.takeBack(entry)?.destroy();
    this.#conditions.check();
  }

  #stranger(): Promise<never> {
    const refusal = this.#promised(Promise.reject<never>(new NotBorrowedError()));
    refusal.then(undefined, ignore);
    return refusal;
  }

  async #clear(): Promise<void> {
    await this.#workshop.creations.settled();
    // The pool underneath takes in a new resource, or hands it to who waits, within a turn of the promise.
    await Promise.resolve();
    for (const resource of this.#idle()) resource.evict();
    await this.#workshop.destructions.settled();
  }

  /** The one to be lent next first. */
  #idle(): IdleResource<Entry<T>>[] {
    const idle = this.#core.idle();
    return this.#options.fifo ? idle.reverse() : idle;
  }

  #listen(): void {
    const failedChecks = new WeakSet<object>();
    const later = (): void => {
      if (this.#conditions.size > 0) queueMicrotask(() => this.#conditions.check());
    };
    this.#core.on('create', later);
    this.#core.on('validate', ({ ok, error }) => {
      later();
      if (ok || !(error instanceof Error)) return;
      failedChecks.add(error);
      if (error.cause !== undefined) this.#announce('factoryValidateError', error.cause);
    });
    this.#core.on('createError', ({ error }) => {
      // A new resource that failed its check counts as a failed creation underneath; here it never did.
      if (error instanceof Error && failedChecks.has(error)) return;
      this.#announce('factoryCreateError', error);
    });
  }

  /** In a turn of its own, so that a listener may do anything to the pool. */
  #announce(event: string, error: unknown): void {
    void Promise.resolve().then(() => this.emit(event, error));
  }

  #promised<V>(native: Promise<V>): Promise<V> {
    const Wanted = this.#options.Promise;
    if (Wanted === Promise) return native;
    return new Wanted<V>((resolve, reject) => {
      native.then(resolve, reject);
    }) as Promise<V>;
  }
}

function coreOptions<T>(options: RepairedOptions, testOnReturn: boolean): PoolOptions<Entry<T>> {
  const { createRetry = {}, ...rockpool } = options.rockpool;
  return {
    name: 'generic-pool',
    createTimeoutMs: 0,
    validateTimeoutMs: 0,
    ...rockpool,
    min: Math.max(0, options.min),
    max: options.max,
    maxCreating: options.max,
    strategy: options.fifo ? 'fifo' : 'lifo',
    autostart: false,
    priorities: options.priorityRange,
    agingMs: 0,
    acquireTimeoutMs: Math.max(0, options.acquireTimeoutMillis || 0),
    createRetry: createRetry && {
      maxAttempts: 1,
      initialMs: 10,
      maxMs: 1_000,
      onGiveUp: 'keep-waiters',
      ...createRetry,
    },
    testOnCreate: options.testOnBorrow,
    testOnBorrow: options.testOnBorrow,
    testOnReturn,
    validateAfterIdleMs: 0,
    // Eviction is done here, in generic-pool's way.
    idleTimeoutMs: 0,
    stats: 'counters',
  };
}

function assertOwnQueues(DequeClass: unknown, PriorityQueueClass: unknown): void {
  if (DequeClass === Deque && PriorityQueueClass === PriorityQueue) return;
  throw new TypeError(
    'queue classes of your own cannot be used: the pool has its own line and shelf. Pass Deque and PriorityQueue of this package, or use createPool with fifo and priorityRange',
  );
}

function drainingError(): PoolClosedError {
  return new PoolClosedError('ERR_POOL_DRAINING', 'pool is draining and cannot accept work');
}

function queueFullError(): PoolQueueFullError {
  return new PoolQueueFullError('max waitingClients count exceeded');
}

function ignore(): void {}
