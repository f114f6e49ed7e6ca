import {
  type Clock,
  createPool,
  type Lease,
  type Pool,
  parseOptions,
  systemClock,
} from '@rockpool/core';
import { z } from 'zod';
import { type Poisoning, Slab } from './slab.js';

/** How much memory is kept ready. */
export interface SlabPoolOptions {
  /** Slabs that are made at once and kept. Default 16. */
  readonly min?: number | undefined;
  /** Most slabs. Default 1,024. */
  readonly max?: number | undefined;
  /** One slab, in bytes. Default 65,536. */
  readonly slabBytes?: number | undefined;
  /** A slab above `min` that is unused for longer is given back, in ms. Default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

const whole = z.number().int().min(0);
const schema = z.strictObject({
  min: whole.default(16),
  max: whole.min(1).default(1_024),
  slabBytes: whole.min(1).default(65_536),
  idleTimeoutMs: z.number().min(0).default(60_000),
});

/**
 * Buffers that are made in advance and used again. A slab is borrowed, cut into pieces, and begins anew when it is
 * given back; giving it back twice changes nothing, and using a lease that has ended throws.
 */
export class SlabPool implements AsyncDisposable {
  readonly pool: Pool<Slab>;
  readonly #poisoning: Poisoning = { state: 'off' };

  /** @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong */
  constructor({ clock = systemClock, ...options }: SlabPoolOptions = {}) {
    const { min, max, slabBytes, idleTimeoutMs } = parseOptions(
      schema,
      options,
      'SlabPool options',
    );
    this.pool = createPool<Slab>(() => new Slab(slabBytes, this.#poisoning), {
      name: 'slabs',
      min: Math.min(min, max),
      max,
      idleTimeoutMs,
      acquireTimeoutMs: 0,
      clock,
    });
  }

  /** Borrows a slab; waits while all are on loan. */
  acquire(signal?: AbortSignal): Promise<Lease<Slab>> {
    return this.pool.acquire({ signal });
  }

  /** Borrows a slab if there is one ready. */
  tryAcquire(): Lease<Slab> | undefined {
    return this.pool.tryAcquire();
  }

  /** From now on slabs that come back are overwritten with 0xDD; the returned function ends that. */
  poison(): () => void {
    this.#poisoning.state = 'on';
    return () => {
      this.#poisoning.state = 'off';
    };
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
