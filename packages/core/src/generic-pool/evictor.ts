import { wallTime } from '../time/clock.js';

/** What an evictor is told of an idle resource. Dates are in ms since 1970, `null` for what has not happened yet. */
export interface PooledResource<T = unknown> {
  readonly obj: T;
  readonly state: 'IDLE';
  readonly creationTime: number;
  readonly lastBorrowTime: number | null;
  readonly lastReturnTime: number | null;
  readonly lastIdleTime: number;
}

/** The limits of the pool, as its options say. */
export interface EvictionConfig {
  readonly softIdleTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
  readonly min: number;
}

/** Decides on idle resources. */
export interface Evictor {
  /** True: this resource is ended now. */
  evict(
    config: EvictionConfig,
    pooledResource: PooledResource,
    availableObjectsCount: number,
  ): boolean;
}

/**
 * Ends what has been idle for longer than `idleTimeoutMillis`; and for longer than `softIdleTimeoutMillis`, where that
 * is set, while more than `min` are idle.
 */
export class DefaultEvictor implements Evictor {
  evict(
    config: EvictionConfig,
    pooledResource: Pick<PooledResource, 'lastIdleTime'>,
    availableObjectsCount: number,
  ): boolean {
    const { softIdleTimeoutMillis, idleTimeoutMillis, min } = config;
    const idleMs = wallTime() - pooledResource.lastIdleTime;
    if (
      softIdleTimeoutMillis > 0 &&
      softIdleTimeoutMillis < idleMs &&
      min < availableObjectsCount
    ) {
      return true;
    }
    return idleTimeoutMillis < idleMs;
  }
}
