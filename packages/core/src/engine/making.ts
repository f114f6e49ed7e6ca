import type { DestroyReason } from '../contract/poolable.js';
import { CreationFailedError, DuplicateResourceError, type PoolError } from '../errors.js';
import type { Creation, Outcome } from '../lifecycle/door.js';
import type { OnDied } from '../lifecycle/hook-call.js';
import type { Arrival, Birth, NurseryHost } from '../lifecycle/nursery.js';
import type { Demand } from '../policy/sizing.js';
import { isEnding, type Slot } from '../slot/slot.js';
import type { Agenda } from '../time/agenda.js';
import type { Checks } from './checks.js';
import type { Ending } from './ending.js';
import type { Lending } from './lending.js';
import type { Returning } from './returning.js';
import type { Waiting } from './waiting.js';
import type { Yard } from './yard.js';

/** With `stats: 'sampled'` the first 128 creations that answer at once are timed, then one in 8. */
const CREATE_SAMPLE = 8;
const CREATIONS_TIMED_EXACTLY = 128;

const SETTLED = { kind: 'settled' } as const;

/** The parts that new resources have to do with. */
export interface MakingParts<T> {
  readonly ending: Ending<T>;
  readonly checks: Checks<T>;
  readonly lending: Lending<T>;
  readonly waiting: Waiting<T>;
  readonly returning: Returning<T>;
  /** Re-reads what the fast lanes depend on. */
  readonly refresh: () => void;
}

/** What the pool tells the nursery, and what it does with what the nursery brings. */
export class Making<T> implements NurseryHost<T> {
  readonly agenda: Agenda;
  /** Told of a creation that was given up, for `ready()`. */
  onGaveUp: (error: PoolError) => void = ignore;
  readonly #yard: Yard<T>;
  readonly #parts: MakingParts<T>;
  /** Which attempt is on, of slots whose first attempt failed. */
  readonly #attempts = new WeakMap<Slot<T>, number>();
  readonly #onDied: OnDied<T> = (slot, attempt, error) => {
    // What an attempt left behind may die after it was given up; that says nothing about the next attempt's resource.
    if ((this.#attempts.get(slot) ?? 1) === attempt) this.#died(slot, error);
  };

  constructor(yard: Yard<T>, parts: MakingParts<T>) {
    this.#yard = yard;
    this.#parts = parts;
    this.agenda = yard.agenda;
  }

  now(): number {
    return this.#yard.now();
  }

  random(): number {
    return Math.random();
  }

  pump(): void {
    this.#yard.pump();
  }

  demand(): Demand {
    const { ledger, line, sizes, options, state, capacity } = this.#yard;
    const making = state === 'running' || state === 'draining';
    return {
      waiting: making ? line.size - this.#parts.lending.testsInProgress : 0,
      size: ledger.size,
      idle: ledger.idle + this.#yard.idleTests,
      min: state === 'running' ? sizes.min : 0,
      minIdle:
        state === 'running'
          ? Math.max(sizes.minIdle, Math.min(this.#yard.warmIdle, sizes.maxIdle))
          : 0,
      room: making ? Math.min(sizes.max - ledger.size, capacity.room) : 0,
      maxCreating: options.maxCreating,
    };
  }

  get isAwaited(): boolean {
    return this.#yard.line.size > 0 || this.#yard.warmIdle > 0;
  }

  /** Says so if somebody waits here who could be served but for the shared budget. */
  askForCapacity(): void {
    const { line, ledger, sizes, capacity } = this.#yard;
    if (capacity.room > 0 || line.size <= ledger.creating || ledger.size >= sizes.max) return;
    capacity.lacking();
  }

  /** Whether failed attempts are still worth repeating. */
  get givesUp(): boolean {
    return this.#yard.state === 'closing' || this.#yard.state === 'closed';
  }

  newSlot(): Slot<T> {
    return this.#yard.newSlot();
  }

  create(slot: Slot<T>, attempt: number): Creation<T> | Promise<Creation<T>> {
    const error = this.#yard.memory.refusal();
    if (error !== undefined) return { kind: 'failed', error, timedOut: false };
    slot.extras = undefined; // what was to end is what an attempt before this one would have made
    return this.#yard.createAtHome(slot, attempt, this.#onDied);
  }

  arrived(slot: Slot<T>, resource: T, tookMs: number): Arrival<T> | Promise<Arrival<T>> {
    const unfit = this.takeIn(slot, resource, tookMs, 1);
    if (unfit !== undefined) return { kind: 'unfit', slot, error: unfit };
    if (isEnding(slot)) return SETTLED; // a listener closed the pool by force
    const { memory } = this.#yard;
    // Too large from the start: as good as not created, or it would be made and ended for ever.
    if (memory.isOver(slot)) return this.#stillborn(slot, 'memory', memory.overLimit(slot));
    if (!this.#yard.options.testOnCreate) return this.#settle(slot);
    this.#yard.ledger.move(slot, 'validating');
    const answer = this.#parts.checks.test(slot, 'create');
    return answer instanceof Promise
      ? answer.then((outcome) => this.#firstTested(slot, outcome))
      : this.#firstTested(slot, answer);
  }

  takeIn(slot: Slot<T>, resource: T, tookMs: number, weight: number): Error | undefined {
    const { roster, ledger, counters, errorRate } = this.#yard;
    if (ledger.size > 1 && roster.has(resource)) return this.#duplicate();
    slot.resource = resource;
    counters.created++;
    errorRate.record('ok');
    this.#enter(slot, tookMs, weight);
    return undefined;
  }

  get mayCreateAhead(): boolean {
    const { state, ledger, sizes, options, capacity, watchers, door } = this.#yard;
    return (
      state === 'running' &&
      ledger.size < sizes.max &&
      capacity.room > 0 &&
      // What is tested or measured first, or watched for, has longer ways to go.
      !options.testOnCreate &&
      !door.canMeasure &&
      watchers.size === 0
    );
  }

  weightOfNext(): number {
    const { options, counters } = this.#yard;
    if (options.stats === 'counters') return 0;
    if (options.stats === 'exact' || counters.created < CREATIONS_TIMED_EXACTLY) return 1;
    return counters.created % CREATE_SAMPLE === 0 ? CREATE_SAMPLE : 0;
  }

  createdTooLate(slot: Slot<T>, resource: T): void {
    this.#yard.createdTooLate(slot, resource);
  }

  attemptFailed(
    slot: Slot<T>,
    error: unknown,
    attempt: number,
    retryInMs: number | undefined,
    timedOut: boolean,
  ): void {
    const { counters, errorRate, events } = this.#yard;
    this.#attempts.set(slot, attempt + 1);
    slot.extras = undefined; // whatever was noted about it was about the failed attempt
    counters.createErrors++;
    if (timedOut) counters.createTimeouts++;
    errorRate.record('failed');
    this.#yard.lastCreateError = error;
    if (events.heard.createError) events.emit('createError', { error, attempt, retryInMs });
  }

  /**
   * With nothing else alive nobody in line can be served: all who waited for this creation are told. With other
   * resources alive it fails only the one who is next; the others may still be served by a release. With
   * `keep-waiters` nobody is told: the nursery tries again while somebody is in line.
   */
  gaveUp(slot: Slot<T>, error: unknown, birth: Birth): void {
    if (slot.state !== 'gone') this.#yard.removeSlot(slot);
    this.disappointed(error, birth);
  }

  disappointed(error: unknown, birth: Birth): void {
    const { ledger, line, counters, options } = this.#yard;
    this.#yard.lastCreateError = error;
    if (options.createRetry.onGiveUp === 'keep-waiters' && !this.givesUp) return;
    const failure = (): CreationFailedError =>
      new CreationFailedError(error, birth.attempts, this.#yard.details());
    const { waiting } = this.#parts;
    if (line.size > ledger.creating) {
      counters.rejectedCreate +=
        ledger.size === 0
          ? waiting.rejectAll(failure, birth.startedAt)
          : waiting.rejectFirst(failure);
    }
    this.onGaveUp(failure());
  }

  get lastId(): number {
    return this.#yard.lastId;
  }

  lentNewerThan(id: number): boolean {
    const { roster, provenId } = this.#yard;
    if (provenId > id) return true;
    for (const slot of roster) if (slot.id > id && slot.uses > 0) return true;
    return false;
  }

  ageOf(slot: Slot<T>): number {
    this.#yard.now(); // nobody may have looked at the clock since it was made
    return this.#yard.coarse - slot.createdAt;
  }

  /** Takes in a resource that somebody else made. */
  adopt(resource: T): boolean {
    const { ledger, sizes, roster, counters, capacity } = this.#yard;
    if (
      ledger.size >= sizes.max ||
      capacity.room <= 0 ||
      this.givesUp ||
      this.#yard.state === 'draining'
    )
      return false;
    if (roster.has(resource)) throw this.#duplicate();
    const slot = this.newSlot();
    slot.resource = resource;
    counters.created++;
    this.#enter(slot, 0, 0);
    void this.#parts.returning.settle(slot, 'created');
    return true;
  }

  #enter(slot: Slot<T>, tookMs: number, weight: number): void {
    const { door, timings, events, options } = this.#yard;
    this.#yard.now();
    slot.createdAt = this.#yard.coarse;
    slot.since = this.#yard.coarse;
    if (tookMs > 0 && options.stats !== 'counters') timings.create.record(tookMs, weight);
    door.inspect(slot.resource as T);
    this.#yard.memory.measure(slot);
    this.#parts.refresh();
    if (events.heard.create) {
      const { resource } = slot as { resource: T };
      events.emit('create', { resource, info: this.#yard.infoOf(slot), tookMs });
    }
  }

  #settle(slot: Slot<T>): Arrival<T> {
    void this.#parts.returning.settle(slot, 'created');
    return SETTLED;
  }

  #firstTested(slot: Slot<T>, outcome: Outcome): Arrival<T> | Promise<Arrival<T>> {
    if (isEnding(slot)) return SETTLED;
    if (outcome.kind === 'passed') return this.#settle(slot);
    return this.#stillborn(slot, 'invalid', outcome.error);
  }

  /** Ends a new resource that nobody may have. */
  #stillborn(
    slot: Slot<T>,
    reason: DestroyReason,
    error: unknown,
  ): Arrival<T> | Promise<Arrival<T>> {
    this.#yard.ledger.move(slot, 'destroying');
    const done = this.#parts.ending.endResource(slot, reason, error);
    return done === undefined
      ? this.#unfit(slot, error)
      : done.then(() => this.#unfit(slot, error));
  }

  /** The place stays for the next attempt, under a new id: no two resources ever share one. */
  #unfit(slot: Slot<T>, error: unknown): Arrival<T> {
    if (slot.state === 'gone') return { kind: 'unfit', slot, error };
    const successor = this.newSlot();
    this.#yard.removeSlot(slot);
    return { kind: 'unfit', slot: successor, error };
  }

  #died(slot: Slot<T>, error: unknown): void {
    if (isEnding(slot)) return;
    const { counters, events, shelf } = this.#yard;
    const { ending } = this.#parts;
    if (slot.extras?.doom === 'died') return;
    counters.died++;
    if (events.heard.died) events.emit('died', { info: this.#yard.infoOf(slot), error });
    if (slot.state === 'idle') {
      shelf.remove(slot);
      void ending.retire(slot, 'died', error);
      return;
    }
    const reason = error ?? new Error('the resource died');
    ending.doom(slot, 'died', reason);
    ending.alert(slot, reason);
  }

  #duplicate(): DuplicateResourceError {
    const { name } = this.#yard;
    return new DuplicateResourceError(
      `${name}: create returned an object that the pool holds already; a resource has to be made anew on each call`,
      { pool: name },
    );
  }
}

function ignore(): void {}
