import type { ResolvedOptions } from '../contract/options.js';
import type { Outcome } from '../lifecycle/door.js';
import { FULL_HEALTH } from '../policy/scoring.js';
import type { Chain } from '../slot/chain.js';
import type { LeaseDesk } from '../slot/desk.js';
import { Loan } from '../slot/loan.js';
import { extrasOf, healthOfSlot, isEnding, type Slot, tidyExtras } from '../slot/slot.js';
import { UNSHARED } from './capacity.js';
import type { Checks } from './checks.js';
import type { Ending } from './ending.js';
import type { Leaks } from './leaks.js';
import type { Waiting } from './waiting.js';
import type { Yard } from './yard.js';

/** Where a usable resource comes from. */
export type Origin = 'created' | 'returned' | 'tested';

/** The parts that know what to do with a resource that came back. */
export interface ReturningParts<T> {
  readonly ending: Ending<T>;
  readonly checks: Checks<T>;
  readonly waiting: Waiting<T>;
  readonly leaks: Leaks<T>;
}

/** Takes resources back from leases, cleans and checks them, and decides what becomes of a usable one. */
export class Returning<T> implements LeaseDesk<T> {
  /** Nothing has to be looked at on return, and nobody wants to be told: to a waiter or on the shelf. */
  plain = false;
  /** Where the fast lane puts what comes back; `undefined` = it is closed. */
  #lane: Chain<T> | undefined = undefined;
  readonly #yard: Yard<T>;
  // What the fast lane reads, within one step of it.
  readonly #line: Yard<T>['line'];
  readonly #ledger: Yard<T>['ledger'];
  readonly #counters: Yard<T>['counters'];
  readonly #options: ResolvedOptions<T>;
  #parts!: ReturningParts<T>;
  /** Whether the idle time of each resource must be exact, for the bypass of the check on borrow. */
  readonly #precise: boolean;

  constructor(yard: Yard<T>) {
    this.#yard = yard;
    this.#line = yard.line;
    this.#ledger = yard.ledger;
    this.#counters = yard.counters;
    this.#options = yard.options;
    this.#precise = yard.options.testOnBorrow && yard.options.validateAfterIdleMs > 0;
  }

  /** Leases need this desk before the parts that use leases exist. */
  connect(parts: ReturningParts<T>): void {
    this.#parts = parts;
  }

  /** Opens or closes the fast lane, after anything that decides on it has changed. */
  refresh(): void {
    const { door, shared, shelf, ledger, sizes, state, watchers, capacity, events } = this.#yard;
    const { testOnReturn, testOnBorrow, maxUses, maxLifetimeMs } = this.#options;
    this.plain =
      !(shared.sharing || door.canReset || door.canActivate || testOnReturn) &&
      !door.canMeasure &&
      !(testOnBorrow || events.heard.release) &&
      maxUses === Number.POSITIVE_INFINITY &&
      maxLifetimeMs === 0 &&
      sizes.maxIdle >= sizes.max &&
      ledger.size <= sizes.max &&
      watchers.size === 0 &&
      capacity === UNSHARED &&
      (state === 'running' || state === 'paused');
    this.#lane = this.plain ? shelf.warmest : undefined;
  }

  takeBack(slot: Slot<T>, loan: Loan | undefined): Promise<void> | undefined {
    const lane = this.#lane;
    if (
      lane !== undefined &&
      loan === undefined &&
      slot.extras === undefined &&
      slot.state === 'leased' &&
      this.#line.size === 0
    ) {
      this.#counters.released++;
      this.#ledger.shelve(slot);
      slot.since = this.#yard.coarse;
      lane.addFirst(slot);
      return undefined;
    }
    return this.#takeBackCarefully(slot, loan);
  }

  takeBackToDestroy(slot: Slot<T>, loan: Loan | undefined, error: unknown): void {
    const { counters, shared } = this.#yard;
    if (!this.holds(slot, loan)) {
      counters.lateReleases++;
      return;
    }
    if (loan !== undefined) this.#closeLoan(slot, loan);
    counters.destroyedByBorrower++;
    const { ending } = this.#parts;
    if (shared.sharing) {
      ending.doom(slot, 'borrower', error);
      if (shared.removeLease(slot) > 0) return;
    }
    void ending.retire(slot, 'borrower', error);
  }

  takeBackToDetach(slot: Slot<T>, loan: Loan | undefined): void {
    const { counters, shared } = this.#yard;
    if (loan !== undefined) this.#closeLoan(slot, loan);
    if (shared.sharing) shared.close(slot);
    counters.detached++;
    this.#yard.removeSlot(slot);
    this.#yard.pump();
  }

  noteFailure(slot: Slot<T>, error: unknown): void {
    const { counters, options } = this.#yard;
    counters.failures++;
    this.#yard.observe(slot, { kind: 'failed' });
    if (healthOfSlot(slot) < options.minHealth * 100)
      this.#parts.ending.doom(slot, 'unhealthy', error);
  }

  noteLateRelease(): void {
    this.#yard.counters.lateReleases++;
  }

  openLoan(slot: Slot<T>, known: Loan | undefined): Loan {
    const loan = known ?? new Loan(this.#yard.now(), 0, undefined);
    const extras = extrasOf(slot);
    extras.loans ??= new Set();
    extras.loans.add(loan);
    // Whoever asks for the signal after the death hears of it as those do who had asked before.
    if (extras.doom === 'died') loan.abort(extras.doomError);
    return loan;
  }

  touchLoan(loan: Loan): void {
    if (this.#parts.leaks.watching) this.#parts.leaks.touch(loan);
  }

  holds(slot: Slot<T>, loan: Loan | undefined): boolean {
    return slot.state === 'leased' && loan?.state !== 'revoked';
  }

  infoOf(slot: Slot<T>): ReturnType<LeaseDesk<T>['infoOf']> {
    return this.#yard.infoOf(slot);
  }

  leaseEnded(): Error {
    return this.#yard.leaseEnded();
  }

  /** The one place where a usable resource meets the world: a closed pool, a borrower, or the shelf. */
  settle(slot: Slot<T>, origin: Origin): Promise<void> | undefined {
    if (isEnding(slot)) return undefined;
    const { ending, waiting } = this.#parts;
    const doom = ending.verdict(slot);
    if (doom !== undefined) return ending.retire(slot, doom, slot.extras?.doomError);
    const { serving, line, ledger, sizes, watchers, shared } = this.#yard;
    if (serving && line.size > 0 && !this.#mustBeTested(origin)) {
      const claim = waiting.handOver(slot);
      if (claim === 'served') {
        if ((shared.sharing && line.size > 0) || watchers.size > 0) this.#yard.pump();
        return undefined;
      }
      if (claim === 'retired') return undefined;
    }
    if (ledger.idle >= sizes.maxIdle && line.size === 0) return ending.retire(slot, 'surplus');
    ledger.move(slot, 'idle');
    this.#dateAndShelve(slot);
    if (line.size > 0 || watchers.size > 0) this.#yard.pump();
    return undefined;
  }

  #takeBackCarefully(slot: Slot<T>, loan: Loan | undefined): Promise<void> | undefined {
    if (!this.holds(slot, loan)) {
      this.#counters.lateReleases++;
      return undefined;
    }
    if (loan !== undefined) this.#closeLoan(slot, loan);
    this.#counters.released++;
    if (!this.plain || slot.extras !== undefined) return this.#comeBack(slot);
    // From hand to hand: in a plain pool nothing can speak against it.
    if (this.#yard.serving && this.#parts.waiting.handOver(slot) === 'served') return undefined;
    return this.settle(slot, 'returned');
  }

  /** The general way back: shared leases, doom, expiry, reset, check. */
  #comeBack(slot: Slot<T>): Promise<void> | undefined {
    const { shared, door, events } = this.#yard;
    const { ending } = this.#parts;
    if (shared.sharing && shared.removeLease(slot) > 0) {
      // One that is always busy would never end otherwise: no further leases, and it ends with the last one.
      const verdict = ending.verdict(slot);
      if (verdict !== undefined) ending.doom(slot, verdict);
      if (events.heard.release) this.#tell(slot);
      this.#yard.pump();
      return undefined;
    }
    const doom = ending.verdict(slot);
    if (doom !== undefined) return ending.retire(slot, doom, slot.extras?.doomError);
    if (healthOfSlot(slot) !== FULL_HEALTH) {
      this.#yard.observe(slot, { kind: 'clean-return' });
      tidyExtras(slot);
    }
    if (!door.canReset) return this.#afterReset(slot);
    const beganAt = this.#options.stats === 'exact' ? this.#yard.now() : 0;
    const answer = door.reset(slot);
    if (!(answer instanceof Promise)) return this.#resetDone(slot, answer, beganAt);
    // A reset may have closed the pool by force before it gave its promise.
    if (!isEnding(slot)) this.#yard.ledger.move(slot, 'resetting');
    const startedAt = this.#yard.justNow; // read when the hook's deadline was set
    return answer.then((outcome) => this.#resetDone(slot, outcome, startedAt));
  }

  #resetDone(slot: Slot<T>, outcome: Outcome, startedAt: number): Promise<void> | undefined {
    // A reset may have closed the pool by force, or the close did not wait for it.
    if (isEnding(slot)) return undefined;
    const { counters, errorRate, events, options } = this.#yard;
    errorRate.record(outcome.kind === 'failed' ? 'failed' : 'ok');
    if (outcome.kind === 'failed') {
      counters.resetErrors++;
      this.#yard.observe(slot, { kind: outcome.timedOut ? 'timeout' : 'failed' });
      if (events.heard.resetError) {
        events.emit('resetError', { info: this.#yard.infoOf(slot), error: outcome.error });
      }
      return this.#parts.ending.retire(slot, 'reset-failed', outcome.error);
    }
    counters.resets++;
    const tookMs = startedAt === 0 ? 0 : this.#yard.now() - startedAt;
    if (startedAt !== 0) this.#yard.timed(slot, 'reset', tookMs, options.resetTimeoutMs);
    if (events.heard.reset) events.emit('reset', { info: this.#yard.infoOf(slot), tookMs });
    return this.#afterReset(slot);
  }

  #afterReset(slot: Slot<T>): Promise<void> | undefined {
    if (this.#yard.door.canMeasure) this.#yard.memory.measure(slot);
    if (!this.#options.testOnReturn) return this.#finish(slot, 'returned');
    this.#yard.ledger.move(slot, 'validating');
    const answer = this.#parts.checks.test(slot, 'return');
    const done = (outcome: Outcome): Promise<void> | undefined => {
      if (isEnding(slot)) return undefined;
      return outcome.kind === 'failed'
        ? this.#parts.ending.retire(slot, 'invalid', outcome.error)
        : this.#finish(slot, 'tested');
    };
    return answer instanceof Promise ? answer.then(done) : done(answer);
  }

  #finish(slot: Slot<T>, origin: Origin): Promise<void> | undefined {
    if (this.#yard.events.heard.release) this.#tell(slot);
    return this.settle(slot, origin);
  }

  /** With no bypass every loan is checked, also one that goes from hand to hand. */
  #mustBeTested(origin: Origin): boolean {
    const { testOnBorrow, validateAfterIdleMs } = this.#options;
    return origin === 'returned' && testOnBorrow && validateAfterIdleMs === 0;
  }

  #dateAndShelve(slot: Slot<T>): void {
    if (this.#precise) this.#yard.now();
    slot.since = this.#yard.coarse;
    this.#yard.shelf.put(slot);
  }

  #closeLoan(slot: Slot<T>, loan: Loan): void {
    loan.state = 'closed';
    if (this.#parts.leaks.watching) this.#parts.leaks.forget(loan);
    if (loan.weight > 0) this.#yard.timings.hold.record(this.#yard.now() - loan.since, loan.weight);
    const { extras } = slot;
    if (extras?.loans?.delete(loan) && extras.loans.size === 0) {
      extras.loans = undefined;
      tidyExtras(slot);
    }
  }

  #tell(slot: Slot<T>): void {
    this.#yard.events.emit('release', {
      resource: slot.resource as T,
      info: this.#yard.infoOf(slot),
    });
  }
}
