import { createPool, desiredSize, type Lease, PRESETS, StableSize } from '@rockpool/core';
import { ManualClock, settle } from '@rockpool/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const plan = {
  min: 2,
  max: 20,
  targetUtilization: 0.8,
  maxWaitMs: 100,
  scaleUpAfterMs: 1_000,
  scaleDownAfterMs: 60_000,
};

const scaled = () => {
  const clock = new ManualClock();
  const pool = createPool(() => ({}), {
    clock,
    acquireTimeoutMs: 0,
    autoscale: { min: 2, max: 20, scaleUpAfterMs: 1_000, scaleDownAfterMs: 60_000 },
  });
  const sizes: number[] = [];
  pool.on('resize', ({ max }) => sizes.push(max));
  return { clock, pool, sizes };
};

describe('a pool that follows its load', () => {
  it('begins at its least size and keeps that warm', async () => {
    const { pool } = scaled();
    await pool.ready();
    expect([pool.min, pool.max, pool.size]).toEqual([2, 2, 2]);
  });

  it('grows when more was wanted throughout scaleUpAfterMs, and not before', async () => {
    const { pool, clock } = scaled();
    const leases = Array.from({ length: 8 }, () => pool.acquire());
    await clock.advance(900);
    expect(pool.max).toBe(2);
    await clock.advance(500);
    expect(pool.max).toBe(10);
    await expect(Promise.all(leases)).resolves.toHaveLength(8);
  });

  it('does not grow for a burst that is over sooner', async () => {
    const { pool, clock, sizes } = scaled();
    const burst = Array.from({ length: 12 }, () => pool.use(() => undefined));
    await Promise.all(burst);
    await clock.advance(5_000);
    expect(sizes).toEqual([]);
  });

  it('shrinks when less was wanted throughout scaleDownAfterMs, and then sets no timer any more', async () => {
    const { pool, clock } = scaled();
    const leases = Array.from({ length: 8 }, () => pool.acquire());
    await clock.advance(2_000);
    for (const lease of await Promise.all(leases)) lease.release();
    await clock.advance(50_000);
    expect(pool.max).toBeGreaterThanOrEqual(10);
    await clock.advance(40_000);
    expect(pool.max).toBe(2);
    await clock.advance(200_000);
    expect(pool.size).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('changes its size once under a steady load and then never again', async () => {
    const { pool, clock, sizes } = scaled();
    const busy: Lease<object>[] = [];
    // Five borrowers, each holding for 300 ms and coming back at once, for ten minutes.
    const worker = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        const lease = await pool.acquire();
        busy.push(lease);
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 300));
        busy.splice(busy.indexOf(lease), 1);
        lease.release();
      }
    };
    const load = Promise.all(Array.from({ length: 5 }, () => worker(2_000)));
    await clock.advance(30_000);
    const settled = pool.max;
    expect(settled).toBeGreaterThanOrEqual(5);
    const changes = sizes.length;
    await clock.advance(570_000);
    expect(pool.max).toBe(settled);
    expect(sizes).toHaveLength(changes);
    await clock.advance(600_000);
    await load;
    await settle();
  }, 60_000);
});

describe('the wanted size', () => {
  it('leaves room so that the target utilization holds', () => {
    expect(desiredSize(plan, { demand: 8, oldestWaitMs: 0 }, 2)).toBe(10);
    expect(desiredSize(plan, { demand: 0, oldestWaitMs: 0 }, 2)).toBe(2);
    expect(desiredSize(plan, { demand: 500, oldestWaitMs: 0 }, 2)).toBe(20);
  });

  it('is one more than there are when somebody has waited for too long', () => {
    expect(desiredSize(plan, { demand: 1, oldestWaitMs: 101 }, 5)).toBe(6);
    expect(desiredSize(plan, { demand: 1, oldestWaitMs: 100 }, 5)).toBe(2);
  });
});

describe('the stable size', () => {
  it('stays within its limits, and stands still once its wishes do, whatever came before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2, max: 20 }), { maxLength: 60 }),
        fc.integer({ min: 2, max: 20 }),
        (history, steady) => {
          const size = new StableSize(plan);
          const clock = new ManualClock(0);
          const observe = (wish: number): number => {
            clock.jump(250);
            return size.observe(clock.now(), wish);
          };
          for (const wish of history) observe(wish);
          for (let step = 0; step < 300; step++) observe(steady);
          expect(size.current).toBe(steady);
          const before = size.current;
          for (let step = 0; step < 50; step++) {
            expect(observe(steady)).toBe(before);
          }
        },
      ),
    );
  });
});

describe('the presets', () => {
  it('are those of the recommended sizes', () => {
    expect(PRESETS).toEqual({
      native: {
        low: { min: 5, max: 20 },
        medium: { min: 10, max: 50 },
        high: { min: 20, max: 100 },
      },
      wasm: { low: { min: 2, max: 10 }, medium: { min: 5, max: 20 }, high: { min: 10, max: 50 } },
    });
  });

  it('are options of a pool as they stand', async () => {
    const pool = createPool(() => ({}), PRESETS.wasm.low);
    await pool.ready();
    expect([pool.size, pool.max]).toEqual([2, 10]);
    await pool.close();
  });
});
