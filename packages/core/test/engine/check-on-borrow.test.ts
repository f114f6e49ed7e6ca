import { describe, expect, it } from 'vitest';
import { createPool } from '../../src/index.js';
import { ManualClock, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, toolPool } from '../support/tools.js';
import { acquireAll, newWorld, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

describe('a check on borrow', () => {
  it('is not made of a resource that is on loan and shared', async () => {
    let checks = 0;
    const { pool } = toolPool(
      {
        validate: () => {
          checks++;
        },
      },
      { max: 1, concurrency: 2, testOnBorrow: true, validateAfterIdleMs: 0 },
    );
    (await pool.acquire()).release();
    const leases = await acquireAll(pool, 2);
    expect(leases[0]?.resource).toBe(leases[1]?.resource);
    expect(checks).toBe(1);
    releaseAll(leases);
    await pool.close();
  });

  it('made in a promise counts for one loan only', async () => {
    const { pool, workshop } = newWorld({ max: 1, testOnBorrow: true, validateAfterIdleMs: 0 });
    for (const checks of [0, 1, 2, 3]) {
      const lease = await pool.acquire();
      expect(workshop.gates.calls.validate).toBe(checks);
      await lease.releaseAsync();
    }
    await pool.close();
  });

  it('made for a caller that did not wait for it counts for half a second', async () => {
    for (const [laterMs, checks] of [
      [500, 1],
      [501, 2],
    ] as const) {
      const { pool, workshop, clock } = newWorld({
        max: 1,
        testOnBorrow: true,
        validateAfterIdleMs: 0,
      });
      const lease = await pool.acquire();
      await lease.releaseAsync();
      expect(pool.tryAcquire()).toBeUndefined();
      await settle();
      clock.jump(laterMs);
      const later = await pool.acquire();
      expect(workshop.gates.calls.validate).toBe(checks);
      await later.releaseAsync();
      await pool.close();
    }
  });

  it('is made too when the clock has only just begun', async () => {
    let checks = 0;
    const clock = new ManualClock(0);
    const pool = createPool(
      {
        create: () => ({}),
        validate: () => {
          checks++;
        },
      },
      { max: 1, testOnBorrow: true, validateAfterIdleMs: 0, clock },
    );
    (await pool.acquire()).release();
    (await pool.acquire()).release();
    expect(checks).toBe(1);
    await pool.close();
  });

  it('goes by the time since the resource came back, however long it was on loan', async () => {
    let checks = 0;
    const { pool, clock } = toolPool(
      {
        validate: () => {
          checks++;
        },
      },
      { max: 1, testOnBorrow: true, validateAfterIdleMs: 500 },
    );
    const lease = await pool.acquire();
    await clock.advance(10_000);
    lease.release();
    await clock.advance(499);
    (await pool.acquire()).release();
    expect(checks).toBe(0);
    await clock.advance(500);
    (await pool.acquire()).release();
    expect(checks).toBe(1);
    await pool.close();
  });

  it('is made of as many resources as callers wait for, and of no more', async () => {
    const { pool, workshop } = newWorld({
      max: 3,
      min: 3,
      testOnBorrow: true,
      validateAfterIdleMs: 0,
    });
    await pool.ready();
    const one = pool.acquire();
    expect(pool.stats()).toMatchObject({ validating: 1, idle: 2 });
    (await one).release();
    await settle();
    pool.pause();
    const two = [pool.acquire(), pool.acquire()];
    pool.resume();
    expect(pool.stats()).toMatchObject({ validating: 2, idle: 1 });
    releaseAll(await Promise.all(two));
    expect(workshop.gates.calls.validate).toBe(3);
    await pool.close();
  });

  it('that failed lets the caller go on to another resource at once, while the first one is ended', async () => {
    const verdicts = [answer<boolean>(), answer<boolean>()];
    const ended = answer<void>();
    let checks = 0;
    const { pool } = toolPool(
      {
        validate: () => verdicts[checks++]?.promise,
        destroy: () => ended.promise,
      },
      { max: 2, min: 2, testOnBorrow: true, validateAfterIdleMs: 0 },
    );
    await pool.ready();
    const waiting = pool.acquire();
    verdicts[0]?.give(false);
    await settle();
    expect(checks).toBe(2);
    verdicts[1]?.give(true);
    const lease = await waiting;
    expect(pool.stats()).toMatchObject({ destroying: 1, borrowed: 1 });
    lease.release();
    ended.give();
    await pool.close();
  });

  it('that answers after a close by force is of no consequence', async () => {
    const verdict = answer<boolean>();
    const { pool } = toolPool(
      { validate: () => verdict.promise },
      { max: 1, min: 1, testOnBorrow: true, validateAfterIdleMs: 0, validateTimeoutMs: 0 },
    );
    await pool.ready();
    expect(pool.tryAcquire()).toBeUndefined();
    const closed = pool.close({ force: true });
    verdict.give(false);
    await closed;
    await settle();
    expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { abandoned: 1, invalid: 0 } });
  });
});
