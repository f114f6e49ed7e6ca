import type { Lease } from '../contract/lease.js';
import { LeaseEndedError } from '../errors.js';
import type { Loan } from '../slot/loan.js';
import { extrasOf, type Slot } from '../slot/slot.js';
import type { Ending } from './ending.js';
import type { Yard } from './yard.js';

interface Held<T> {
  readonly slot: Slot<T>;
  readonly loan: Loan;
}

/**
 * Finds leases that nobody gives back: held beyond `leakThresholdMs`, beyond `reclaimAfterMs`, or dropped so that the
 * garbage collector found them. All of it costs nothing unless it is asked for.
 */
export class Leaks<T> {
  /** Whether every loan must be written down. */
  readonly watching: boolean;
  readonly #yard: Yard<T>;
  readonly #ending: Ending<T>;
  readonly #collected: FinalizationRegistry<Held<T>> | undefined;

  constructor(yard: Yard<T>, ending: Ending<T>) {
    const { leakThresholdMs, reclaimAfterMs, trackCollectedLeases } = yard.options;
    this.#yard = yard;
    this.#ending = ending;
    this.watching = leakThresholdMs > 0 || reclaimAfterMs > 0 || trackCollectedLeases > 0;
    this.#collected =
      trackCollectedLeases > 0
        ? new FinalizationRegistry((held) => yard.atHome(() => this.#dropped(held)))
        : undefined;
  }

  /** Begins to watch a loan. */
  watch(slot: Slot<T>, loan: Loan): void {
    const { captureStacks } = this.#yard.options;
    if (captureStacks > 0 && Math.random() < captureStacks)
      loan.origin = new Error('acquired here');
    loan.onAlarm = (_, now) => this.#overdue(slot, loan, now);
    this.#setAlarm(loan);
  }

  /** Begins to watch the lease itself, for the case that it is dropped. The watched must not be reachable from `loan`. */
  watchLease(slot: Slot<T>, loan: Loan, lease: Lease<T>): void {
    const { trackCollectedLeases } = this.#yard.options;
    if (this.#collected !== undefined && Math.random() < trackCollectedLeases) {
      this.#collected.register(lease, { slot, loan }, loan);
    }
  }

  /** The loan has ended. */
  forget(loan: Loan): void {
    this.#yard.agenda.drop(loan);
    this.#collected?.unregister(loan);
  }

  /** The borrower says that it is still at work. */
  touch(loan: Loan): void {
    this.#yard.agenda.drop(loan);
    if (loan.state === 'reported') loan.state = 'open';
    this.#setAlarm(loan);
  }

  #setAlarm(loan: Loan): void {
    const { leakThresholdMs, reclaimAfterMs } = this.#yard.options;
    const delays = [leakThresholdMs, reclaimAfterMs].filter((ms) => ms > 0);
    if (delays.length > 0) this.#yard.agenda.put(loan, Math.min(...delays), this.#yard.now());
  }

  #overdue(slot: Slot<T>, loan: Loan, now: number): void {
    const { leakThresholdMs, reclaimAfterMs } = this.#yard.options;
    if (!isHeld(slot, loan)) return; // the resource was taken away in another way
    if (leakThresholdMs > 0 && loan.state === 'open') {
      loan.state = 'reported';
      this.#report(slot, loan, now, 'still-held');
      if (!isHeld(slot, loan, 'reported')) return; // a listener gave it back, or touched it
      if (reclaimAfterMs > leakThresholdMs) {
        this.#yard.agenda.put(loan, reclaimAfterMs - leakThresholdMs, now);
        return;
      }
    }
    if (reclaimAfterMs > 0) this.#reclaim(slot, loan, now);
  }

  #dropped({ slot, loan }: Held<T>): void {
    if (!isHeld(slot, loan)) return;
    const now = this.#yard.now();
    this.#report(slot, loan, now, 'collected');
    // Not lent again: who dropped the lease may have kept the resource.
    this.#reclaim(slot, loan, now);
  }

  #report(slot: Slot<T>, loan: Loan, now: number, how: 'still-held' | 'collected'): void {
    const { counters, events } = this.#yard;
    counters.leaks++;
    if (!events.heard.leak) return;
    events.emit('leak', {
      info: this.#yard.infoOf(slot),
      heldMs: now - loan.since,
      label: loan.label,
      stack: loan.origin?.stack,
      collected: how === 'collected',
    });
  }

  #reclaim(slot: Slot<T>, loan: Loan, now: number): void {
    const { counters, events, shared } = this.#yard;
    loan.state = 'revoked';
    this.forget(loan);
    counters.reclaimed++;
    if (events.heard.reclaim) {
      events.emit('reclaim', {
        info: this.#yard.infoOf(slot),
        heldMs: now - loan.since,
        label: loan.label,
      });
    }
    const reason = new LeaseEndedError({ pool: this.#yard.name });
    loan.abort(reason);
    if (slot.state !== 'leased') return; // whoever was told has closed the pool by force
    extrasOf(slot).loans?.delete(loan);
    if (shared.sharing) {
      this.#ending.doom(slot, 'abandoned', reason);
      if (shared.removeLease(slot) > 0) return;
    }
    void this.#ending.retire(slot, 'abandoned', reason);
  }
}

/** Whether the loan still lasts; with `state`, whether it is in that state. */
function isHeld<T>(slot: Slot<T>, loan: Loan, state?: Loan['state']): boolean {
  if (slot.state !== 'leased' || loan.state === 'closed' || loan.state === 'revoked') return false;
  return state === undefined || loan.state === state;
}
