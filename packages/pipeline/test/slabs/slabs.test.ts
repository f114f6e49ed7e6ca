import { PoolError } from '@rockpool/core';
import { ManualClock } from '@rockpool/core/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { LatestCache, POISON, Slab, SlabPool, sweepExtension } from '../../src/index.js';
import { runtimeStats } from '../support/stats.js';
import { StillRuntime } from '../support/still-runtime.js';

describe('a pool of slabs', () => {
  let slabs: SlabPool;
  afterEach(() => slabs.close());

  it('makes slabs of 64 KiB in advance', async () => {
    slabs = new SlabPool({ min: 4 });
    await slabs.pool.ready();
    expect(slabs.pool.size).toBe(4);
    const lease = slabs.tryAcquire();
    expect(lease?.resource.size).toBe(65_536);
    lease?.release();
  });

  it('lends a slab as if it were new', async () => {
    slabs = new SlabPool({ min: 1, max: 1, slabBytes: 100 });
    const first = await slabs.acquire();
    expect(first.resource.take(60)?.byteLength).toBe(60);
    expect(first.resource.take(60)).toBeUndefined();
    expect(first.resource.room).toBe(40);
    await first.releaseAsync();
    const second = await slabs.acquire();
    expect(second.resource.room).toBe(100);
    second.release();
  });

  it('is not harmed by a slab that is given back twice', async () => {
    slabs = new SlabPool({ min: 1, max: 1 });
    const stale = await slabs.acquire();
    await stale.releaseAsync();
    const lease = await slabs.acquire();
    await stale.releaseAsync();
    expect(slabs.tryAcquire()).toBeUndefined();
    expect(slabs.pool.borrowed).toBe(1);
    expect(() => stale.resource).toThrow(
      expect.toSatisfy((error) => PoolError.is(error, 'ERR_POOL_LEASE_ENDED')),
    );
    lease.release();
  });

  it('overwrites what comes back while it is told to, so that nobody goes on reading it', async () => {
    slabs = new SlabPool({ min: 1, max: 1, slabBytes: 16 });
    const use = async () => {
      const lease = await slabs.acquire();
      const piece = lease.resource.copy(Uint8Array.of(1, 2, 3))!;
      await lease.releaseAsync();
      return [...piece];
    };
    expect(await use()).toEqual([1, 2, 3]);
    const stop = slabs.poison();
    expect(await use()).toEqual([POISON, POISON, POISON]);
    expect(POISON).toBe(0xdd);
    stop();
    expect(await use()).toEqual([1, 2, 3]);
  });

  it('gives back idle slabs above the least number after a minute', async () => {
    const clock = new ManualClock();
    slabs = new SlabPool({ min: 1, max: 4, clock });
    const leases = await Promise.all([slabs.acquire(), slabs.acquire(), slabs.acquire()]);
    await Promise.all(leases.map((lease) => lease.releaseAsync()));
    expect(slabs.pool.size).toBe(3);
    await clock.advance(120_000);
    expect(slabs.pool.size).toBe(1);
  });

  it('never hands out the same byte twice', () => {
    slabs = new SlabPool({ min: 0 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (lengths) => {
        const slab = new Slab(256, { state: 'off' });
        const pieces = lengths.flatMap((length) => slab.take(length) ?? []);
        for (const [index, piece] of pieces.entries()) piece.fill(index + 1);
        for (const [index, piece] of pieces.entries()) {
          expect(piece.every((byte) => byte === index + 1)).toBe(true);
        }
        const taken = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
        expect(slab.room).toBe(256 - taken);
      }),
    );
  });
});

describe('sweeps', () => {
  const runtime = new StillRuntime(() => runtimeStats([])).asRuntime();

  it('give back what has expired once a minute, whatever one of them throws, and end with the runtime', async () => {
    const clock = new ManualClock();
    const cache = new LatestCache<string, string>({ max: 10, ttlMs: 1_000, clock });
    cache.put('key', 'value', { position: 1n, version: 0n });
    const swept: number[] = [];
    const errors: unknown[] = [];
    const broken = {
      sweep: () => {
        throw new Error('broken');
      },
    };
    const sweeps = sweepExtension({
      of: [broken, cache],
      clock,
      onSwept: (count) => swept.push(count),
      onError: (error) => errors.push(error),
    });
    await sweeps.start(runtime);
    await clock.advance(59_999);
    expect(swept).toEqual([]);
    await clock.advance(1);
    expect(swept).toEqual([1]);
    expect(cache.stats().size).toBe(0);
    expect(errors).toHaveLength(1);
    await clock.advance(60_000);
    expect(swept).toEqual([1, 0]);
    await sweeps.stop();
    expect(clock.pending).toBe(0);
  });

  it('let V8 collect only when they are asked to and it can be called', async () => {
    const original = globalThis.gc;
    let collected = 0;
    globalThis.gc = (() => {
      collected += 1;
    }) as unknown as NonNullable<typeof globalThis.gc>;
    try {
      for (const collect of ['never', 'if-exposed'] as const) {
        const clock = new ManualClock();
        const sweeps = sweepExtension({ of: [], clock, collect });
        await sweeps.start(runtime);
        await clock.advance(60_000);
        await sweeps.stop();
        expect(collected).toBe(collect === 'never' ? 0 : 1);
      }
    } finally {
      if (original === undefined) Reflect.deleteProperty(globalThis, 'gc');
      else globalThis.gc = original;
    }
  });
});
