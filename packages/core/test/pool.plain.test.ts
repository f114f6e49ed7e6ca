import { describe, expect, it } from 'vitest';
import { createPool } from '../src/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

/** A pool with nothing to check, clean or tell: all loans take the shortest way there is. */
function plainPool(max = 3) {
  let serial = 0;
  return createPool({ create: () => ({ serial: ++serial }) }, { max });
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
});
