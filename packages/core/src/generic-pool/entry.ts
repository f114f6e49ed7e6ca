import type { Lease } from '../contract/lease.js';
import type { ResourceInfo } from '../contract/poolable.js';

/**
 * A resource as the pool underneath sees it. An entry has no methods, so that a `reset` or `destroy` of the resource
 * itself is never taken for a hook, and each entry is an object of its own, so that resources may be of any type.
 * Dates are in ms of the pool's clock and are only kept while an evictor wants them.
 */
export class Entry<T> {
  readonly obj: T;
  /** The loan, from the moment the borrower knows of it until it ends. */
  lease: Lease<Entry<T>> | undefined = undefined;
  /** What the pool knows about it; from its first loan on. */
  info: ResourceInfo | undefined = undefined;
  /** Only of a primitive. */
  twins: Twins<T> | undefined = undefined;
  /** Where it stands among the twins on loan. */
  place = 0;
  readonly createdAt: number;
  idleSince: number;
  lentAt: number | undefined = undefined;
  returnedAt: number | undefined = undefined;

  constructor(obj: T, createdAt: number) {
    this.obj = obj;
    this.createdAt = createdAt;
    this.idleSince = createdAt;
  }
}

/** The entries that hold one primitive value: equal numbers are as many resources as there are entries. */
export class Twins<T> {
  count = 0;
  readonly onLoan: Entry<T>[] = [];
}
