import { describe, expect, it } from 'vitest';
import { settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld, releaseAll } from './support/world.js';

expectNoUnhandledRejection();

describe('a resource with concurrency', () => {
  it('serves so many borrowers at once and no more, in whatever order they release', async () => {
    const { pool, workshop } = newWorld({ max: 2, concurrency: 3 });
    const leases = await acquireAll(pool, 6);
    const holders = new Map<number, number>();
    for (const { resource } of leases) {
      holders.set(resource.serial, (holders.get(resource.serial) ?? 0) + 1);
    }
    expect([...holders.values()]).toEqual([3, 3]);
    const seventh = pool.acquire();
    await settle();
    expect(pool.pending).toBe(1);
    expect(pool.stats()).toMatchObject({ leases: 6, borrowed: 2, utilization: 1 });
    leases[4]?.release();
    expect((await seventh).resource).toBe(leases[5]?.resource);
    releaseAll([await seventh, ...leases.filter((_, index) => index !== 4)]);
    await settle();
    expect(workshop.made).toBe(2);
    expect(pool.stats()).toMatchObject({ leases: 0, idle: 2 });
    await pool.close();
  });

  it('is filled before another one is made', async () => {
    const { pool, workshop } = newWorld({ max: 3, concurrency: 2 });
    const first = await pool.acquire();
    const second = await pool.acquire();
    expect(workshop.made).toBe(1);
    const third = await pool.acquire();
    expect(workshop.made).toBe(2);
    releaseAll([first, second, third]);
    await pool.close();
  });

  it('wakes as many waiters as there were returns', async () => {
    const { pool } = newWorld({ max: 1, concurrency: 3 });
    const leases = await acquireAll(pool, 3);
    const waiting = Array.from({ length: 5 }, () => pool.acquire());
    await settle();
    leases[0]?.release();
    leases[1]?.release();
    await settle();
    expect(pool.stats()).toMatchObject({ waiting: 3, leases: 3 });
    leases[2]?.release();
    await settle();
    expect(pool.stats()).toMatchObject({ waiting: 2, leases: 3 });
    for (const acquired of waiting) (await acquired).release();
    await pool.close();
  });

  it('takes turns with round-robin, else takes the one with the fewest leases', async () => {
    for (const strategy of ['round-robin', 'lifo'] as const) {
      const { pool } = newWorld({ max: 2, min: 2, concurrency: 4, strategy });
      await pool.ready();
      const leases = await acquireAll(pool, 6);
      const counts = [1, 2].map(
        (serial) => leases.filter(({ resource }) => resource.serial === serial).length,
      );
      expect(counts, strategy).toEqual([3, 3]);
      releaseAll(leases);
      await pool.close();
    }
  });

  it('is reset and checked when its last borrower has gone, not before', async () => {
    const { pool, workshop } = newWorld({ max: 1, concurrency: 2, testOnReturn: true });
    const leases = await acquireAll(pool, 2);
    leases[0]?.release();
    await settle();
    expect(workshop.gates.calls).toMatchObject({ reset: 0, validate: 0 });
    leases[1]?.release();
    await settle();
    expect(workshop.gates.calls).toMatchObject({ reset: 1, validate: 1 });
    await pool.close();
  });

  it('that one borrower destroys takes nobody new and ends with the last lease', async () => {
    const { pool, workshop } = newWorld({ max: 2, concurrency: 2 });
    const [one, other] = await acquireAll(pool, 2);
    one?.destroy();
    const next = await pool.acquire();
    expect(next.resource).not.toBe(other?.resource);
    expect([other?.active, workshop.ended.size]).toEqual([true, 0]);
    other?.release();
    expect([...workshop.ended.values()]).toEqual(['borrower']);
    next.release();
    await pool.close();
  });

  it('that dies tells all its borrowers', async () => {
    const { pool } = newWorld({ max: 1, concurrency: 3 });
    const leases = await acquireAll(pool, 3);
    const signals = leases.map(({ signal }) => signal);
    leases[0]?.resource.die(new Error('gone'));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    releaseAll(leases);
    await settle();
    expect(pool.stats().destroyedBy.died).toBe(1);
    await pool.close();
  });

  it('that one borrower detaches is taken from all', async () => {
    const { pool, workshop } = newWorld({ max: 1, concurrency: 2 });
    const [one, other] = await acquireAll(pool, 2);
    if (one !== undefined) workshop.tookOut(one.detach());
    expect(other?.active).toBe(false);
    expect(() => other?.resource).toThrow(/has ended/);
    other?.release();
    expect(pool.size).toBe(0);
    (await pool.acquire()).release();
    await pool.close();
  });

  it('does not take more loans than maxUses in all', async () => {
    const { pool } = newWorld({ max: 3, concurrency: 4, maxUses: 3 });
    const leases = await acquireAll(pool, 8);
    for (const { info } of leases) expect(info.uses).toBeLessThanOrEqual(3);
    expect(new Set(leases.map(({ resource }) => resource.serial)).size).toBe(3);
    releaseAll(leases);
    await pool.close();
  });
});

describe('an exclusive lease', () => {
  it('is the only one on its resource', async () => {
    const { pool } = newWorld({ max: 1, concurrency: 3 });
    const alone = await pool.acquire({ exclusive: true });
    expect(pool.tryAcquire()).toBeUndefined();
    const waiting = [pool.acquire(), pool.acquire()];
    await settle();
    expect(pool.stats()).toMatchObject({ leases: 1, waiting: 2 });
    alone.release();
    releaseAll(await Promise.all(waiting));
    await pool.close();
  });

  it('waits until all others have gone, and is passed by nobody who came later', async () => {
    const { pool } = newWorld({ max: 1, concurrency: 3 });
    const shared = await acquireAll(pool, 2);
    const order: string[] = [];
    const alone = pool.acquire({ exclusive: true }).then((lease) => {
      order.push('alone');
      expect(pool.stats().leases).toBe(1);
      lease.release();
    });
    const later = pool.acquire().then((lease) => {
      order.push('later');
      lease.release();
    });
    expect(pool.tryAcquire()).toBeUndefined();
    shared[0]?.release();
    await settle();
    expect(order).toEqual([]);
    shared[1]?.release();
    await Promise.all([alone, later]);
    expect(order).toEqual(['alone', 'later']);
    await pool.close();
  });

  it('means nothing where resources are not shared anyway', async () => {
    const { pool } = newWorld({ max: 1 });
    releaseAll([await pool.acquire({ exclusive: true })]);
    await pool.close();
  });
});
