import type { ResourceInfo } from '../contract/poolable.js';
import type { Loan } from './loan.js';
import type { Slot } from './slot.js';

/** Where leases come back to. Each verb is called at most once per lease, but the slot may have been taken away since. */
export interface LeaseDesk<T> {
  /** Settles when the resource is idle, lent again or ended; nothing to wait for when `undefined`. */
  takeBack(slot: Slot<T>, loan: Loan | undefined): Promise<void> | undefined;
  takeBackToDestroy(slot: Slot<T>, loan: Loan | undefined, error: unknown): void;
  takeBackToDetach(slot: Slot<T>, loan: Loan | undefined): void;
  noteFailure(slot: Slot<T>, error: unknown): void;
  noteLateRelease(): void;
  /** From now on whatever happens to the slot is told to this loan, because somebody wants its signal. */
  openLoan(slot: Slot<T>, known: Loan | undefined): Loan;
  /** The borrower is still at work. */
  touchLoan(loan: Loan): void;
  /** Whether this lease still holds the slot. */
  holds(slot: Slot<T>, loan: Loan | undefined): boolean;
  infoOf(slot: Slot<T>): ResourceInfo;
  leaseEnded(): Error;
}
