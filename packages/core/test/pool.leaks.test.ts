import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPool, type Lease, type PoolEvents, type PoolOptions } from '@rockpool/core';
import { ManualClock, settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';

interface Thing {
  readonly id: number;
}

const watched = (options: PoolOptions<Thing>) => {
  const clock = new ManualClock();
  const ended: number[] = [];
  const pool = createPool<Thing>(
    {
      create: ({ id }) => ({ id }),
      destroy: ({ id }) => {
        ended.push(id);
      },
    },
    { max: 1, clock, ...options },
  );
  const leaks: PoolEvents<Thing>['leak'][] = [];
  pool.on('leak', (leak) => leaks.push(leak));
  return { clock, pool, ended, leaks };
};

describe('a lease held for too long', () => {
  it('is reported once, with its label and how long it was held', async () => {
    const { pool, clock, leaks } = watched({ leakThresholdMs: 1_000 });
    await pool.acquire({ label: 'nightly report' });
    await clock.advance(999);
    expect(leaks).toEqual([]);
    await clock.advance(10_000);
    expect(leaks).toMatchObject([
      { heldMs: 1_000, label: 'nightly report', collected: false, stack: undefined },
    ]);
    expect(pool.stats().counters.leaks).toBe(1);
  });

  it('is not reported when it was released in time', async () => {
    const { pool, clock, leaks } = watched({ leakThresholdMs: 1_000 });
    (await pool.acquire()).release();
    await clock.advance(10_000);
    expect(leaks).toEqual([]);
    expect(clock.pending).toBeLessThanOrEqual(1);
  });

  it('shows where it was acquired, when asked to', async () => {
    const { pool, clock, leaks } = watched({ leakThresholdMs: 1_000, captureStacks: true });
    await (async function nightlyReport() {
      await pool.ready({ idle: 1 });
      pool.tryAcquire();
    })();
    await clock.advance(1_000);
    expect(leaks[0]?.stack).toContain('nightlyReport');
  });

  it('begins to count anew when its borrower touches it', async () => {
    const { pool, clock, leaks } = watched({ leakThresholdMs: 1_000 });
    const lease = await pool.acquire();
    await clock.advance(900);
    lease.touch();
    await clock.advance(900);
    expect(leaks).toEqual([]);
    await clock.advance(100);
    expect(leaks).toHaveLength(1);
  });

  it('is taken away after reclaimAfterMs: its signal aborts and its place goes to whoever waits', async () => {
    const { pool, clock, ended, leaks } = watched({
      leakThresholdMs: 1_000,
      reclaimAfterMs: 3_000,
    });
    const lease = await pool.acquire();
    const { signal } = lease;
    const next = pool.acquire();
    await clock.advance(2_999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
    expect(lease.active).toBe(false);
    expect(() => lease.resource).toThrow(expect.objectContaining({ code: 'ERR_POOL_LEASE_ENDED' }));
    await expect(next).resolves.toMatchObject({ resource: { id: 2 } });
    expect(ended).toEqual([1]);
    expect(leaks).toHaveLength(1);
  });

  it('cannot free the resource of whoever came after it, once it was taken away', async () => {
    const { pool, clock } = watched({ reclaimAfterMs: 1_000 });
    const stale = await pool.acquire();
    const next = pool.acquire();
    await clock.advance(1_000);
    const fresh = await next;
    stale.release();
    stale.destroy();
    expect(fresh.active).toBe(true);
    expect(pool.borrowed).toBe(1);
    expect(pool.stats().counters).toMatchObject({ reclaimed: 1, lateReleases: 2 });
  });

  it('leaves the other leases on a shared resource alone when it is taken away', async () => {
    const { pool, clock, ended } = watched({ concurrency: 2, reclaimAfterMs: 1_000 });
    const forgotten = await pool.acquire();
    const other = await pool.acquire();
    await clock.advance(500);
    other.touch();
    await clock.advance(500);
    expect([forgotten.active, other.active]).toEqual([false, true]);
    forgotten.release();
    expect(ended).toEqual([]);
    other.release();
    await settle();
    expect(ended).toEqual([1]);
  });
});

describe('a lease that was dropped without release', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;

  const collectUntil = async (done: () => boolean): Promise<void> => {
    for (let round = 0; round < 50 && !done(); round++) {
      collect();
      await settle();
    }
  };

  it('is noticed by the garbage collector: the leak is told and the place is free again', async () => {
    const { pool, leaks, ended } = watched({ trackCollectedLeases: true });
    await (async () => {
      await pool.acquire({ label: 'dropped' });
    })();
    await collectUntil(() => leaks.length > 0);
    expect(leaks).toMatchObject([{ collected: true, label: 'dropped' }]);
    // Not lent again: who dropped the lease may have kept the resource.
    expect(ended).toEqual([1]);
    await expect(pool.acquire()).resolves.toMatchObject({ resource: { id: 2 } });
  });

  it('is not noticed as long as somebody holds it, nor after its release', async () => {
    const { pool, leaks } = watched({ trackCollectedLeases: true, max: 2 });
    const held: Lease<Thing> = await pool.acquire();
    await (async () => {
      (await pool.acquire()).release();
    })();
    for (let round = 0; round < 5; round++) {
      collect();
      await settle();
    }
    expect(leaks).toEqual([]);
    expect(held.active).toBe(true);
  });
});
