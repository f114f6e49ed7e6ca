import type { Lease } from '../contract/lease.js';
import { DuplicateResourceError } from '../errors.js';
import { type Entry, Twins } from './entry.js';

/**
 * Finds the loan of a resource, because in this interface a resource is all that a borrower holds. The maps change
 * only when resources are made or ended: deleting and setting one key for each loan is slow in V8 with many on loan.
 */
export class Registry<T> {
  readonly #objects = new Map<T, Entry<T>>();
  readonly #primitives = new Map<T, Twins<T>>();

  /**
   * @throws DuplicateResourceError `ERR_POOL_DUPLICATE_RESOURCE` for an object that is in the pool already: two
   * borrowers would have it at once
   */
  add(entry: Entry<T>): void {
    if (!isObject(entry.obj)) {
      let twins = this.#primitives.get(entry.obj);
      if (twins === undefined) {
        twins = new Twins<T>();
        this.#primitives.set(entry.obj, twins);
      }
      twins.count++;
      entry.twins = twins;
      return;
    }
    if (this.#objects.has(entry.obj)) {
      throw new DuplicateResourceError(
        'create returned an object that the pool holds already; a resource has to be made anew on each call',
      );
    }
    this.#objects.set(entry.obj, entry);
  }

  remove(entry: Entry<T>): void {
    const { twins } = entry;
    if (twins === undefined) this.#objects.delete(entry.obj);
    else if (--twins.count === 0) this.#primitives.delete(entry.obj);
  }

  /** The borrower is about to learn of the loan. */
  lend(lease: Lease<Entry<T>>): Entry<T> {
    const entry = lease.resource;
    entry.lease = lease;
    entry.info ??= lease.info;
    if (entry.twins !== undefined) entry.place = entry.twins.onLoan.push(entry) - 1;
    return entry;
  }

  /** An entry that holds this value and that its borrower knows to be on loan. */
  onLoan(resource: T): Entry<T> | undefined {
    const entry = this.#objects.get(resource);
    if (entry !== undefined) return entry.lease === undefined ? undefined : entry;
    return this.#primitives.get(resource)?.onLoan.at(-1);
  }

  /** Whether the value is on loan; true also in the moment before the borrower of an object learns of it. */
  isBorrowed(resource: T): boolean {
    if (this.onLoan(resource) !== undefined) return true;
    return (this.#objects.get(resource)?.info?.leases ?? 0) > 0;
  }

  /** Ends a loan: whoever comes with the resource after this is a stranger. */
  takeBack(entry: Entry<T>): Lease<Entry<T>> | undefined {
    const { lease, twins, place } = entry;
    entry.lease = undefined;
    const last = twins?.onLoan.pop();
    if (twins !== undefined && last !== undefined && last !== entry) {
      twins.onLoan[place] = last;
      last.place = place;
    }
    return lease;
  }
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
