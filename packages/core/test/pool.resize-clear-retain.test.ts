import { describe, expect, it } from 'vitest';
import { EventRecorder, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld, releaseAll } from './support/world.js';

expectNoUnhandledRejection();

describe('resize', () => {
  it('to more serves who waits at once', async () => {
    const { pool } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const waiting = [pool.acquire(), pool.acquire()];
    pool.resize({ max: 3 });
    releaseAll(await Promise.all(waiting));
    lease?.release();
    expect(pool.max).toBe(3);
    await pool.close();
  });

  it('to less ends idle ones at once and those on loan when they come back', async () => {
    const { pool, workshop } = newWorld({ max: 4 }, 'at-once');
    const [one, two, three, four] = await acquireAll(pool, 4);
    one?.release();
    pool.resize({ max: 2 });
    expect(pool.size).toBe(3);
    two?.release();
    expect(pool.size).toBe(2);
    three?.release();
    four?.release();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2 });
    expect([...workshop.ended.values()]).toEqual(['shrink', 'shrink']);
    await pool.close();
  });

  it('below what is being made ends it when it arrives', async () => {
    const { pool, workshop, clock } = newWorld({ max: 3, maxCreating: 3 });
    workshop.gates.set('create', 'slow');
    const waiting = [1, 2, 3].map(() => pool.acquire());
    await settle();
    pool.resize({ max: 1 });
    await clock.advance(10);
    (await (waiting[0] as (typeof waiting)[0])).release();
    for (const acquired of waiting.slice(1)) (await acquired).release();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 });
    await pool.close();
  });

  it('of min and minIdle makes what is missing', async () => {
    const { pool } = newWorld({ max: 4 });
    pool.resize({ min: 2 });
    await pool.ready();
    expect(pool.available).toBe(2);
    pool.resize({ minIdle: 3 });
    await pool.ready();
    expect(pool.available).toBe(3);
    await pool.close();
  });

  it('of maxIdle ends the oldest idle ones', async () => {
    const { pool, workshop } = newWorld({ max: 4 }, 'at-once');
    releaseAll(await acquireAll(pool, 4));
    pool.resize({ maxIdle: 1 });
    expect(pool.available).toBe(1);
    expect([...workshop.ended.keys()].map(({ serial }) => serial)).toEqual([1, 2, 3]);
    await pool.close();
  });

  it('is announced', async () => {
    const { pool } = newWorld({ max: 4 });
    const recorder = new EventRecorder(pool, ['resize']);
    pool.resize({ max: 5, min: 1 });
    expect(recorder.of('resize')).toEqual([{ min: 1, max: 5 }]);
    await pool.close();
  });
});

describe('clear', () => {
  it('ends every idle one now, those on loan when they come back, and lends none of them again', async () => {
    const { pool, workshop } = newWorld({ max: 4 });
    const leases = await acquireAll(pool, 4);
    const old = new Set(leases.map(({ info }) => info.id));
    leases[0]?.release();
    leases[1]?.release();
    await settle();
    await pool.clear();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 0, generation: 1 });
    leases[2]?.release();
    leases[3]?.release();
    const fresh = await acquireAll(pool, 4);
    expect(fresh.every(({ info }) => !old.has(info.id) && info.generation === 1)).toBe(true);
    expect([...workshop.ended.values()].sort()).toEqual(['clear', 'clear', 'stale', 'stale']);
    releaseAll(fresh);
    await pool.close();
  });

  it('never makes more than max alive, nor more than max anew', async () => {
    const { pool, workshop, clock } = newWorld({ max: 2 });
    workshop.gates.set('destroy', 'slow');
    for (let round = 0; round < 5; round++) {
      const work = Array.from({ length: 6 }, () => pool.use(() => settle()));
      await settle();
      void pool.clear();
      expect(pool.size).toBeLessThanOrEqual(2);
      await clock.advance(100);
      await Promise.all(work);
    }
    expect(workshop.peakAlive).toBeLessThanOrEqual(2);
    workshop.gates.heal();
    await clock.advance(100);
    await pool.close();
  });

  it('ends what is being reset or checked as soon as that is over', async () => {
    for (const hook of ['reset', 'validate'] as const) {
      const { pool, workshop, clock } = newWorld({ max: 1, testOnReturn: true });
      const [lease] = await acquireAll(pool, 1);
      workshop.gates.set(hook, 'slow');
      lease?.release();
      await settle();
      await pool.clear();
      await clock.advance(10);
      expect([...workshop.ended.values()], hook).toEqual(['stale']);
      await pool.close();
    }
  });

  it('settles when the idle ones have ended', async () => {
    const { pool, workshop, clock } = newWorld({ max: 2 });
    releaseAll(await acquireAll(pool, 2));
    await settle();
    workshop.gates.set('destroy', 'slow');
    let cleared = false;
    void pool.clear().then(() => {
      cleared = true;
    });
    await settle();
    expect(cleared).toBe(false);
    await clock.advance(10);
    expect(cleared).toBe(true);
    await pool.close();
  });

  it('keeps those in line, unless it is told to reject them', async () => {
    const { pool } = newWorld({ max: 1, name: 'failover' });
    const [lease] = await acquireAll(pool, 1);
    const kept = pool.acquire();
    await pool.clear();
    expect(pool.pending).toBe(1);
    lease?.release();
    const next = await kept;
    const rejected = pool.acquire().catch((error: unknown) => error);
    await pool.clear({ failWaiters: true });
    expect(await rejected).toMatchObject({ code: 'ERR_POOL_ABORTED' });
    expect(String(await rejected)).toContain('failover was cleared while this caller waited');
    next.release();
    await pool.close();
  });
});

describe('retain', () => {
  it('ends what is not to be kept, idle or on loan, and tells how many', async () => {
    const { pool, workshop } = newWorld({ max: 4 }, 'at-once');
    const leases = await acquireAll(pool, 4);
    leases[0]?.release();
    leases[1]?.release();
    const refused = pool.retain(({ serial }) => serial % 2 === 0);
    expect(refused).toBe(2);
    expect(pool.size).toBe(3);
    leases[2]?.release();
    leases[3]?.release();
    expect([...workshop.alive].map(({ serial }) => serial).sort()).toEqual([2, 4]);
    expect(pool.stats().destroyedBy.stale).toBe(2);
    await pool.close();
  });

  it('can reap by what the pool knows of each resource', async () => {
    const { pool, clock } = newWorld({ max: 3 }, 'at-once');
    releaseAll(await acquireAll(pool, 2));
    await clock.advance(1_000);
    await pool.use(() => undefined);
    const young = clock.now() - 500;
    pool.retain((_, info) => info.lastUsedAt > young);
    expect(pool.size).toBe(1);
    await pool.close();
  });
});
