import type { RetryPlan } from '../contract/options.js';
import { backoffMs } from '../policy/backoff.js';
import { creationsWanted, type Demand } from '../policy/sizing.js';
import type { Slot } from '../slot/slot.js';
import type { Agenda, Appointment } from '../time/agenda.js';
import type { Creation } from './door.js';

/** What the nursery needs of the pool. */
export interface NurseryHost<T> {
  readonly agenda: Agenda;
  now(): number;
  demand(): Demand;
  /** A new slot, entered in the ledger. */
  newSlot(): Slot<T>;
  create(slot: Slot<T>, attempt: number): Creation<T> | Promise<Creation<T>>;
  /** A resource is there; false = it may not be used, which counts as a failed attempt. */
  arrived(slot: Slot<T>, resource: T, tookMs: number): Arrival<T> | Promise<Arrival<T>>;
  /** The first half of `arrived`: writes a new resource down; the error says why it may not be used. */
  takeIn(slot: Slot<T>, resource: T, tookMs: number, weight: number): Error | undefined;
  /** Whether a resource may be made for somebody who is not in line yet. */
  readonly mayCreateAhead: boolean;
  /** How many creations the next one stands for in the statistics; 0 = it is not timed, if it answers at once. */
  weightOfNext(): number;
  attemptFailed(
    slot: Slot<T>,
    error: unknown,
    attempt: number,
    retryInMs: number | undefined,
    timedOut: boolean,
  ): void;
  /** A resource for a slot that is no longer there. */
  createdTooLate(slot: Slot<T>, resource: T): void;
  /** The last attempt failed: free the place and tell the waiters it was made for. */
  gaveUp(slot: Slot<T>, error: unknown, birth: Birth): void;
  /** So many resources in a row were no good as soon as they were made: tell who waits. */
  disappointed(error: unknown, birth: Birth): void;
  /** The id of the newest slot. */
  readonly lastId: number;
  /** Whether a resource newer than this id has been lent. */
  lentNewerThan(id: number): boolean;
  /** How long ago a resource was made, in ms. */
  ageOf(slot: Slot<T>): number;
  /** Whether somebody waits for what is being made: in line, or with `ready`. */
  readonly isAwaited: boolean;
  /** Look again whether something is to be created. */
  pump(): void;
  random(): number;
  /** Whether the pool is closing: no further attempts. */
  readonly givesUp: boolean;
}

/** What became of a new resource; with an unfit one comes the slot for the next attempt. */
export type Arrival<T> =
  | { readonly kind: 'settled' }
  | { readonly kind: 'unfit'; readonly slot: Slot<T>; readonly error: unknown };

/** A creation of which nothing has come yet, or nothing good. */
export interface Begun<T> {
  readonly slot: Slot<T>;
  readonly creation: Creation<T> | Promise<Creation<T>>;
  /** In ms of the clock; `undefined` = not timed. */
  readonly startedAt: number | undefined;
}

/** One creation with all its attempts. */
export interface Birth {
  /** When its first attempt began, in ms of the clock. */
  readonly startedAt: number;
  readonly attempts: number;
}

/**
 * Makes resources when they are wanted: for waiters, for `min`, for `minIdle`; never more than `maxCreating` at once.
 * A failed attempt is tried again after a backoff, in a timer and never in a microtask, so a factory that always
 * fails cannot starve the event loop. While creations fail, new ones wait for the backoff too.
 */
export class Nursery<T> {
  /** Slots whose resource is being made, backing off included. */
  inProgress = 0;
  readonly #host: NurseryHost<T>;
  readonly #plan: RetryPlan;
  /** Whether the last creation ahead answered in a promise: then the clock is not the dearest part of it. */
  #promised = true;
  /** Rounds of births that gave up since the last success. */
  #givenUp = 0;
  /** Resources in a row that were no good before anybody had them, each made after the last one had ended. */
  #stillborn = 0;
  /** The newest id when the last of them ended. */
  #newestThen = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  #gate: Appointment | undefined = undefined;
  /** Births that wait for their next attempt, and how to call them off. */
  readonly #backingOff = new Map<
    Slot<T>,
    {
      readonly alarm: Appointment;
      /** In ms of the clock. */
      readonly dueAt: number;
      readonly next: () => void;
      readonly cancel: () => void;
    }
  >();

  constructor(host: NurseryHost<T>, plan: RetryPlan) {
    this.#host = host;
    this.#plan = plan;
  }

  /** Begins as many creations as are wanted and allowed. */
  grow(): void {
    if (this.#backingOff.size > 0 && this.#host.isAwaited) this.#holdAttempts();
    while (creationsWanted(this.#host.demand(), this.inProgress) > 0) {
      const failing = this.#givenUp > 0 || this.#stillborn > 1;
      const now = failing ? this.#host.now() : Number.POSITIVE_INFINITY;
      if (now < this.#notBefore) {
        this.#waitForGate(this.#notBefore - now);
        return;
      }
      this.#begin();
    }
  }

  /**
   * Creates for a caller who is not in line yet. A slot: its resource was made at once and has been taken in.
   * Otherwise the caller gets in line, and then `proceed` follows up what was begun here, if anything was.
   */
  createAhead(): Slot<T> | Begun<T> | undefined {
    // What failed before is tried again behind the backoff, for those in line; what is being made will do for him.
    if (this.#givenUp > 0 || this.#stillborn > 1 || this.inProgress > 0) return undefined;
    if (!this.#host.mayCreateAhead) return undefined;
    this.inProgress++;
    const slot = this.#host.newSlot();
    const weight = this.#promised ? 1 : this.#host.weightOfNext();
    const startedAt = weight > 0 ? this.#host.now() : undefined;
    const creation = this.#host.create(slot, 1);
    this.#promised = creation instanceof Promise;
    if (creation instanceof Promise || creation.kind === 'failed' || slot.state === 'gone') {
      return { slot, creation, startedAt };
    }
    const tookMs = startedAt === undefined ? 0 : this.#host.now() - startedAt;
    const unfit = this.#host.takeIn(slot, creation.resource, tookMs, weight);
    if (unfit !== undefined) {
      return { slot, creation: { kind: 'failed', error: unfit, timedOut: false }, startedAt };
    }
    this.inProgress--;
    return slot;
  }

  /** Follows up a creation that was begun ahead, now that whoever wanted it is in line. */
  proceed({ slot, creation, startedAt }: Begun<T>): void {
    const birth = { startedAt: this.#host.now(), attempts: 1 };
    this.#follow(slot, birth, creation, startedAt ?? birth.startedAt);
  }

  /**
   * A resource died, or was found unusable, before anybody had it. The first one is replaced at once; when its
   * replacements share its fate they come after a backoff, and who waits is told, as if creating had failed.
   */
  stillborn(slot: Slot<T>, error: unknown): void {
    // Of several that ended together only one counts, and old age is no stillbirth.
    if (slot.id <= this.#newestThen || this.#host.ageOf(slot) > this.#plan.maxMs) return;
    this.#stillborn = this.#host.lentNewerThan(this.#newestThen) ? 1 : this.#stillborn + 1;
    this.#newestThen = this.#host.lastId;
    const startedAt = this.#host.now();
    if (this.#stillborn > 1) {
      const waitMs = backoffMs(this.#plan, this.#stillborn - 1, this.#host.random());
      this.#notBefore = Math.max(this.#notBefore, startedAt + waitMs);
    }
    if (this.#stillborn % this.#plan.maxAttempts === 0) {
      this.#host.disappointed(error, { startedAt, attempts: this.#stillborn });
    }
  }

  /** Calls off every birth that is between two attempts. */
  cancelBackoff(): void {
    for (const { alarm, cancel } of [...this.#backingOff.values()]) {
      this.#host.agenda.drop(alarm);
      cancel();
    }
    this.#backingOff.clear();
  }

  #begin(): void {
    this.inProgress++;
    const slot = this.#host.newSlot();
    this.#attempt(slot, { startedAt: this.#host.now(), attempts: 1 });
  }

  #attempt(slot: Slot<T>, birth: Birth): void {
    const startedAt = this.#host.now();
    this.#follow(slot, birth, this.#host.create(slot, birth.attempts), startedAt);
  }

  #follow(
    slot: Slot<T>,
    birth: Birth,
    creation: Creation<T> | Promise<Creation<T>>,
    startedAt: number,
  ): void {
    if (creation instanceof Promise) {
      void creation.then((made) => this.#made(slot, birth, made, startedAt));
    } else this.#made(slot, birth, creation, startedAt);
  }

  #made(slot: Slot<T>, birth: Birth, made: Creation<T>, startedAt: number): void {
    if (slot.state === 'gone') {
      // Called off by a forced close; what came of it all the same must not be left lying about.
      if (made.kind === 'created') this.#host.createdTooLate(slot, made.resource);
      return;
    }
    if (made.kind === 'failed') {
      this.#failed(slot, birth, made.error, made.timedOut);
      return;
    }
    const arrival = this.#host.arrived(slot, made.resource, this.#host.now() - startedAt);
    if (arrival instanceof Promise) void arrival.then((is) => this.#arrived(birth, is));
    else this.#arrived(birth, arrival);
  }

  #arrived(birth: Birth, arrival: Arrival<T>): void {
    if (arrival.kind === 'unfit') {
      this.#failed(arrival.slot, birth, arrival.error, false);
      return;
    }
    this.inProgress--;
    this.#givenUp = 0;
    this.#host.pump();
  }

  #failed(slot: Slot<T>, birth: Birth, error: unknown, timedOut: boolean): void {
    const last = birth.attempts >= this.#plan.maxAttempts || this.#host.givesUp;
    const waitMs = last ? undefined : backoffMs(this.#plan, birth.attempts, this.#host.random());
    this.#host.attemptFailed(slot, error, birth.attempts, waitMs, timedOut);
    if (slot.state === 'gone') return;
    if (waitMs === undefined) {
      this.#giveUp(slot, error, birth);
      return;
    }
    const cancel = () => this.#giveUp(slot, error, birth);
    const next = (): void => {
      this.#backingOff.delete(slot);
      this.#attempt(slot, { ...birth, attempts: birth.attempts + 1 });
    };
    const dueAt = this.#host.now() + waitMs;
    const alarm = this.#host.agenda.after(waitMs, next, this.#alarmKind);
    this.#backingOff.set(slot, { alarm, dueAt, next, cancel });
  }

  #giveUp(slot: Slot<T>, error: unknown, birth: Birth): void {
    this.inProgress--;
    const now = this.#host.now();
    // Births of one round tend to fail together: only the first of them makes the next wait longer.
    if (this.#givenUp === 0 || now >= this.#notBefore) {
      this.#givenUp++;
      this.#notBefore = now + backoffMs(this.#plan, this.#givenUp, this.#host.random());
    }
    this.#host.gaveUp(slot, error, birth);
    this.#host.pump();
  }

  /** Somebody who waits keeps the process alive until the next attempt, with or without a deadline of his own. */
  get #alarmKind(): 'holds-process' | 'lets-process-exit' {
    return this.#host.isAwaited ? 'holds-process' : 'lets-process-exit';
  }

  /** Attempts that were put off while nobody waited hold the process too, now that somebody does. */
  #holdAttempts(): void {
    const { agenda } = this.#host;
    for (const [slot, { alarm, dueAt, next, cancel }] of this.#backingOff) {
      if (alarm.holdsProcess) continue;
      const leftMs = Math.max(0, dueAt - this.#host.now());
      agenda.drop(alarm);
      const held = agenda.after(leftMs, next, 'holds-process');
      this.#backingOff.set(slot, { alarm: held, dueAt, next, cancel });
    }
  }

  #waitForGate(ms: number): void {
    const process = this.#alarmKind;
    if (this.#gate !== undefined) {
      if (this.#gate.holdsProcess || process === 'lets-process-exit') return;
      this.#host.agenda.drop(this.#gate);
    }
    const open = (): void => {
      this.#gate = undefined;
      this.#host.pump();
    };
    this.#gate = this.#host.agenda.after(ms, open, process);
  }
}
