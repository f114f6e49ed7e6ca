import type { Lease, TryAcquireOptions } from '../contract/lease.js';
import type { DestroyReason } from '../contract/poolable.js';
import { PoolOptionsError, reasonOf } from '../errors.js';
import { SlotLease } from '../lease.js';
import type { Outcome } from '../lifecycle/door.js';
import type { Chain } from '../slot/chain.js';
import type { LeaseDesk } from '../slot/desk.js';
import { Loan } from '../slot/loan.js';
import { extrasOf, isEnding, type Slot, tidyExtras } from '../slot/slot.js';
import type { Checks } from './checks.js';
import type { Ending } from './ending.js';
import type { Leaks } from './leaks.js';
import type { Yard } from './yard.js';

/** With `stats: 'sampled'` the first 64 loans are timed, then one in 64. */
const HOLD_SAMPLE = 64;

/** A check on borrow that was made in a promise counts for one loan within this time, even with no bypass. */
const VETTED_MS = 500;

/** What becomes of a resource that was found for somebody. */
export type Fitness = 'fit' | 'retired' | 'being-tested';

/** Finds idle resources, looks whether they may be lent, makes leases. */
export class Lending<T> {
  /** Checks on borrow that have not answered yet; each will serve a waiter or retire its slot. */
  testsInProgress = 0;
  /** A resource can be lent with no further question, and nobody wants to be told. */
  plain = false;
  /** Where the fast lane finds its resources; `undefined` = it is closed. */
  #lane: Chain<T> | undefined = undefined;
  readonly #yard: Yard<T>;
  // What the fast lane reads, within one step of it.
  readonly #line: Yard<T>['line'];
  readonly #ledger: Yard<T>['ledger'];
  readonly #counters: Yard<T>['counters'];
  readonly #ending: Ending<T>;
  readonly #checks: Checks<T>;
  readonly #leaks: Leaks<T>;
  readonly #desk: LeaseDesk<T>;
  /** A loan is timed when none of these bits is set in its number. */
  #holdMask: number;
  readonly #screens: boolean;
  /** What to do with a usable resource that was not lent after all. */
  readonly #settle: (slot: Slot<T>) => void;

  constructor(
    yard: Yard<T>,
    ending: Ending<T>,
    checks: Checks<T>,
    leaks: Leaks<T>,
    desk: LeaseDesk<T>,
    settle: (slot: Slot<T>) => void,
  ) {
    const { stats, testOnBorrow, maxLifetimeMs } = yard.options;
    this.#yard = yard;
    this.#line = yard.line;
    this.#ledger = yard.ledger;
    this.#counters = yard.counters;
    this.#ending = ending;
    this.#checks = checks;
    this.#leaks = leaks;
    this.#desk = desk;
    this.#settle = settle;
    this.#holdMask = stats === 'counters' ? -1 : 0;
    this.#screens = testOnBorrow || maxLifetimeMs > 0;
  }

  /** Opens or closes the fast lane, after anything that decides on it has changed. */
  refresh(): void {
    const { state, door, shared, shelf, events, sizes } = this.#yard;
    this.plain =
      state === 'running' &&
      !(this.#screens || shared.sharing || door.canActivate) &&
      !(this.#leaks.watching || events.heard.acquire);
    // With `minIdle` each loan from the shelf leaves a gap to fill, which is more than the fast lane does.
    this.#lane = this.plain && sizes.minIdle === 0 ? shelf.warmest : undefined;
  }

  /**
   * The fast lane: a lease on an idle resource, or nothing; also nothing while somebody waits. Kept short, as is the way
   * back in `Returning`: V8 inlines both into the caller's loop as long as their byte code stays small together.
   */
  lendPlain(): Lease<T> | undefined {
    const lane = this.#lane;
    if (lane === undefined || this.#line.size !== 0) return undefined;
    const slot = lane.takeFirst();
    if (slot === undefined) return undefined;
    this.#ledger.lend(slot);
    slot.uses++;
    const timed = (++this.#counters.acquiredDirect & this.#holdMask) === 0;
    return new SlotLease(this.#desk, slot, timed ? this.#newLoan(undefined, 'timed') : undefined);
  }

  /** The general way to a resource that may be lent at once. */
  lendNow(request: TryAcquireOptions<T> | undefined): Lease<T> | undefined {
    for (;;) {
      const slot = this.find(request);
      if (slot === undefined) return undefined;
      const fitness = this.screen(slot);
      if (fitness === 'being-tested') return undefined;
      if (fitness === 'retired') continue;
      return this.lend(slot, request, 0, 'direct');
    }
  }

  /** Lends what was just made for this caller, unless it is no good or others have got in line meanwhile. */
  lendNew(slot: Slot<T>, request: TryAcquireOptions<T> | undefined): Lease<T> | undefined {
    const wanted = this.#yard.serving && this.#line.size === 0;
    if (!wanted || isEnding(slot) || this.#ending.verdict(slot) !== undefined) {
      this.#settle(slot);
      return undefined;
    }
    return this.activate(slot) ? this.lend(slot, request, 0, 'direct') : undefined;
  }

  /** Takes a resource for a request: an idle one off the shelf, else one on loan that can be shared. */
  find(request: TryAcquireOptions<T> | undefined): Slot<T> | undefined {
    const { shelf, shared } = this.#yard;
    const where = request?.where;
    if (where === undefined) {
      const idle = shelf.take();
      if (idle !== undefined || !shared.sharing || request?.exclusive === true) return idle;
      return shared.pick();
    }
    const fits = (slot: Slot<T>): boolean => {
      try {
        return where(slot.resource as T, this.#yard.infoOf(slot));
      } catch (error) {
        throw predicateThrew(error);
      }
    };
    const idle = shelf.takeWhere(fits);
    if (idle !== undefined || !shared.sharing || request?.exclusive === true) return idle;
    return shared.pick(fits);
  }

  /**
   * Whether a found resource may be lent: not too old, checked, activated. All of this may be user code, which may do
   * anything to the pool meanwhile; a slot that is being asked is never idle, so `clear` and `close` reach it.
   */
  screen(slot: Slot<T>): Fitness {
    if (this.#screens && slot.state === 'idle') {
      const fitness = this.#inspect(slot);
      if (fitness !== 'fit') return fitness;
    }
    return this.activate(slot) ? 'fit' : 'retired';
  }

  /** Calls `onAcquire`, where there is one. False: it threw, or the slot must not be used any more; it was retired. */
  activate(slot: Slot<T>): boolean {
    const { door, ledger } = this.#yard;
    if (!door.canActivate) return true;
    if (slot.state === 'idle') ledger.move(slot, 'validating');
    const outcome = door.activate(slot);
    if (isEnding(slot)) return false; // it closed the pool by force
    const failed = outcome.kind === 'failed';
    if (failed) this.#yard.observe(slot, { kind: 'failed' });
    const reason = failed ? 'invalid' : this.#ending.verdict(slot);
    if (reason === undefined) return true;
    this.#end(slot, reason, failed ? outcome.error : undefined);
    return false;
  }

  /** Puts a found resource back that is not wanted any more. */
  putBack(slot: Slot<T>): void {
    if (slot.state === 'idle') this.#yard.shelf.put(slot);
    else if (slot.state === 'validating') this.#settle(slot);
  }

  /** Makes a lease on a slot that `screen` found fit. */
  lend(
    slot: Slot<T>,
    request: TryAcquireOptions<T> | undefined,
    waitedMs: number,
    way: 'direct' | 'after-wait',
  ): Lease<T> {
    const { ledger, shared, counters, events } = this.#yard;
    if (slot.state === 'idle') ledger.lend(slot);
    else if (slot.state !== 'leased') ledger.move(slot, 'leased');
    slot.uses++;
    if (slot.extras !== undefined && slot.extras.vettedAt !== 0) {
      slot.extras.vettedAt = 0;
      tidyExtras(slot);
    }
    if (shared.sharing) {
      shared.addLease(slot, request?.exclusive === true);
      // It may be on loan without a break: what wears it out must not wait until it is idle.
      const wear = this.#ending.wear(slot);
      if (wear !== undefined) this.#ending.doom(slot, wear);
    }
    const served = way === 'direct' ? ++counters.acquiredDirect : ++counters.acquiredAfterWait;
    const label = request?.label;
    const timed = (served & this.#holdMask) === 0;
    const watched = this.#leaks.watching;
    const loan =
      timed || watched || label !== undefined
        ? this.#newLoan(label, timed ? 'timed' : 'untimed')
        : undefined;
    if (events.heard.acquire) this.#tell(slot, waitedMs, way);
    const lease = new SlotLease(this.#desk, slot, loan);
    if (watched && loan !== undefined) {
      this.#leaks.watch(slot, loan);
      this.#leaks.watchLease(slot, loan, lease);
    }
    return lease;
  }

  /** The fast lane from hand to hand: a further lease on a resource that is on loan. Only while `plain`. */
  lendOn(slot: Slot<T>): Lease<T> {
    slot.uses++;
    const timed = (++this.#counters.acquiredAfterWait & this.#holdMask) === 0;
    return new SlotLease(this.#desk, slot, timed ? this.#newLoan(undefined, 'timed') : undefined);
  }

  /** Age and check on borrow, of a resource just taken off the shelf. */
  #inspect(slot: Slot<T>): Fitness {
    const { testOnBorrow, validateAfterIdleMs, maxLifetimeMs } = this.#yard.options;
    // The clock is the dearest part of a loan: not read where no time is asked for.
    const timed = validateAfterIdleMs > 0 || maxLifetimeMs > 0;
    const idleMs = timed ? this.#yard.now() - this.#yard.bornAt - slot.since : 0;
    if (this.#ending.expired(slot)) {
      void this.#ending.retire(slot, 'lifetime');
      return 'retired';
    }
    if (!testOnBorrow || idleMs < validateAfterIdleMs || this.#isVetted(slot)) return 'fit';
    this.#yard.ledger.move(slot, 'validating');
    const answer = this.#checks.test(slot, 'borrow');
    if (!(answer instanceof Promise)) return this.#tested(slot, answer) ? 'fit' : 'retired';
    this.testsInProgress++;
    void answer.then((outcome) => {
      this.testsInProgress--;
      if (this.#tested(slot, outcome)) {
        extrasOf(slot).vettedAt = this.#yard.now();
        this.#settle(slot);
      }
      this.#yard.pump();
    });
    return 'being-tested';
  }

  /** Whether the check that this loan needs has just been made, in a promise. */
  #isVetted(slot: Slot<T>): boolean {
    const at = slot.extras?.vettedAt ?? 0;
    return at !== 0 && this.#yard.now() - at <= VETTED_MS;
  }

  #tested(slot: Slot<T>, outcome: Outcome): boolean {
    if (isEnding(slot)) return false;
    const failed = outcome.kind === 'failed';
    const reason = failed ? 'invalid' : this.#ending.verdict(slot);
    if (reason === undefined) return true;
    void this.#ending.retire(slot, reason, failed ? outcome.error : undefined);
    return false;
  }

  #end(slot: Slot<T>, reason: DestroyReason, error: unknown): void {
    if ((slot.extras?.leases ?? 0) > 0) this.#ending.doom(slot, reason, error);
    else void this.#ending.retire(slot, reason, error);
  }

  #newLoan(label: string | undefined, kind: 'timed' | 'untimed'): Loan {
    return new Loan(this.#yard.now(), kind === 'timed' ? this.#weight() : 0, label);
  }

  /** How many loans the one to be timed stands for. */
  #weight(): number {
    const { stats } = this.#yard.options;
    if (stats === 'exact' || this.#holdMask !== 0) return this.#holdMask + 1;
    // All of the first loans are timed, so that the figures of a short run mean something.
    const { acquiredDirect, acquiredAfterWait } = this.#counters;
    if (acquiredDirect + acquiredAfterWait >= HOLD_SAMPLE) this.#holdMask = HOLD_SAMPLE - 1;
    return 1;
  }

  #tell(slot: Slot<T>, waitedMs: number, way: 'direct' | 'after-wait'): void {
    this.#yard.events.emit('acquire', {
      resource: slot.resource as T,
      info: this.#yard.infoOf(slot),
      waitedMs,
      direct: way === 'direct',
    });
  }
}

function predicateThrew(error: unknown): PoolOptionsError {
  const problem = { path: 'where', message: `threw: ${reasonOf(error)}` };
  return new PoolOptionsError('acquire options', [problem], { cause: error });
}
