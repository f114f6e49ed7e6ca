import type { AcquireOptions, Lease } from '../contract/lease.js';
import type { MaybePromise } from '../contract/poolable.js';
import { PoolError } from '../errors.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import type { Permit } from './permit.js';

/** What a breaker can stand in front of: any `Pool`, or something that lends as it does. */
export interface LeaseSource<T> {
  acquire(options?: AcquireOptions<T>): Promise<Lease<T>>;
}

/**
 * Uses a resource of a pool under a breaker. Failed are: work that throws, and a pool that cannot serve (it times out,
 * is exhausted, or cannot create). Neither the caller's own abort nor a closed pool says anything about the other side.
 *
 * @throws CircuitBreakerOpenError `ERR_POOL_BREAKER_OPEN` at once, without joining the line
 * @throws whatever `acquire` or `work` throws
 */
export async function useGuarded<T, R>(
  pool: LeaseSource<T>,
  breaker: CircuitBreaker,
  work: (resource: T, lease: Lease<T>) => MaybePromise<R>,
  options?: AcquireOptions<T>,
): Promise<R> {
  const permit = breaker.tryPass();
  if (permit === undefined) throw breaker.openError();
  const lease = await acquired(pool, permit, options);
  try {
    const result = await work(lease.resource, lease);
    permit.succeed();
    return result;
  } catch (error) {
    permit.fail(error);
    throw error;
  } finally {
    lease[Symbol.dispose]();
  }
}

async function acquired<T>(
  pool: LeaseSource<T>,
  permit: Permit,
  options: AcquireOptions<T> | undefined,
): Promise<Lease<T>> {
  try {
    return await pool.acquire(options);
  } catch (error) {
    if (NO_SIGN.some((code) => PoolError.is(error, code))) permit.cancel();
    else permit.fail(error);
    throw error;
  }
}

const NO_SIGN = [
  'ERR_POOL_ABORTED',
  'ERR_POOL_CLOSED',
  'ERR_POOL_DRAINING',
  'ERR_POOL_OPTIONS',
] as const;
