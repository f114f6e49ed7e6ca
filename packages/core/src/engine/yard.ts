import { AsyncResource } from 'node:async_hooks';
import type { ResolvedOptions } from '../contract/options.js';
import type { DestroyReason, PoolFactory, ResourceInfo } from '../contract/poolable.js';
import type { PoolCounts, PoolState, TimedPhase } from '../contract/stats.js';
import { LeaseEndedError, PoolClosedError, type PoolErrorDetails, reasonOf } from '../errors.js';
import { type Creation, Door, type DoorHost } from '../lifecycle/door.js';
import type { OnDied } from '../lifecycle/hook-call.js';
import { Watchers } from '../lifecycle/watch.js';
import { DecayedRate, type Observation, scoreAfter } from '../policy/scoring.js';
import { SlotInfo } from '../slot/info.js';
import { Ledger } from '../slot/ledger.js';
import { WaitingLine } from '../slot/line.js';
import { Roster } from '../slot/roster.js';
import { SharedSlots } from '../slot/shared.js';
import { Shelf } from '../slot/shelf.js';
import { extrasOf, healthOfSlot, Slot } from '../slot/slot.js';
import { Announcer } from '../stats/announcer.js';
import { type LiveCounters, newCounters, newDestroyedBy, newTimings } from '../stats/counters.js';
import type { Histogram } from '../stats/histogram.js';
import { Agenda } from '../time/agenda.js';
import type { Clock } from '../time/clock.js';
import type { Capacity } from './capacity.js';
import { MemoryAccounts } from './memory.js';

/** The sizes that can change while the pool runs. */
export interface Sizes {
  min: number;
  max: number;
  minIdle: number;
  maxIdle: number;
}

/** Hook times above this share of their limit lower the score of a resource. */
const SLOW_SHARE = 0.5;

/**
 * What the parts of one pool have in common: its slots, its line, its clock, its counters. It holds and tells; the
 * parts beside it (lending, waiting, returning, ending …) decide.
 */
export class Yard<T> implements DoorHost<T> {
  readonly options: ResolvedOptions<T>;
  readonly name: string;
  readonly sizes: Sizes;
  /** What the pool may have besides its own `max`. */
  readonly capacity: Capacity;
  readonly clock: Clock;
  /** The clock's time at which the pool was made. */
  readonly bornAt: number;
  readonly agenda: Agenda;
  readonly door: Door<T>;
  readonly ledger: Ledger<T> = new Ledger<T>();
  readonly shelf: Shelf<T>;
  readonly shared: SharedSlots<T>;
  readonly line: WaitingLine<T>;
  readonly memory: MemoryAccounts<T>;
  readonly watchers: Watchers = new Watchers();
  readonly events: Announcer<T>;
  readonly counters: LiveCounters = newCounters();
  readonly destroyedBy: Record<DestroyReason, number> = newDestroyedBy();
  readonly timings: Record<TimedPhase, Histogram> = newTimings();
  readonly errorRate: DecayedRate = new DecayedRate();
  readonly roster: Roster<T> = new Roster<T>();
  state: PoolState = 'idle';
  /** Whether waiters are being served: running or draining. */
  serving = false;
  /** What the clock said last; for those who know that it was read just before. */
  justNow = 0;
  /** The time in whole ms since the pool was made, as of the last reading of the clock. */
  coarse = 0;
  lastCreateError: unknown = undefined;
  /** Idle resources that are off the shelf for a check; each comes back, or is replaced when it has failed. */
  idleTests = 0;
  /** Idle resources that somebody waits for with `ready`. */
  warmIdle = 0;
  /** To be called when a place, a resource or a waiter has appeared. */
  pump: () => void = nothing;
  /** Does work that touches many slots, and looks only once afterwards what is to be done. */
  batch: (work: () => void) => void = (work) => work();
  /** The newest id, as far as is known, of a resource that was lent. */
  provenId = 0;
  /** Told when a resource ends because it was no good before anybody had it. */
  onStillborn: (slot: Slot<T>, error: unknown) => void = nothing;
  /** Told when the state or the listeners change, so that the fast lanes can open and close. */
  onChange: () => void = nothing;

  readonly #refusalRate = new DecayedRate();
  /** Direct loans that the refusal rate knows of. */
  #directLoans = 0;
  readonly #home: AsyncResource = new AsyncResource('RockpoolPool');
  /** The last id of each generation that was cleared. */
  readonly #lastIds: number[] = [];
  #lastId = 0;
  #details: PoolErrorDetails | undefined = undefined;
  readonly #warned = new Set<string>();

  constructor(factory: PoolFactory<T>, options: ResolvedOptions<T>, capacity: Capacity) {
    const { clock, name, min, max, minIdle, maxIdle } = options;
    this.options = options;
    this.capacity = capacity;
    this.name = name;
    this.clock = clock;
    this.bornAt = clock.now();
    this.sizes = { min, max, minIdle, maxIdle };
    this.agenda = new Agenda(clock, (fn) => this.atHome(fn));
    this.door = new Door<T>(factory, options, this);
    this.shelf = new Shelf<T>(
      options.strategy,
      (slot) => this.infoOf(slot),
      (pick) => this.asked<number | undefined>('the selector', undefined, pick),
    );
    this.shared = new SharedSlots<T>(options.concurrency, options.strategy);
    this.memory = new MemoryAccounts<T>(
      this,
      options.memoryLimitBytes,
      options.poolMemoryLimitBytes,
    );
    this.line = new WaitingLine<T>(options.priorities, options.agingMs);
    this.events = new Announcer<T>(
      (error, event) => this.#listenerFailed(error, event),
      () => this.onChange(),
    );
  }

  /** Reads the clock. */
  now(): number {
    const now = this.clock.now();
    this.justNow = now;
    this.coarse = Math.trunc(now - this.bornAt);
    return now;
  }

  /** Whether, after one caller has been served, there may be something left to do at once. */
  get hasWishes(): boolean {
    const { line, sizes, ledger, warmIdle } = this;
    return line.size > 0 || sizes.minIdle > 0 || warmIdle > 0 || ledger.size < sizes.min;
  }

  /** Runs `fn` in the async context in which the pool was made, not in that of whoever happened to come by. */
  atHome<R>(fn: () => R): R {
    return this.#home.runInAsyncScope(fn);
  }

  /** Calls `create` there too: what it makes belongs to the pool, and not to the request that came by first. */
  createAtHome(
    slot: Slot<T>,
    attempt: number,
    onDied: OnDied<T>,
  ): Creation<T> | Promise<Creation<T>> {
    return this.#home.runInAsyncScope(this.door.create, this.door, slot, attempt, onDied);
  }

  newSlot(): Slot<T> {
    const slot = new Slot<T>(++this.#lastId);
    this.capacity.take();
    this.ledger.enter(slot);
    this.roster.add(slot);
    return slot;
  }

  askMemory(slot: Slot<T>): number | undefined {
    if (!this.door.canMeasure) return undefined;
    const bytes = this.asked('memoryBytes', undefined, () => this.door.memoryBytes(slot));
    if (bytes === undefined) return undefined;
    if (bytes >= 0 && Number.isFinite(bytes)) return Math.round(bytes);
    const answer = String(bytes);
    this.warn('BAD_MEMORY_BYTES', `${this.name}: memoryBytes answered ${answer}, not bytes`);
    return undefined;
  }

  /** A slot leaves the pool; its place is free. */
  removeSlot(slot: Slot<T>): void {
    this.ledger.move(slot, 'gone');
    // The roster may remember the slot for a while; it must not keep the resource alive.
    slot.resource = undefined;
    this.memory.forget(slot);
    this.roster.noteGone();
    this.capacity.give();
  }

  /** The newest slot's id. */
  get lastId(): number {
    return this.#lastId;
  }

  /** From now on all present resources are of an older generation. */
  nextGeneration(): void {
    this.#lastIds.push(this.#lastId);
  }

  get generation(): number {
    return this.#lastIds.length;
  }

  generationOf(id: number): number {
    let generation = 0;
    for (const last of this.#lastIds) if (id > last) generation++;
    return generation;
  }

  memoryBytesOf(slot: Slot<never>): number {
    return this.memory.bytesOf(slot as Slot<T>);
  }

  changeState(to: PoolState): void {
    const from = this.state;
    if (from === to) return;
    this.state = to;
    this.serving = to === 'running' || to === 'draining';
    this.onChange();
    if (this.events.heard.state) this.events.emit('state', { from, to });
  }

  infoOf(slot: Slot<T>): ResourceInfo {
    return new SlotInfo(this, slot);
  }

  createdTooLate(slot: Slot<T>, resource: T): void {
    this.counters.createdTooLate++;
    if (this.roster.has(resource)) return; // a factory that hands out one object twice: it is in use
    // A slot of its own, outside the ledger: its place was given away when the creation was given up.
    const stray = new Slot<T>(slot.id);
    stray.resource = resource;
    stray.state = 'destroying';
    void this.door.destroy(stray, 'abandoned');
  }

  /** The share of `acquire` calls that were not served. Direct loans are too many to be told one by one. */
  get refusalRate(): DecayedRate {
    const { acquiredDirect } = this.counters;
    this.#refusalRate.recordOk(acquiredDirect - this.#directLoans);
    this.#directLoans = acquiredDirect;
    return this.#refusalRate;
  }

  /** Lets an observation change the score of a resource. */
  observe(slot: Slot<T>, seen: Observation): void {
    if (seen.kind === 'passed' && slot.extras === undefined) return; // in full health already
    const from = healthOfSlot(slot);
    const to = scoreAfter(from, seen);
    if (to !== from) extrasOf(slot).health = to;
    if (seen.kind === 'failed' || seen.kind === 'timeout') extrasOf(slot).errors++;
    if (this.events.heard.health && Math.trunc(from / 100) !== Math.trunc(to / 100)) {
      this.events.emit('health', {
        info: this.infoOf(slot),
        from: from / 100,
        to: to / 100,
      });
    }
  }

  /** Writes down how long a hook took; one that needed much of its limit costs the resource some of its score. */
  timed(slot: Slot<T>, phase: 'reset' | 'validate', tookMs: number, limitMs: number): void {
    if (this.options.stats !== 'counters') this.timings[phase].record(tookMs);
    if (limitMs > 0 && tookMs > limitMs * SLOW_SHARE) {
      this.observe(slot, { kind: 'slow', tookMs, limitMs });
    }
  }

  counts(): PoolCounts {
    const { size, idle, leased, creating, validating, resetting, destroying } = this.ledger;
    const { min, max } = this.sizes;
    const waiting = this.line.size;
    return {
      size,
      idle,
      borrowed: leased,
      creating,
      validating,
      resetting,
      destroying,
      waiting,
      min,
      max,
    };
  }

  /** The state of the pool in one line, for messages. */
  describe(): string {
    const { leased, idle, creating, validating, resetting, destroying } = this.ledger;
    const busy = Object.entries({ creating, validating, resetting, destroying })
      .filter(([, count]) => count > 0)
      .map(([state, count]) => `, ${state} ${count}`)
      .join('');
    const last =
      this.lastCreateError === undefined
        ? ''
        : `; last creation failed: ${reasonOf(this.lastCreateError)}`;
    return `${this.name}: leased ${leased}, idle ${idle}${busy} of ${this.sizes.max}; waiting ${this.line.size}${last}`;
  }

  /** What errors carry. The errors of one turn share it: 100,000 time-outs at once must not count 100,000 times. */
  details(): PoolErrorDetails {
    if (this.#details === undefined) {
      this.#details = { pool: this.name, counts: this.counts() };
      queueMicrotask(() => {
        this.#details = undefined;
      });
    }
    return this.#details;
  }

  closedError(): PoolClosedError {
    const draining = this.state === 'draining';
    return new PoolClosedError(
      draining ? 'ERR_POOL_DRAINING' : 'ERR_POOL_CLOSED',
      `${this.name} is ${this.state}: it lends nothing any more${draining ? ' to newcomers' : ''}`,
      this.details(),
    );
  }

  leaseEnded(): LeaseEndedError {
    return new LeaseEndedError({ pool: this.name });
  }

  warn(code: string, message: string): void {
    if (this.events.heard.warn) this.events.emit('warn', { code, message });
  }

  /** A listener's error is nobody's who called the pool; it is counted, and shown once for each event. */
  #listenerFailed(error: unknown, event: string): void {
    this.counters.listenerErrors++;
    this.#showOnce(
      event,
      `${this.name}: a listener of '${event}' threw: ${reasonOf(error)}`,
      error,
    );
  }

  /**
   * Asks a small function of the user (`where`, a selector, `keep`). One that throws is told as a `warn` event and,
   * once, as a process warning; `otherwise` then stands for its answer.
   */
  asked<R>(what: string, otherwise: R, ask: () => R): R {
    try {
      return ask();
    } catch (error) {
      const message = `${this.name}: ${what} threw: ${reasonOf(error)}`;
      this.warn('USER_FUNCTION_THREW', message);
      this.#showOnce(what, message, error);
      return otherwise;
    }
  }

  #showOnce(what: string, message: string, error: unknown): void {
    if (this.#warned.has(what)) return;
    this.#warned.add(what);
    const detail = error instanceof Error ? (error.stack ?? '') : '';
    process.emitWarning(message, { code: 'ROCKPOOL_USER_FUNCTION', detail });
  }
}

function nothing(): void {}
