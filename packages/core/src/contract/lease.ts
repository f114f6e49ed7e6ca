import type { ResourceInfo } from './poolable.js';

/** What one `acquire` may ask for. */
export interface AcquireOptions<T> {
  /** Gives up waiting. The creation it may have started goes on and serves somebody else. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call to the lease, one absolute deadline; 0 = none. Default: `acquireTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** 0 is the most urgent; at most `priorities - 1`. Default 0. */
  readonly priority?: number | undefined;
  /** The only lease on its resource, in a pool with `concurrency` above 1. Default false. */
  readonly exclusive?: boolean | undefined;
  /** Only a resource of which this is true (affinity). Must be cheap; it may be asked for many resources. */
  readonly where?: ((resource: T, info: ResourceInfo) => boolean) | undefined;
  /** Shown in leak and time-out reports. */
  readonly label?: string | undefined;
}

/** What `tryAcquire` may ask for. */
export type TryAcquireOptions<T> = Pick<AcquireOptions<T>, 'exclusive' | 'where' | 'label'>;

/**
 * The right to use a resource, once. All verbs that end a loan live here; whichever is called first ends it and the
 * others then do nothing but count as `lateReleases`.
 */
export interface Lease<T> extends Disposable, AsyncDisposable {
  /**
   * The resource.
   * @throws PoolError `ERR_POOL_LEASE_ENDED` once the lease has ended.
   */
  readonly resource: T;
  readonly info: ResourceInfo;
  /** Whether this lease still holds its resource. */
  readonly active: boolean;
  /** Aborts when the resource died, the lease was reclaimed, or the pool was closed by force. Made on first reading. */
  readonly signal: AbortSignal;
  /** Gives the resource back. Idempotent; a stale call can never free somebody else's lease. */
  release(): void;
  /** Gives the resource back; settles when it has been reset and is idle, lent again or ended. Never rejects. */
  releaseAsync(): Promise<void>;
  /** Ends the loan and the resource. */
  destroy(error?: unknown): void;
  /** Lowers the health of the resource; the lease goes on. */
  fail(error?: unknown): void;
  /** Restarts the clock of the leak detection. */
  touch(): void;
  /** Takes the resource out of the pool for good: its place is free, and ending it is the caller's affair. */
  detach(): T;
}
