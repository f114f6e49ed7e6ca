import { describe, expect, it } from 'vitest';
import { EventRecorder, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, toolPool } from '../support/tools.js';
import { acquireAll, newWorld, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

describe('a lease whose resource was taken away', () => {
  it('ends nothing when its borrower destroys it late, and is counted', async () => {
    const { pool } = newWorld({ max: 1 }, 'at-once');
    const lease = await pool.acquire();
    await pool.close({ force: true });
    lease.destroy();
    expect(pool.stats().counters).toMatchObject({
      lateReleases: 1,
      destroyedByBorrower: 0,
      destroyed: 1,
    });
  });
});

describe('a lease that its borrower destroys', () => {
  it('ends a resource that could be shared at once when nobody else has it', async () => {
    const { pool } = toolPool({}, { max: 1, concurrency: 2 });
    const lease = await pool.acquire();
    lease.destroy();
    expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { borrower: 1 } });
    await pool.close();
  });
});

describe('a resource that is taken out for good', () => {
  it('is not lent to others any more where it was shared', async () => {
    const { pool } = toolPool({}, { max: 1, concurrency: 3 });
    const [one, two] = await acquireAll(pool, 2);
    const taken = one?.detach();
    const next = await pool.acquire();
    expect(next.resource).not.toBe(taken);
    two?.release();
    expect(pool.stats().counters).toMatchObject({ detached: 1, lateReleases: 1 });
    next.release();
    await pool.close();
  });

  it('ends a loan as a release does: its time is measured where that is asked for', async () => {
    for (const stats of ['exact', 'counters'] as const) {
      const { pool, clock } = toolPool({}, { max: 1, stats });
      const lease = await pool.acquire();
      await clock.advance(40);
      lease.detach();
      const { hold } = pool.stats().timings;
      expect([hold.count, hold.sumMs]).toEqual(stats === 'exact' ? [1, 40] : [0, 0]);
      await pool.close();
    }
  });
});

describe('a failure that a borrower reports', () => {
  it('below minHealth keeps others from a shared resource at once', async () => {
    const { pool } = toolPool({}, { max: 2, concurrency: 2, minHealth: 76 });
    const lease = await pool.acquire();
    lease.fail();
    const other = await pool.acquire();
    expect(other.resource).not.toBe(lease.resource);
    releaseAll([lease, other]);
    expect(pool.stats().destroyedBy.unhealthy).toBe(1);
    await pool.close();
  });

  it('down to minHealth itself does not', async () => {
    const { pool } = toolPool({}, { max: 2, concurrency: 2, minHealth: 75 });
    const lease = await pool.acquire();
    lease.fail();
    expect(lease.info.health).toBe(75);
    const other = await pool.acquire();
    expect(other.resource).toBe(lease.resource);
    releaseAll([lease, other]);
    expect(pool.stats().destroyedBy.unhealthy).toBe(0);
    await pool.close();
  });
});

describe('a reset', () => {
  it('that answers at once is timed with stats exact, and only then', async () => {
    for (const stats of ['exact', 'sampled', 'counters'] as const) {
      const { pool, clock } = toolPool({ reset: () => clock.jump(7) }, { max: 1, stats });
      const recorder = new EventRecorder(pool, ['reset']);
      const lease = await pool.acquire();
      lease.release();
      const { reset } = pool.stats().timings;
      expect([reset.count, reset.sumMs]).toEqual(stats === 'exact' ? [1, 7] : [0, 0]);
      expect(recorder.of('reset')).toMatchObject([
        { info: { id: 1, uses: 1 }, tookMs: stats === 'exact' ? 7 : 0 },
      ]);
      await pool.close();
    }
  });

  it('that answers in a promise is timed unless stats is counters, and told with its time', async () => {
    for (const stats of ['exact', 'sampled', 'counters'] as const) {
      const { pool, clock, workshop } = newWorld({ max: 1, stats });
      workshop.gates.set('reset', 'slow');
      const recorder = new EventRecorder(pool, ['reset']);
      const lease = await pool.acquire();
      lease.release();
      await clock.advance(10);
      const { reset } = pool.stats().timings;
      expect([reset.count, reset.sumMs]).toEqual(stats === 'counters' ? [0, 0] : [1, 10]);
      expect(recorder.of('reset')).toMatchObject([{ tookMs: 10 }]);
      await pool.close();
    }
  });

  it('that failed lowers the score of the pool, and those that succeed raise it again', async () => {
    let fails = true;
    const { pool } = toolPool({ reset: () => !fails }, { max: 1 });
    const recorder = new EventRecorder(pool, ['destroy']);
    (await pool.acquire()).release();
    expect(recorder.of('destroy')).toMatchObject([
      { reason: 'reset-failed', info: { health: 75, errors: 1 } },
    ]);
    // One of the last sixteen results, at half weight.
    expect(pool.health).toBeCloseTo(100 * (1 - 0.5 / 16), 2);
    fails = false;
    (await pool.acquire()).release();
    // Two good results since: the creation and the reset.
    expect(pool.health).toBeCloseTo(100 * (1 - 0.5 * (1 / 16) * (15 / 16) ** 2), 2);
    await pool.close();
  });

  it('that is too late costs the resource more than one that failed', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1 });
    const recorder = new EventRecorder(pool, ['destroy']);
    workshop.gates.set('reset', 'hangs');
    const lease = await pool.acquire();
    lease.release();
    await clock.advance(20);
    expect(recorder.of('destroy')).toMatchObject([{ info: { health: 50, errors: 1 } }]);
    await pool.close();
  });

  it('is not made where there is nothing to call', async () => {
    const { pool } = toolPool({}, { max: 1, maxUses: 2 });
    (await pool.acquire()).release();
    expect(pool.stats().counters.resets).toBe(0);
    await pool.close();
  });
});

describe('a return', () => {
  it('is told with its resource, once for each lease where it is shared', async () => {
    const { pool } = toolPool({}, { max: 1, concurrency: 2 });
    const recorder = new EventRecorder(pool, ['release']);
    const leases = await acquireAll(pool, 2);
    releaseAll(leases);
    expect(recorder.of('release')).toMatchObject([
      { resource: { serial: 1 }, info: { id: 1 } },
      { resource: { serial: 1 }, info: { id: 1 } },
    ]);
    await pool.close();
  });

  it('of a check that answers after a close by force ends nothing twice', async () => {
    const verdict = answer<boolean>();
    const { pool } = toolPool(
      { validate: () => verdict.promise },
      { max: 1, testOnReturn: true, validateTimeoutMs: 0 },
    );
    (await pool.acquire()).release();
    const closed = pool.close({ force: true });
    verdict.give(true);
    await closed;
    await settle();
    expect(pool.stats()).toMatchObject({ size: 0, counters: { destroyed: 1 } });
  });

  it('to a pool that is paused is kept for who waits, although it keeps no idle ones', async () => {
    const { pool } = toolPool({}, { max: 1, maxIdle: 0 });
    const lease = await pool.acquire();
    pool.pause();
    const waiting = pool.acquire();
    lease.release();
    expect(pool.stats()).toMatchObject({ idle: 1, destroyedBy: { surplus: 0 } });
    pool.resume();
    expect((await waiting).resource.serial).toBe(1);
    (await waiting).release();
    expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { surplus: 1 } });
    await pool.close();
  });

  it('from the last borrower is what a drain waits for, also when it goes on to who waits', async () => {
    const { pool } = toolPool({}, { max: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    let drained = false;
    const draining = pool.drain().then(() => {
      drained = true;
    });
    lease.release();
    const next = await waiting;
    expect(drained).toBe(false);
    next.release();
    await draining;
    expect(pool.stats()).toMatchObject({ state: 'draining', idle: 1 });
    await pool.close();
  });
});
