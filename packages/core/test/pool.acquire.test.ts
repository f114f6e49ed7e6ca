import { describe, expect, it } from 'vitest';
import { createPool, type Pool } from '../src/index.js';
import { settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld, releaseAll } from './support/world.js';

expectNoUnhandledRejection();

describe('acquire', () => {
  it('lends a new resource, then the same one again', async () => {
    const { pool } = newWorld({ max: 1 });
    const first = await pool.acquire();
    const { resource } = first;
    first.release();
    const second = await pool.acquire();
    expect(second.resource).toBe(resource);
    expect(second.info.uses).toBe(2);
    second.release();
    await pool.close();
  });

  it('never lends one resource to two borrowers, in whatever order they release', async () => {
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ];
    for (const order of orders) {
      const { pool } = newWorld({ max: 3 });
      const leases = await acquireAll(pool, 3);
      expect(new Set(leases.map(({ resource }) => resource)).size).toBe(3);
      const waiting = [pool.acquire(), pool.acquire(), pool.acquire()];
      for (const index of order) leases[index]?.release();
      const next = await Promise.all(waiting);
      expect(new Set(next.map(({ resource }) => resource)).size).toBe(3);
      for (const lease of leases) lease.release();
      expect(pool.borrowed).toBe(3);
      releaseAll(next);
      await pool.close();
    }
  });

  it('lets a late release of a lease that another borrower has taken over do nothing', async () => {
    const { pool } = newWorld({ max: 1 });
    const stale = await pool.acquire();
    const next = pool.acquire();
    stale.release();
    stale.release();
    const lease = await next;
    stale.release();
    stale.destroy();
    expect(lease.active).toBe(true);
    expect(pool.stats()).toMatchObject({ borrowed: 1, size: 1, counters: { lateReleases: 3 } });
    lease.release();
    await pool.close();
  });

  it('serves those who wait in the order of their coming', async () => {
    const { pool } = newWorld({ max: 1 });
    const order: number[] = [];
    const lease = await pool.acquire();
    const waiting = Array.from({ length: 50 }, async (_, index) => {
      const mine = await pool.acquire();
      order.push(index);
      mine.release();
    });
    lease.release();
    await Promise.all(waiting);
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
    await pool.close();
  });

  it('lets no newcomer overtake a waiter, not even with tryAcquire, use or useSync', async () => {
    const { pool } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    const first = pool.acquire();
    const order: string[] = [];
    void first.then(() => order.push('first'));
    // Within one turn: the resource comes back and somebody new asks at once.
    lease.release();
    expect(pool.tryAcquire()).toBeUndefined();
    expect(() => pool.useSync(() => order.push('overtook'))).toThrow(/exhausted/);
    const used = pool.use(() => order.push('use'));
    await settle();
    expect(order).toEqual(['first']);
    (await first).release();
    await used;
    expect(order).toEqual(['first', 'use']);
    await pool.close();
  });

  it('serves a waiter from a release although a slow creation is under way for him', async () => {
    const { pool, workshop, clock } = newWorld({ max: 2, createTimeoutMs: 1_000 });
    const lease = await pool.acquire();
    workshop.gates.set('create', 'slow');
    const waiting = pool.acquire();
    await settle();
    expect(pool.stats().creating).toBe(1);
    lease.release();
    const served = await waiting;
    expect(served.resource.serial).toBe(1);
    await clock.advance(50);
    // What was being made is not lost: it is there for the next one.
    expect(pool.stats()).toMatchObject({ size: 2, idle: 1, borrowed: 1 });
    served.release();
    await pool.close();
  });

  it('makes min(callers, max) resources for a burst on an empty pool, maxCreating at a time', async () => {
    const { pool, workshop, clock } = newWorld({ max: 5, maxCreating: 2 });
    workshop.gates.set('create', 'slow');
    const burst = Array.from({ length: 20 }, () => pool.acquire());
    let most = 0;
    pool.on('create', () => {
      most = Math.max(most, pool.stats().creating);
    });
    await settle();
    expect(pool.stats().creating).toBe(2);
    // Nobody releases before all resources are there.
    await clock.advance(200);
    expect(pool.stats()).toMatchObject({ size: 5, borrowed: 5, waiting: 15 });
    await Promise.all(burst.map(async (acquired) => (await acquired).release()));
    expect(workshop.made).toBe(5);
    expect(most).toBeLessThanOrEqual(2);
    await pool.close();
  });

  it('does not make more resources than it needs for callers who come one after the other', async () => {
    const { pool, workshop } = newWorld({ max: 5 }, 'at-once');
    for (let loan = 0; loan < 20; loan++) await pool.use(() => settle());
    expect(workshop.made).toBe(1);
    await pool.close();
  });

  it('refuses the callers beyond maxQueue, and counts them', async () => {
    const { pool } = newWorld({ max: 1, maxQueue: 2, name: 'short-queue' });
    const lease = await pool.acquire();
    const waiting = [pool.acquire(), pool.acquire()];
    const error = await pool.acquire().catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: 'ERR_POOL_QUEUE_FULL', pool: 'short-queue' });
    expect(String(error)).toContain('leased 1, idle 0 of 1; waiting 2');
    lease.release();
    for (const acquired of waiting) (await acquired).release();
    expect(pool.stats().counters.rejectedQueueFull).toBe(1);
    await pool.close();
  });

  it('with maxQueue 0 lends what there is or can be made, and never lets anybody queue', async () => {
    const { pool } = newWorld({ max: 2, maxQueue: 0, testOnBorrow: true, validateAfterIdleMs: 0 });
    releaseAll(await acquireAll(pool, 2));
    // Both are idle and each needs its check first: nobody queues for somebody else's resource.
    const leases = await acquireAll(pool, 2);
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_EXHAUSTED' });
    releaseAll(leases);
    await pool.close();
  });

  it('lends only a resource of which where is true, and makes others until there is one', async () => {
    const { pool, workshop } = newWorld({ max: 3 });
    const third = await pool.acquire({ where: ({ serial }) => serial === 3 });
    expect(third.resource.serial).toBe(3);
    expect(workshop.made).toBe(3);
    const plain = await pool.acquire();
    expect(plain.resource.serial).not.toBe(3);
    releaseAll([third, plain]);
    await pool.close();
  });

  it('serves others past one who waits for a particular resource', async () => {
    const { pool } = newWorld({ max: 2 });
    const [one, two] = await acquireAll(pool, 2);
    const choosy = pool.acquire({ where: ({ serial }) => serial === 1 });
    const easy = pool.acquire();
    two?.release();
    const served = await easy;
    expect(served.resource.serial).toBe(2);
    one?.release();
    expect((await choosy).resource.serial).toBe(1);
    releaseAll([served, await choosy]);
    await pool.close();
  });
});

describe('tryAcquire and useSync', () => {
  it('make no promise and create nothing', async () => {
    const { pool, workshop } = newWorld({ max: 2 }, 'at-once');
    expect(pool.tryAcquire()).toBeUndefined();
    expect(() => pool.useSync(() => 1)).toThrow('Pool exhausted - no available instances');
    await settle();
    expect(workshop.made).toBe(0);
    releaseAll(await acquireAll(pool, 1));
    const lease = pool.tryAcquire();
    expect(lease?.resource.serial).toBe(1);
    expect(pool.tryAcquire()).toBeUndefined();
    lease?.release();
    expect(pool.useSync(({ serial }) => serial * 10)).toBe(10);
    await pool.close();
  });

  it('give the resource back whether the work returns or throws', async () => {
    const { pool } = newWorld({ max: 1 }, 'at-once');
    releaseAll(await acquireAll(pool, 1));
    expect(() =>
      pool.useSync(() => {
        throw new Error('the work went wrong');
      }),
    ).toThrow('the work went wrong');
    expect(pool.available).toBe(1);
    await pool.close();
  });

  it('begin a check in the background and lend the resource to the next caller', async () => {
    const { pool } = newWorld({ max: 1, testOnBorrow: true, validateAfterIdleMs: 0 });
    releaseAll(await acquireAll(pool, 1));
    await settle();
    expect(pool.tryAcquire()).toBeUndefined();
    await settle();
    const lease = pool.tryAcquire();
    expect(lease?.active).toBe(true);
    lease?.release();
    expect(pool.tryAcquire(), 'each loan needs a check of its own').toBeUndefined();
    await settle();
    await pool.close();
  });
});

describe('use', () => {
  it('gives the resource back after plain values, promises, throws and rejections', async () => {
    const { pool } = newWorld({ max: 1 });
    expect(await pool.use(() => 7)).toBe(7);
    expect(await pool.use(() => Promise.resolve(8))).toBe(8);
    const failure = new Error('the work went wrong');
    await expect(
      pool.use(() => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    await expect(pool.use(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(pool.stats()).toMatchObject({ idle: 1, borrowed: 0, counters: { lateReleases: 0 } });
    await pool.close();
  });

  it('leaves a lease alone that its work has ended already', async () => {
    const { pool, workshop } = newWorld({ max: 1 });
    await pool.use((_, lease) => lease.destroy());
    await pool.use((_, lease) => lease.release());
    expect(workshop.ended.size).toBe(1);
    expect(pool.stats().counters.lateReleases).toBe(0);
    await pool.close();
  });
});

describe('a pool that was not started', () => {
  it('starts with the first acquire, or when it is told to', async () => {
    const { pool, workshop } = newWorld({ autostart: false, min: 2, max: 2 });
    await settle();
    expect([pool.state, workshop.made]).toEqual(['idle', 0]);
    expect(pool.tryAcquire()).toBeUndefined();
    pool.start();
    await settle();
    expect([pool.state, workshop.made]).toEqual(['running', 2]);
    await pool.close();
    const other = newWorld({ autostart: false });
    releaseAll(await acquireAll(other.pool, 1));
    expect(other.pool.state).toBe('running');
    await other.pool.close();
  });

  it('may be used by its own factory as soon as it is assigned', async () => {
    const pool: Pool<{ size: number }> = createPool(() => ({ size: pool.size }), { min: 1 });
    await pool.ready();
    expect(pool.useSync(({ size }) => size)).toBe(1);
    await pool.close();
  });
});

describe('pause', () => {
  it('lends nothing until resume; callers wait, releases are kept', async () => {
    const { pool } = newWorld({ max: 2 });
    const lease = await pool.acquire();
    pool.pause();
    const waiting = pool.acquire();
    lease.release();
    await settle();
    expect(pool.stats()).toMatchObject({ state: 'paused', waiting: 1, borrowed: 0, idle: 1 });
    expect(pool.tryAcquire()).toBeUndefined();
    pool.resume();
    (await waiting).release();
    await pool.close();
  });
});

describe('minIdle', () => {
  it('is restored after each loan, whichever way it was made, and none of them waits', async () => {
    for (const how of ['acquire', 'with options', 'tryAcquire'] as const) {
      const { pool } = newWorld({ minIdle: 2, max: 9 }, 'at-once');
      await pool.ready({ idle: 2 });
      for (let loans = 1; loans <= 4; loans++) {
        if (how === 'tryAcquire') expect(pool.tryAcquire()).toBeDefined();
        else await pool.acquire(how === 'acquire' ? undefined : { label: 'a' });
        await settle();
        expect([how, pool.borrowed, pool.available]).toEqual([how, loans, 2]);
      }
      expect(pool.stats().counters.enqueued).toBe(0);
      await pool.close({ force: true });
    }
  });

  it('is restored after a newcomer took what was made for him', async () => {
    const { pool } = newWorld({ minIdle: 0, max: 4 }, 'at-once');
    pool.start();
    const stop = pool.on('create', () => {
      stop();
      pool.resize({ minIdle: 1 });
    });
    await pool.acquire();
    expect(pool.available).toBe(1);
    await pool.close({ force: true });
  });
});

describe('a newcomer for whom a resource is made at once', () => {
  it('leaves it to whoever got in line meanwhile', async () => {
    const { pool } = newWorld({ max: 1 }, 'at-once');
    const served: string[] = [];
    const stop = pool.on('create', () => {
      stop();
      void pool.acquire().then((lease) => {
        served.push('in line');
        lease.release();
      });
    });
    const lease = await pool.acquire();
    served.push('newcomer');
    lease.release();
    expect(served).toEqual(['in line', 'newcomer']);
    await pool.close();
  });
});
