import { describe, expect, it } from 'vitest';
import type { Lease } from '../src/index.js';
import { auditStats, EventRecorder, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { newWorld, type Product } from './support/world.js';

expectNoUnhandledRejection();

describe('leases', () => {
  it('end with their scope', async () => {
    const { pool } = newWorld({ max: 2 }, 'at-once');
    {
      using one = await pool.acquire();
      await using other = await pool.acquire();
      expect([one.active, other.active]).toEqual([true, true]);
    }
    expect(pool.available).toBe(2);
    {
      using lease = await pool.acquire();
      lease.release();
    }
    expect(pool.stats().counters.lateReleases).toBe(0);
    await pool.close();
  });

  it('settle releaseAsync when the resource is clean again', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    workshop.gates.set('reset', 'slow');
    let settled = false;
    void lease.releaseAsync().then(() => {
      settled = true;
    });
    await settle();
    expect(settled).toBe(false);
    expect(pool.stats().resetting).toBe(1);
    await clock.advance(10);
    expect(settled).toBe(true);
    expect(pool.available).toBe(1);
    await pool.close();
  });

  it('know their resource while they last: age, uses, health, state', async () => {
    const { pool, clock } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    const { info } = lease;
    expect(info).toMatchObject({
      id: 1,
      generation: 0,
      createdAt: clock.now(),
      uses: 1,
      leases: 1,
      errors: 0,
      health: 100,
      idleSince: undefined,
    });
    expect(info.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(info.uuid).toBe(lease.info.uuid);
    expect(JSON.parse(JSON.stringify(info))).toMatchObject({ id: 1, uses: 1, health: 100 });
    await lease.releaseAsync();
    expect(info.idleSince).toBe(clock.now());
    expect(info.leases).toBe(0);
    await pool.close();
  });

  it('destroy their resource, which makes room for whoever waits', async () => {
    const { pool, workshop } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    lease.destroy(new Error('broken'));
    const next = await waiting;
    expect(next.resource.serial).toBe(2);
    expect([...workshop.ended.values()]).toEqual(['borrower']);
    next.release();
    await pool.close();
  });

  it('hand a resource over for good with detach, which makes room too', async () => {
    const { pool, workshop } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    const product = lease.detach();
    workshop.tookOut(product);
    (await waiting).release();
    await pool.close();
    expect(workshop.ended.has(product)).toBe(false);
    expect(pool.stats().counters.detached).toBe(1);
  });
});

describe('resources of their own', () => {
  it('are adopted with add as long as there is room, once each', async () => {
    const { pool, workshop } = newWorld({ max: 2 });
    const mine: Product = { serial: 100, die: () => {} };
    workshop.alive.add(mine);
    expect(pool.add(mine)).toBe(true);
    expect(() => pool.add(mine)).toThrow(/holds already/);
    const lease = await pool.acquire();
    expect(lease.resource).toBe(mine);
    expect(pool.add({ serial: 101, die: () => {} })).toBe(true);
    expect(pool.add({ serial: 102, die: () => {} })).toBe(false);
    workshop.alive.add(pool.tryAcquire()?.resource as Product);
    lease.release();
    await pool.close({ force: true });
    expect(pool.add({ serial: 103, die: () => {} })).toBe(false);
    expect(pool.size).toBe(0);
  });

  it('serve a waiter as soon as they are added', async () => {
    const { pool, workshop } = newWorld({ max: 1 });
    workshop.gates.set('create', 'fails');
    pool.pause();
    const waiting = pool.acquire();
    const mine: Product = { serial: 100, die: () => {} };
    workshop.alive.add(mine);
    expect(pool.add(mine)).toBe(true);
    pool.resume();
    expect((await waiting).resource).toBe(mine);
    (await waiting).release();
    await pool.close();
  });
});

describe('loans', () => {
  it('leave the books right after a crowd of borrowers', async () => {
    const { pool, clock, workshop } = newWorld({ max: 4, testOnReturn: true }, 'at-once');
    const recorder = new EventRecorder(pool, ['acquire', 'release']);
    const work = Array.from({ length: 200 }, (_, index) =>
      pool.use(async (_product, lease: Lease<Product>) => {
        await Promise.resolve();
        if (index % 7 === 0) lease.destroy();
        if (index % 11 === 0 && lease.active) lease.fail();
      }),
    );
    await Promise.all(work);
    const { counters } = pool.stats();
    expect(counters.acquired).toBe(200);
    expect(recorder.of('acquire')).toHaveLength(200);
    expect(recorder.of('release')).toHaveLength(counters.released);
    expect(counters.released + counters.destroyedByBorrower).toBe(200);
    expect(workshop.peakAlive).toBeLessThanOrEqual(4);
    expect(auditStats(pool.stats())).toEqual([]);
    await clock.advance(0);
    await pool.close();
  });
});
