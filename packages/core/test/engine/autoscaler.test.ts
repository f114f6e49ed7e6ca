import { describe, expect, it } from 'vitest';
import type { PoolOptions } from '../../src/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, type Hooks, type Tool, toolPool } from '../support/tools.js';
import { acquireAll, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

const scaled = (hooks: Hooks = {}, options: PoolOptions<Tool> = {}) =>
  toolPool(hooks, {
    acquireTimeoutMs: 0,
    autoscale: {
      min: 2,
      max: 20,
      targetUtilization: 1,
      scaleUpAfterMs: 1_000,
      scaleDownAfterMs: 5_000,
    },
    ...options,
  });

describe('a pool whose size follows its load', () => {
  it('sets no timer while nobody needs more than its least', async () => {
    const { pool, clock } = scaled();
    await pool.ready();
    expect(clock.pending).toBe(0);
    releaseAll(await acquireAll(pool, 2));
    expect(clock.pending).toBe(0);
    await pool.close();
  });

  it('grows as soon as more was wanted for scaleUpAfterMs, each time that it is', async () => {
    const { pool, clock } = scaled();
    for (let time = 0; time < 3; time++) {
      const leases = Array.from({ length: 6 }, () => pool.acquire());
      await clock.advance(999);
      expect([pool.min, pool.max]).toEqual([2, 2]);
      // What was wanted throughout: when the first caller had to wait, there was one, and a look later there were four.
      await clock.advance(1);
      expect([pool.min, pool.max]).toEqual([2, 3]);
      await clock.advance(250);
      expect([pool.min, pool.max]).toEqual([2, 6]);
      releaseAll(await Promise.all(leases));
      await clock.advance(60_000);
      expect([pool.min, pool.max, clock.pending]).toEqual([2, 2, 0]);
    }
    await pool.close();
  });

  it('may have one size only', async () => {
    const { pool, clock } = scaled({}, { autoscale: { min: 3, max: 3 } });
    const leases = Array.from({ length: 6 }, () => pool.acquire());
    await clock.advance(60_000);
    expect([pool.min, pool.max]).toEqual([3, 3]);
    for (const lease of leases) (await lease).release();
    await pool.close();
  });

  it('counts callers in line by what one resource can serve', async () => {
    const { pool, clock } = scaled({}, { concurrency: 4 });
    const leases = Array.from({ length: 12 }, () => pool.acquire());
    await clock.advance(1_000);
    expect(pool.max).toBe(3);
    releaseAll(await Promise.all(leases));
    await pool.close();
  });

  it('grows by one when somebody waits for longer than maxWaitMs, and not for shorter waits', async () => {
    const hang = answer<Tool>();
    const { pool, clock } = scaled({ create: () => hang.promise }, { createTimeoutMs: 0 });
    const waiting = pool.acquire();
    // The first look was when nobody had waited yet, the second after 250 ms: that is the first one too long.
    await clock.advance(1_249);
    expect(pool.max).toBe(2);
    await clock.advance(1);
    expect(pool.max).toBe(3);
    hang.give({ serial: 1 });
    (await waiting).release();
    await pool.close({ force: true });
  });

  it('keeps its size while it closes', async () => {
    const { pool, clock } = scaled();
    const leases = await Promise.all([
      ...Array.from({ length: 6 }, () => pool.acquire()),
      clock.advance(1_250),
    ]);
    expect(pool.max).toBe(6);
    const sizes: number[] = [];
    pool.on('resize', ({ max }) => sizes.push(max));
    const closing = pool.close();
    for (const lease of leases.slice(0, 5)) lease?.release();
    await clock.advance(20_000);
    expect(sizes).toEqual([]);
    leases[5]?.release();
    await closing;
    expect(clock.pending).toBe(0);
  });
});
