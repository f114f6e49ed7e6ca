import type { PoolEventName, PoolEvents } from './contract/events.js';
import { asFactory, type FactoryOrCreate, type SelfContainedFactory } from './contract/factory.js';
import type { AcquireOptions, Lease, TryAcquireOptions } from './contract/lease.js';
import type { PoolMemory } from './contract/memory.js';
import type { IdleResource, PoolOptions } from './contract/options.js';
import type { MaybePromise, Poolable, ResourceInfo } from './contract/poolable.js';
import { resolveOptions } from './contract/schema.js';
import type { PoolState, PoolStats } from './contract/stats.js';
import { Autoscaler } from './engine/autoscaler.js';
import { type Capacity, type CapacityMember, UNSHARED } from './engine/capacity.js';
import { Checks } from './engine/checks.js';
import { type CloseOptions, Closing, type WaitOptions } from './engine/closing.js';
import { Ending } from './engine/ending.js';
import { Leaks } from './engine/leaks.js';
import { Lending } from './engine/lending.js';
import { Maintenance } from './engine/maintenance.js';
import { Making } from './engine/making.js';
import { Pump } from './engine/pumping.js';
import { mustRelieve, Relief } from './engine/relief.js';
import { Returning } from './engine/returning.js';
import { Sizing } from './engine/sizing.js';
import { healthOf, snapshot } from './engine/snapshot.js';
import { Waiting } from './engine/waiting.js';
import { type Sizes, Yard } from './engine/yard.js';
import { PoolExhaustedError, PoolOptionsError } from './errors.js';
import { Nursery } from './lifecycle/nursery.js';

/**
 * A bounded pool of resources that are expensive to make.
 *
 * A resource is lent by `acquire`, `tryAcquire`, `use` or `useSync` and comes back when its lease ends. The pool makes
 * resources when they are wanted, checks, cleans and ends them as its options say, and counts everything.
 *
 * @typeParam T what is pooled; its optional methods are described by {@link Poolable}
 */
export class Pool<T> implements AsyncDisposable {
  readonly #yard: Yard<T>;
  readonly #lending: Lending<T>;
  readonly #waiting: Waiting<T>;
  readonly #sizing: Sizing<T>;
  readonly #making: Making<T>;
  readonly #closing: Closing<T>;
  readonly #pump: Pump;
  readonly #relief: Relief<T>;
  readonly #refresh: () => void;

  /**
   * @param capacity a budget shared with other pools; a keyed pool hands it in
   * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
   */
  constructor(
    factory: FactoryOrCreate<T>,
    options?: PoolOptions<T>,
    capacity: Capacity = UNSHARED,
  ) {
    const yard = new Yard<T>(asFactory(factory), resolveOptions(options), capacity);
    const ending = new Ending<T>(yard);
    const checks = new Checks<T>(yard);
    const returning = new Returning<T>(yard);
    const settleTested = (slot: Parameters<typeof returning.settle>[0]): void => {
      void returning.settle(slot, 'tested');
    };
    const leaks = new Leaks<T>(yard, ending);
    const lending = new Lending<T>(yard, ending, checks, leaks, returning, settleTested);
    const waiting = new Waiting<T>(yard, lending);
    const maintenance = new Maintenance<T>(yard, ending, checks, settleTested);
    returning.connect({ ending, checks, waiting, leaks });
    const refresh = (): void => {
      lending.refresh();
      returning.refresh();
      maintenance.consider();
    };
    const making = new Making<T>(yard, { ending, checks, lending, waiting, returning, refresh });
    const nursery = new Nursery<T>(making, yard.options.createRetry);
    waiting.connect(nursery);
    const sizing = new Sizing<T>(yard, ending);
    const relief = new Relief<T>(yard, ending);
    yard.memory.onPressure = (change) => {
      if (yard.events.heard.memory) yard.events.emit('memory', change);
      if (mustRelieve(change)) relief.relieve();
    };
    const { autoscale } = yard.options;
    const autoscaler =
      autoscale && new Autoscaler<T>(yard, sizing, autoscale, () => this.#afterResize());
    const pump = new Pump(
      () => waiting.serve(),
      () => {
        nursery.grow();
        making.askForCapacity();
        autoscaler?.consider();
      },
      yard.watchers,
    );
    yard.pump = () => pump.run();
    yard.batch = (work) => pump.batch(work);
    yard.onStillborn = (slot, error) => nursery.stillborn(slot, error);
    yard.onChange = refresh;
    this.#yard = yard;
    this.#lending = lending;
    this.#waiting = waiting;
    this.#making = making;
    this.#pump = pump;
    this.#refresh = refresh;
    this.#sizing = sizing;
    this.#relief = relief;
    this.#closing = new Closing<T>(yard, { ending, waiting, making, nursery, refresh });
    if (yard.options.keepProcessAlive) this.#holdProcess();
    // Not at once: `create` may want to use the variable this pool is about to be assigned to.
    if (yard.options.autostart) queueMicrotask(() => this.start());
  }

  /** The name given in the options. */
  get name(): string {
    return this.#yard.name;
  }

  get state(): PoolState {
    return this.#yard.state;
  }

  /** Resources the pool has, those being made or ended included. */
  get size(): number {
    return this.#yard.ledger.size;
  }

  /** Idle resources. */
  get available(): number {
    return this.#yard.ledger.idle;
  }

  /** Resources on loan. */
  get borrowed(): number {
    return this.#yard.ledger.leased;
  }

  /** Callers in line. */
  get pending(): number {
    return this.#yard.line.size;
  }

  get min(): number {
    return this.#yard.sizes.min;
  }

  get max(): number {
    return this.#yard.sizes.max;
  }

  /** The pool's score, 0 to 100; looks at each resource. */
  get health(): number {
    return healthOf(this.#yard);
  }

  /** What its resources use, and what can be done about it. */
  get memory(): PoolMemory {
    return this.#relief;
  }

  /**
   * A lease, as soon as there is a resource for it.
   * @throws PoolTimeoutError `ERR_POOL_TIMEOUT` when the deadline passed
   * @throws PoolAbortedError `ERR_POOL_ABORTED` when the signal aborted
   * @throws CreationFailedError `ERR_POOL_CREATE` when the resource could not be made
   * @throws PoolQueueFullError `ERR_POOL_QUEUE_FULL`, or PoolExhaustedError with `maxQueue: 0`, when too many wait
   * @throws PoolClosedError `ERR_POOL_CLOSED` or `ERR_POOL_DRAINING`
   */
  acquire(options?: AcquireOptions<T>): Promise<Lease<T>> {
    if (options === undefined) {
      const lease = this.#lending.lendPlain();
      if (lease !== undefined) return Promise.resolve(lease);
    }
    if (this.#yard.state === 'idle') this.start();
    return this.#waiting.admit(options);
  }

  /**
   * A lease if a resource is idle, else `undefined`; synchronous, makes no promise, creates nothing and never
   * overtakes a waiter. A check on borrow that is asynchronous goes on in the background for the next caller.
   */
  tryAcquire(options?: TryAcquireOptions<T>): Lease<T> | undefined {
    if (options === undefined) {
      const lease = this.#lending.lendPlain();
      if (lease !== undefined) return lease;
    }
    return this.#tryAnyWay(options);
  }

  /**
   * Runs `fn` with a resource and releases it, whether `fn` returns or throws.
   * @throws whatever `acquire` or `fn` throws
   */
  use<R>(
    fn: (resource: T, lease: Lease<T>) => MaybePromise<R>,
    options?: AcquireOptions<T>,
  ): Promise<R> {
    if (options === undefined) {
      const lease = this.#lending.lendPlain();
      if (lease !== undefined) return withLease(lease, fn);
    }
    return this.acquire(options).then((lease) => withLease(lease, fn));
  }

  /**
   * Runs a synchronous `fn` with an idle resource and releases it; no promise is made.
   * @throws PoolExhaustedError `ERR_POOL_EXHAUSTED` when nothing is idle
   * @throws whatever `fn` throws
   */
  useSync<R>(fn: (resource: T, lease: Lease<T>) => R, options?: TryAcquireOptions<T>): R {
    const lease = this.tryAcquire(options);
    if (lease === undefined) throw new PoolExhaustedError(this.#yard.details());
    try {
      return fn(lease.resource, lease);
    } finally {
      lease[Symbol.dispose]();
    }
  }

  /** Begins to create `min` resources and to lend; only needed with `autostart: false`. Idempotent. */
  start(): void {
    if (this.#yard.state !== 'idle') return;
    this.#yard.changeState('running');
    this.#yard.pump();
  }

  /**
   * Settles when `idle` resources (default `min`) are idle; creates them if need be.
   * @throws CreationFailedError `ERR_POOL_CREATE` as soon as a creation has given up
   * @throws PoolOptionsError `ERR_POOL_OPTIONS` when `idle` is more than the pool may keep, now or after a resize
   */
  async ready(options: WaitOptions & { readonly idle?: number | undefined } = {}): Promise<void> {
    const { idle = Math.max(this.min, this.#yard.sizes.minIdle), ...wait } = options;
    // One above `maxIdle` would be ended as soon as it is made, for ever.
    const most = Math.min(this.max, this.#yard.sizes.maxIdle);
    if (!Number.isInteger(idle) || idle < 0 || idle > most) {
      const message = `is ${idle}; it must be a whole number from 0 to max and maxIdle (${most})`;
      throw new PoolOptionsError('ready', [{ path: 'idle', message }]);
    }
    this.start();
    await this.#closing.ready(idle, wait);
  }

  /**
   * Adopts a resource made elsewhere, as if the pool had created it. False: there is no room for it.
   * @throws DuplicateResourceError `ERR_POOL_DUPLICATE_RESOURCE`
   */
  add(resource: T): boolean {
    this.start();
    return this.#making.adopt(resource);
  }

  /**
   * Changes the size at run time. Surplus resources end at once when idle, on return when on loan.
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`; nothing has changed then
   */
  resize(sizes: Partial<Sizes>): void {
    this.#pump.batch(() => this.#sizing.resize(sizes));
    this.#afterResize();
  }

  /** Ends every resource of which `keep` is not true, those on loan when they come back; returns their number. */
  retain(keep: (resource: T, info: ResourceInfo) => boolean): number {
    return this.#pump.batch(() => this.#sizing.retain(keep));
  }

  /** The idle resources at this moment, the one used last first; each can be ended, whatever `min` says. */
  idle(): IdleResource<T>[] {
    return this.#sizing.idle();
  }

  /**
   * Begins a new generation: idle resources end now, those on loan when they come back, those that are being made when
   * they are there; none of them is lent again. Settles when the idle ones have ended. With `failWaiters`, who is in line is rejected with `ERR_POOL_ABORTED`.
   */
  clear(options: { readonly failWaiters?: boolean | undefined } = {}): Promise<void> {
    if (options.failWaiters === true) this.#waiting.rejectCleared();
    return this.#pump.batch(() => this.#sizing.clear());
  }

  /** Lends nothing until `resume`; callers wait in line. */
  pause(): void {
    this.start();
    if (this.#yard.state === 'running') this.#yard.changeState('paused');
  }

  /** Ends `pause` or `drain`. */
  resume(): void {
    if (this.#yard.state !== 'paused' && this.#yard.state !== 'draining') return;
    this.#yard.changeState('running');
    this.#yard.pump();
  }

  /**
   * Refuses newcomers, serves who is in line and settles when all leases are back. The resources stay; `close()` ends
   * them, `resume()` opens the pool again.
   */
  drain(options: WaitOptions = {}): Promise<void> {
    return this.#closing.drain(options);
  }

  /**
   * Rejects who is in line, waits for leases until `timeoutMs`, then abandons them; ends every resource. Settles in
   * every state, never rejects, and may be called again (with `force` to end the waiting).
   */
  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** This pool as one that shares a budget with others; `onShrink` is told when a place was given back. */
  asMember(onShrink: () => void): CapacityMember {
    const { line, ledger } = this.#yard;
    return {
      get oldestWaitAt() {
        return line.oldestAt;
      },
      get idle() {
        return ledger.idle;
      },
      pump: () => this.#pump.run(),
      evictOldest: () => this.#sizing.evictOldest(),
      onShrink,
    };
  }

  /** A snapshot of all counts, counters and durations. */
  stats(): PoolStats {
    return snapshot(this.#yard);
  }

  /** Listens to an event; the returned function ends it. */
  on<E extends PoolEventName>(event: E, listener: (event: PoolEvents<T>[E]) => void): () => void {
    return this.#yard.events.on(event, listener);
  }

  off<E extends PoolEventName>(event: E, listener: (event: PoolEvents<T>[E]) => void): void {
    this.#yard.events.off(event, listener);
  }

  #tryAnyWay(options: TryAcquireOptions<T> | undefined): Lease<T> | undefined {
    if (this.#yard.line.size !== 0 || this.#yard.state !== 'running') return undefined;
    const lease = this.#lending.lendNow(options);
    // What is to be made in its place is made later: this call creates nothing.
    if (lease !== undefined && this.#yard.hasWishes) queueMicrotask(() => this.#pump.run());
    return lease;
  }

  #afterResize(): void {
    this.#closing.afterResize();
    this.#refresh();
    this.#pump.run();
  }

  #holdProcess(): void {
    const hold = (): void => {
      this.#yard.agenda.after(60_000, hold, 'holds-process');
    };
    hold();
  }
}

/**
 * Makes a pool.
 *
 * @example
 * const pool = createPool({ create: () => connect(), destroy: (connection) => connection.end() }, { max: 4 });
 * const rows = await pool.use((connection) => connection.query('select 1'));
 *
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
 */
export function createPool<T extends Poolable>(
  factory: FactoryOrCreate<T>,
  options?: PoolOptions<T>,
): Pool<T>;
/**
 * For resources whose own `destroy` means something else (sockets, streams, HTTP clients): the factory says how they
 * are ended, and so they need not be {@link Poolable}.
 */
export function createPool<T>(factory: SelfContainedFactory<T>, options?: PoolOptions<T>): Pool<T>;
export function createPool<T>(factory: FactoryOrCreate<T>, options?: PoolOptions<T>): Pool<T> {
  return new Pool<T>(factory, options);
}

async function withLease<T, R>(
  lease: Lease<T>,
  fn: (resource: T, lease: Lease<T>) => MaybePromise<R>,
): Promise<R> {
  try {
    return await fn(lease.resource, lease);
  } finally {
    lease[Symbol.dispose]();
  }
}
