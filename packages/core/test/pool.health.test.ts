import { describe, expect, it } from 'vitest';
import { createPool } from '../src/index.js';
import { EventRecorder, ManualClock, settle } from '../src/testing/index.js';
import { acquireAll, newWorld, releaseAll } from './support/world.js';

describe('the score of a resource', () => {
  it('falls by a quarter with each failure its borrower reports, and rises again with clean returns', async () => {
    const { pool } = newWorld({ max: 1 }, 'at-once');
    const lease = await pool.acquire();
    lease.fail(new Error('a query failed'));
    expect(lease.info.health).toBe(75);
    lease.fail();
    expect(lease.info).toMatchObject({ health: 56.25, errors: 2 });
    lease.release();
    for (let loan = 0; loan < 200; loan++) pool.useSync(() => undefined);
    expect((await pool.acquire()).info.health).toBe(100);
    expect(pool.stats().counters.failures).toBe(2);
    await pool.close({ force: true });
  });

  it('below minHealth ends the resource on return, with the reason unhealthy', async () => {
    const { pool, workshop } = newWorld({ max: 1, minHealth: 60 }, 'at-once');
    const lease = await pool.acquire();
    lease.fail();
    lease.release();
    expect(workshop.ended.size).toBe(0);
    const again = await pool.acquire();
    again.fail();
    again.release();
    expect([...workshop.ended.values()]).toEqual(['unhealthy']);
    await pool.close();
  });

  it('follows a health that validate measures, and one that is too low is a failed check', async () => {
    let health = 1;
    const ended: string[] = [];
    const pool = createPool<object>(
      {
        create: () => ({}),
        validate: () => health,
        destroy: (_resource, { reason }) => void ended.push(reason),
      },
      { max: 1, testOnReturn: true, minHealth: 50 },
    );
    health = 0.5;
    await pool.use(() => undefined);
    expect(pool.health).toBe(75);
    health = 0.1;
    await pool.use(() => undefined);
    expect(ended).toEqual(['invalid']);
    await pool.close();
  });

  it('suffers from hooks that need much of their limit, and more from those that exceed it', async () => {
    const { pool, workshop, clock } = newWorld({
      max: 2,
      testOnReturn: true,
      validateTimeoutMs: 12,
    });
    workshop.gates.set('validate', 'slow');
    const lease = await pool.acquire();
    const { info } = lease;
    lease.release();
    await clock.advance(20);
    expect(info.health).toBeLessThan(100);
    expect(info.health).toBeGreaterThan(50);
    await pool.close();
  });

  it('is announced when it changes by a point', async () => {
    const { pool } = newWorld({ max: 1 });
    const recorder = new EventRecorder(pool, ['health']);
    const lease = await pool.acquire();
    lease.fail();
    expect(recorder.of('health')).toMatchObject([{ from: 100, to: 75 }]);
    lease.release();
    await pool.close();
  });
});

describe('the score of a pool', () => {
  it('is the mean of its resources, less what fails, is refused, or waits', async () => {
    const { pool, workshop, clock } = newWorld({ max: 2 });
    expect(pool.health).toBe(100);
    const leases = await acquireAll(pool, 2);
    expect(pool.health).toBe(100);
    leases[0]?.fail();
    expect(pool.health).toBe(87.5);
    const waiting = [pool.acquire(), pool.acquire()].map((acquired) =>
      acquired.catch(() => undefined),
    );
    expect(pool.health).toBeCloseTo(87.5 * (1 - 0.3 * 0.5), 1);
    leases[0]?.destroy();
    leases[1]?.destroy();
    workshop.gates.set('create', 'fails');
    await clock.advance(100);
    await Promise.all(waiting);
    expect(pool.stats().health).toBeLessThan(100);
    workshop.gates.heal();
    for (let loan = 0; loan < 100; loan++) {
      await clock.advance(50);
      await pool.use(() => settle());
    }
    expect(pool.health).toBeGreaterThan(95);
    await pool.close();
  });

  it('can choose among idle resources', async () => {
    const { pool } = newWorld({ max: 2, strategy: 'healthiest' }, 'at-once');
    const leases = await acquireAll(pool, 2);
    for (let failure = 0; failure < 3; failure++) leases[1]?.fail();
    releaseAll(leases);
    const next = await pool.acquire();
    expect(next.resource.serial).toBe(1);
    next.release();
    await pool.close();
  });
});

describe('measurements', () => {
  it('count every loan and wait with stats exact, as the clock tells', async () => {
    const clock = new ManualClock();
    const pool = createPool<object>(() => ({}), { max: 1, stats: 'exact', clock });
    for (let loan = 1; loan <= 10; loan++) {
      await pool.use(async () => {
        await clock.advance(loan);
      });
    }
    const { hold, wait, create } = pool.stats().timings;
    expect(hold).toMatchObject({ count: 10, sumMs: 55, maxMs: 10, meanMs: 5.5 });
    expect(hold.quantile(0.5)).toBeGreaterThan(4.6);
    expect(hold.quantile(0.5)).toBeLessThan(5.4);
    expect(wait.count).toBe(10);
    expect(wait.maxMs).toBe(0);
    expect(create.maxMs).toBe(0);
    await pool.close();
  });

  it('estimate with stats sampled, and are left out with stats counters', async () => {
    for (const [stats, least] of [
      ['sampled', 1],
      ['counters', 0],
    ] as const) {
      const clock = new ManualClock();
      const pool = createPool<object>(() => ({}), { max: 1, stats, clock });
      for (let loan = 0; loan < 200; loan++) await pool.use(() => clock.advance(2));
      const { hold } = pool.stats().timings;
      expect(hold.count > 0, stats).toBe(least > 0);
      if (stats === 'sampled') expect(hold.meanMs).toBe(2);
      expect(pool.stats().counters.acquired).toBe(200);
      await pool.close();
    }
  });

  it('do not go astray when the clock jumps backwards', async () => {
    const clock = new ManualClock();
    const pool = createPool<object>(() => ({}), { max: 1, stats: 'exact', clock });
    await pool.use(() => clock.jump(-5_000));
    await pool.use(() => clock.advance(4));
    const { hold } = pool.stats().timings;
    expect(hold.count).toBe(2);
    expect(hold.sumMs).toBe(4);
    await pool.close();
  });
});
