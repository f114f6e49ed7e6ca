import type { Lease } from './contract/lease.js';
import type { ResourceInfo } from './contract/poolable.js';
import type { LeaseDesk } from './slot/desk.js';
import type { Loan } from './slot/loan.js';
import type { Slot } from './slot/slot.js';

/**
 * A lease as a token: it knows its slot until it ends, then forgets it. A second release finds nothing to release,
 * whoever has the resource by then.
 */
export class SlotLease<T> implements Lease<T> {
  readonly #desk: LeaseDesk<T>;
  #slot: Slot<T> | undefined;
  #loan: Loan | undefined;

  constructor(desk: LeaseDesk<T>, slot: Slot<T>, loan: Loan | undefined) {
    this.#desk = desk;
    this.#slot = slot;
    this.#loan = loan;
  }

  get resource(): T {
    const slot = this.#slot;
    if (slot !== undefined && slot.state === 'leased' && this.#loan === undefined) {
      return slot.resource as T;
    }
    return this.#held().resource as T;
  }

  get info(): ResourceInfo {
    return this.#desk.infoOf(this.#held());
  }

  get active(): boolean {
    return this.#slot !== undefined && this.#desk.holds(this.#slot, this.#loan);
  }

  get signal(): AbortSignal {
    this.#loan = this.#desk.openLoan(this.#held(), this.#loan);
    return this.#loan.signal;
  }

  release(): void {
    const slot = this.#slot;
    if (slot === undefined) {
      this.#desk.noteLateRelease();
      return;
    }
    this.#slot = undefined;
    // Whatever comes of the reset is the pool's affair; `releaseAsync` is for those who want to wait for it.
    void this.#desk.takeBack(slot, this.#loan);
  }

  async releaseAsync(): Promise<void> {
    const slot = this.#end();
    if (slot !== undefined) await this.#desk.takeBack(slot, this.#loan);
  }

  destroy(error?: unknown): void {
    const slot = this.#end();
    if (slot !== undefined) this.#desk.takeBackToDestroy(slot, this.#loan, error);
  }

  detach(): T {
    const held = this.#held();
    const { resource } = held;
    this.#slot = undefined;
    this.#desk.takeBackToDetach(held, this.#loan);
    return resource as T;
  }

  fail(error?: unknown): void {
    this.#desk.noteFailure(this.#held(), error);
  }

  touch(): void {
    this.#held();
    if (this.#loan !== undefined) this.#desk.touchLoan(this.#loan);
  }

  [Symbol.dispose](): void {
    // Not `release()`: leaving the scope after an explicit release is the normal case and not a late release.
    const slot = this.#slot;
    if (slot === undefined) return;
    this.#slot = undefined;
    void this.#desk.takeBack(slot, this.#loan);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const slot = this.#slot;
    if (slot === undefined) return;
    this.#slot = undefined;
    await this.#desk.takeBack(slot, this.#loan);
  }

  #held(): Slot<T> {
    const slot = this.#slot;
    if (slot === undefined || !this.#desk.holds(slot, this.#loan)) throw this.#desk.leaseEnded();
    return slot;
  }

  #end(): Slot<T> | undefined {
    const slot = this.#slot;
    if (slot === undefined) this.#desk.noteLateRelease();
    this.#slot = undefined;
    return slot;
  }
}

// A promise asks whatever it is resolved with for a `then`. Where the answer "none" is found at once, and not after the
// whole chain of prototypes, a loan costs some nanoseconds less.
Object.defineProperty(SlotLease.prototype, 'then', { value: undefined });
