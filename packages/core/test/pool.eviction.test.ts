import { describe, expect, it } from 'vitest';
import { lifetimeMs } from '../src/index.js';
import { settle } from '../src/testing/index.js';
import { acquireAll, newWorld, releaseAll } from './support/world.js';

describe('idle eviction', () => {
  it('is on by default and ends what has been idle for idleTimeoutMs, a quarter late at most', async () => {
    const { pool, clock } = newWorld({ max: 3, idleTimeoutMs: 1_000 });
    releaseAll(await acquireAll(pool, 3));
    await clock.advance(999);
    expect(pool.size).toBe(3);
    await clock.advance(251);
    expect(pool.size).toBe(0);
    expect(pool.stats().destroyedBy.idle).toBe(3);
    await pool.close();
  });

  it('never goes below min or minIdle and makes no create', async () => {
    for (const sizes of [{ min: 2 }, { minIdle: 2 }, { min: 2, minIdle: 1 }]) {
      const { pool, clock, workshop } = newWorld({ max: 5, idleTimeoutMs: 100, ...sizes });
      releaseAll(await acquireAll(pool, 5));
      await clock.advance(10_000);
      expect(pool.size, JSON.stringify(sizes)).toBe(2);
      expect(workshop.made).toBe(5);
      await pool.close();
    }
  });

  it('with hardIdleTimeoutMs goes below min too, which is then made anew', async () => {
    const { pool, clock, workshop } = newWorld({ min: 2, max: 2, hardIdleTimeoutMs: 100 });
    await pool.ready();
    await clock.advance(130);
    await settle();
    expect(workshop.made).toBe(4);
    expect(pool.size).toBe(2);
    await pool.close();
  });

  it('never takes one that is on loan, however long', async () => {
    const { pool, clock } = newWorld({ max: 1, idleTimeoutMs: 50, hardIdleTimeoutMs: 50 });
    const [lease] = await acquireAll(pool, 1);
    await clock.advance(10_000);
    expect(lease?.active).toBe(true);
    lease?.release();
    await pool.close();
  });

  it('spares what is used in between', async () => {
    const { pool, clock, workshop } = newWorld({ max: 3, idleTimeoutMs: 100 });
    releaseAll(await acquireAll(pool, 3));
    for (let round = 0; round < 20; round++) {
      await pool.use(() => undefined);
      await clock.advance(50);
    }
    expect(pool.size).toBe(1);
    expect(workshop.made).toBe(3);
    await pool.close();
  });

  it('sleeps without a timer while nothing can expire', async () => {
    const { pool, clock } = newWorld({ min: 1, max: 3, idleTimeoutMs: 100 });
    await pool.ready();
    await clock.advance(10_000);
    expect(clock.pending).toBe(0);
    releaseAll(await acquireAll(pool, 3));
    await settle();
    expect(clock.pending).toBe(1);
    await clock.advance(10_000);
    expect([pool.size, clock.pending]).toEqual([1, 0]);
    await pool.close();
  });

  it('is off with 0 or Infinity', async () => {
    for (const idleTimeoutMs of [0, Number.POSITIVE_INFINITY]) {
      const { pool, clock } = newWorld({ max: 1, idleTimeoutMs });
      releaseAll(await acquireAll(pool, 1));
      await clock.advance(10_000_000);
      expect([pool.size, clock.pending]).toEqual([1, 0]);
      await pool.close();
    }
  });

  it('keeps no more than maxIdle at once', async () => {
    const { pool, workshop } = newWorld({ max: 5, maxIdle: 2 }, 'at-once');
    releaseAll(await acquireAll(pool, 5));
    expect(pool.stats()).toMatchObject({ idle: 2, size: 2 });
    expect([...workshop.ended.values()]).toEqual(['surplus', 'surplus', 'surplus']);
    await pool.close();
  });
});

describe('lifetime', () => {
  it('ends a resource that is too old when it is next idle, and keeps min', async () => {
    const { pool, clock, workshop } = newWorld({
      min: 1,
      max: 1,
      maxLifetimeMs: 1_000,
      jitter: 0,
    });
    const [lease] = await acquireAll(pool, 1);
    await clock.advance(5_000);
    expect(lease?.active).toBe(true);
    lease?.release();
    await clock.advance(10);
    expect(pool.stats().destroyedBy.lifetime).toBe(1);
    expect(pool.available).toBe(1);
    await clock.advance(1_200);
    expect(workshop.made).toBeGreaterThanOrEqual(3);
    await pool.close();
  });

  it('does not lend one that has reached its age while nobody looked', async () => {
    const { pool, clock } = newWorld({ max: 1, maxLifetimeMs: 1_000, jitter: 0 });
    releaseAll(await acquireAll(pool, 1));
    await settle();
    clock.jump(1_000);
    const lease = await pool.acquire();
    expect(lease.resource.serial).toBe(2);
    lease.release();
    await pool.close();
  });

  it('does not wait for ever for a shared resource that is always on loan', async () => {
    for (const options of [{ maxLifetimeMs: 100, jitter: 0 }, { maxUses: 5 }]) {
      const { pool, clock, workshop } = newWorld({ max: 2, concurrency: 2, ...options }, 'at-once');
      let [held] = await acquireAll(pool, 1);
      for (let round = 0; round < 30; round++) {
        const next = await pool.acquire();
        held?.release();
        held = next;
        await clock.advance(20);
      }
      held?.release();
      expect(workshop.ended.size, JSON.stringify(options)).toBeGreaterThan(2);
      await pool.close();
    }
  });

  it('spreads the deaths of resources born together over most of the window', () => {
    const ages = Array.from({ length: 1_000 }, (_, id) => lifetimeMs(id + 1, 1_000, 0.25));
    const spread = Math.max(...ages) - Math.min(...ages);
    expect(spread).toBeGreaterThan(0.8 * 250);
    expect(Math.max(...ages)).toBeLessThanOrEqual(1_000);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(750);
    const tenths = new Set(ages.map((age) => Math.floor((1_000 - age) / 25.001)));
    expect(tenths.size).toBe(10);
  });

  it('of a herd in a pool does not end at one moment', async () => {
    const { pool, clock, workshop } = newWorld({
      min: 50,
      max: 50,
      maxCreating: 50,
      maxLifetimeMs: 10_000,
      jitter: 0.5,
    });
    await pool.ready();
    let most = 0;
    for (let step = 0; step < 100; step++) {
      const before = workshop.ended.size;
      await clock.advance(100);
      most = Math.max(most, workshop.ended.size - before);
    }
    expect(workshop.ended.size).toBeGreaterThan(30);
    expect(most).toBeLessThan(25);
    await pool.close();
  });

  it('in loans is maxUses', async () => {
    const { pool, workshop } = newWorld({ max: 1, maxUses: 3 });
    for (let loan = 0; loan < 7; loan++) await pool.use(() => settle());
    expect(workshop.made).toBe(3);
    expect(pool.stats().destroyedBy.uses).toBe(2);
    await pool.close();
  });
});
