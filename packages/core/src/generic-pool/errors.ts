import { PoolError, type PoolErrorDetails } from '../errors.js';

/** No resource came within `acquireTimeoutMillis`. Its `cause` has the counts of the pool and why nothing was made. */
export class GenericPoolTimeoutError extends PoolError {
  constructor(details: PoolErrorDetails) {
    super('ERR_POOL_TIMEOUT', 'ResourceRequest timed out', details);
  }

  /** The name by which users of generic-pool recognise it. */
  override get name(): string {
    return 'TimeoutError';
  }
}

/** What was given to `release` or `destroy` is not on loan from this pool, or not any more. */
export class NotBorrowedError extends PoolError {
  constructor() {
    super('ERR_POOL_NOT_BORROWED', 'Resource not currently part of this pool');
  }
}
