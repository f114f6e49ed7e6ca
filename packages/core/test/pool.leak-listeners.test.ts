import { describe, expect, it } from 'vitest';
import type { Lease } from '../src/index.js';
import { auditStats } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld, type Product } from './support/world.js';

expectNoUnhandledRejection();

describe('a leak that is told', () => {
  it('may be mended by the listener itself, and nobody after him suffers', async () => {
    for (const verb of ['release', 'destroy', 'detach'] as const) {
      const { pool, clock, workshop } = newWorld({ leakThresholdMs: 50, reclaimAfterMs: 100 });
      const [lease] = await acquireAll(pool, 1);
      const stop = pool.on('leak', () => {
        stop();
        if (verb === 'detach') workshop.tookOut(lease?.detach() as Product);
        else lease?.[verb]();
      });
      await clock.advance(50);
      const next = await pool.acquire();
      for (let step = 0; step < 10; step++) {
        await clock.advance(30);
        next.touch();
      }
      expect(next.active, verb).toBe(true);
      expect(pool.stats().counters.reclaimed, verb).toBe(0);
      next.release();
      expect(auditStats(pool.stats())).toEqual([]);
      await pool.close();
    }
  });

  it('may be answered with a touch, which begins the time anew', async () => {
    const { pool, clock } = newWorld({ leakThresholdMs: 30, reclaimAfterMs: 100 });
    const [lease] = await acquireAll(pool, 1);
    const stop = pool.on('leak', () => {
      stop();
      lease?.touch();
    });
    await clock.advance(59);
    expect(pool.stats().counters).toMatchObject({ leaks: 1, reclaimed: 0 });
    await clock.advance(1);
    expect(pool.stats().counters).toMatchObject({ leaks: 2, reclaimed: 0 });
    await clock.advance(69);
    expect(lease?.active).toBe(true);
    await clock.advance(1);
    expect(lease?.active).toBe(false);
    expect(pool.stats().counters).toMatchObject({ leaks: 2, reclaimed: 1 });
    await clock.advance(200);
    expect(clock.pending).toBe(0);
    await pool.close();
  });

  it('may close the pool by force, and so may the end of the lease', async () => {
    for (const name of ['leak', 'reclaim'] as const) {
      const { pool, clock, workshop } = newWorld({ leakThresholdMs: 50, reclaimAfterMs: 100 });
      await acquireAll(pool, 2);
      pool.on(name, () => void pool.close({ force: true }));
      await clock.advance(500);
      expect(pool.state, name).toBe('closed');
      expect(workshop.ended.size).toBe(2);
      expect(workshop.faults).toEqual([]);
      expect(auditStats(pool.stats())).toEqual([]);
    }
  });

  it('is nobody’s alarm any more once the resource was taken away in another way', async () => {
    const { pool, clock, workshop } = newWorld({ max: 1, concurrency: 2, reclaimAfterMs: 100 });
    const [one, other] = await acquireAll(pool, 2);
    workshop.tookOut((one as Lease<Product>).detach());
    await clock.advance(500);
    expect(other?.active).toBe(false);
    expect(pool.stats().counters.reclaimed).toBe(0);
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  });
});
