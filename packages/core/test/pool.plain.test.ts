import { describe, expect, it } from 'vitest';
import { createPool, type PoolOptions } from '../src/index.js';
import { ManualClock } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

/** A pool with nothing to check, clean or tell: all loans take the shortest way there is. */
function plainPool(max = 3, options: PoolOptions<{ serial: number }> = {}) {
  let serial = 0;
  // Nothing is written down about a loan either, or else its first loans would take the longer way back.
  return createPool(
    { create: () => ({ serial: ++serial }) },
    { max, stats: 'counters', ...options },
  );
}

describe('a pool without hooks, listeners and limits', () => {
  it('counts who borrows and what is idle, after every step', async () => {
    const pool = plainPool();
    const first = await pool.acquire();
    const second = await pool.acquire();
    const { resource } = first;
    expect(pool.stats()).toMatchObject({ size: 2, borrowed: 2, idle: 0, peakBorrowed: 2 });
    first.release();
    expect(pool.stats()).toMatchObject({ size: 2, borrowed: 1, idle: 1, peakBorrowed: 2 });
    const third = pool.tryAcquire();
    expect(third?.resource).toBe(resource);
    expect(pool.stats()).toMatchObject({ borrowed: 2, idle: 0, peakBorrowed: 2 });
    third?.release();
    second.release();
    expect(pool.stats()).toMatchObject({ size: 2, borrowed: 0, idle: 2, peakBorrowed: 2 });
    expect(pool.stats().counters).toMatchObject({ acquired: 3, released: 3, created: 2 });
    await pool.close();
    expect(pool.stats()).toMatchObject({ size: 0, borrowed: 0, idle: 0, peakBorrowed: 2 });
  });

  it('lends what was given back last', async () => {
    const pool = plainPool();
    const leases = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
    for (const at of [1, 2, 0]) leases[at]?.release();
    const order = [];
    for (let loan = 0; loan < 3; loan++) order.push((await pool.acquire()).resource.serial);
    expect(order).toEqual([1, 3, 2]);
    await pool.close({ force: true });
  });

  it('gives what comes back to who waits', async () => {
    const pool = plainPool(1);
    const lease = await pool.acquire();
    const { resource } = lease;
    const next = pool.acquire();
    expect(pool.pending).toBe(1);
    lease.release();
    expect((await next).resource).toBe(resource);
    expect(pool.stats()).toMatchObject({ borrowed: 1, idle: 0, waiting: 0, peakBorrowed: 1 });
    (await next).release();
    await pool.close();
  });

  it('serves a waiter whose loan follows one that is timed, too', async () => {
    for (const stats of ['counters', 'sampled', 'exact'] as const) {
      const pool = plainPool(1, { stats });
      const lease = await pool.acquire();
      const next = pool.acquire();
      lease.release();
      expect((await next).info).toMatchObject({ uses: 2, leases: 1 });
      (await next).release();
      expect(pool.stats().counters).toMatchObject({
        acquiredDirect: 1,
        acquiredAfterWait: 1,
        released: 2,
      });
      const { hold } = pool.stats().timings;
      expect(hold.count).toBe(stats === 'counters' ? 0 : 2);
      await pool.close();
    }
  });

  it('does not lend again what was cleared while it was on loan', async () => {
    const pool = plainPool(1);
    const lease = await pool.acquire();
    await pool.clear();
    const next = pool.acquire();
    lease.release();
    expect((await next).resource.serial).toBe(2);
    (await next).release();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1, destroyedBy: { stale: 1 } });
    await pool.close();
  });

  it('ends what has been lent often enough, is too old, or is one too many', async () => {
    const used = plainPool(1, { maxUses: 2 });
    for (let loan = 0; loan < 3; loan++) (await used.acquire()).release();
    expect(used.stats()).toMatchObject({ size: 1, destroyedBy: { uses: 1 } });
    await used.close();

    const surplus = plainPool(2, { maxIdle: 1 });
    const leases = [await surplus.acquire(), await surplus.acquire()];
    for (const lease of leases) lease.release();
    expect(surplus.stats()).toMatchObject({ size: 1, idle: 1, destroyedBy: { surplus: 1 } });
    await surplus.close();
  });

  it('ends what is on loan when it comes back after the close', async () => {
    const pool = plainPool(1);
    const lease = await pool.acquire();
    const closed = pool.close();
    lease.release();
    await closed;
    expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { close: 1 } });
  });

  it('neither resets nor checks, and counts no reset', async () => {
    const pool = plainPool(1, { maxUses: 10 });
    (await pool.acquire()).release();
    expect(pool.stats().counters).toMatchObject({ resets: 0, validated: 0, released: 1 });
    await pool.close();
  });

  it('ends what comes back to a pool that was cleared, or has become smaller, though nobody waits', async () => {
    const cleared = plainPool(1);
    const lease = await cleared.acquire();
    await cleared.clear();
    lease.release();
    expect(cleared.stats()).toMatchObject({ size: 0, destroyedBy: { stale: 1 } });
    await cleared.close();

    const shrunk = plainPool(2);
    const leases = [await shrunk.acquire(), await shrunk.acquire()];
    shrunk.resize({ max: 1 });
    for (const each of leases) each.release();
    expect(shrunk.stats()).toMatchObject({ size: 1, idle: 1, destroyedBy: { shrink: 1 } });
    await shrunk.close();
  });

  it('ends what is too old when it comes back', async () => {
    const clock = new ManualClock();
    const pool = plainPool(1, { clock, maxLifetimeMs: 1_000, jitter: 0, idleTimeoutMs: 0 });
    const lease = await pool.acquire();
    await clock.advance(1_000);
    lease.release();
    expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { lifetime: 1 } });
    await pool.close();
  });
});
