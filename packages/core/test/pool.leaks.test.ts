import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createPool, type Lease } from '../src/index.js';
import { auditStats, EventRecorder, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld, type Product } from './support/world.js';

expectNoUnhandledRejection();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a lease that is held for too long', () => {
  it('is reported once, with its label and where it was acquired', async () => {
    const { pool, clock } = newWorld({ leakThresholdMs: 100, captureStacks: true });
    const recorder = new EventRecorder(pool, ['leak']);
    const lease = await pool.acquire({ label: 'the nightly report' });
    await clock.advance(1_000);
    expect(recorder.of('leak')).toMatchObject([
      { heldMs: 100, label: 'the nightly report', collected: false, info: { id: 1 } },
    ]);
    expect(pool.stats().counters.leaks).toBe(1);
    lease.release();
    await pool.close();
  });

  it('is left alone while its borrower touches it', async () => {
    const { pool, clock } = newWorld({ leakThresholdMs: 100, reclaimAfterMs: 150 });
    const [lease] = await acquireAll(pool, 1);
    for (let step = 0; step < 20; step++) {
      await clock.advance(99);
      lease?.touch();
    }
    expect(pool.stats().counters).toMatchObject({ leaks: 0, reclaimed: 0 });
    await clock.advance(100);
    expect(pool.stats().counters.leaks).toBe(1);
    lease?.touch();
    await clock.advance(100);
    expect(pool.stats().counters).toMatchObject({ leaks: 2, reclaimed: 0 });
    lease?.release();
    await clock.advance(1_000);
    expect(pool.stats().counters.reclaimed).toBe(0);
    await pool.close();
  });

  it('is taken away after reclaimAfterMs: its holder is told, its resource ended, its place given on', async () => {
    const { pool, clock, workshop } = newWorld({
      max: 1,
      leakThresholdMs: 50,
      reclaimAfterMs: 100,
    });
    const recorder = new EventRecorder(pool, ['leak', 'reclaim']);
    const [lease] = await acquireAll(pool, 1);
    const { signal } = lease as Lease<Product>;
    const waiting = pool.acquire();
    await clock.advance(101);
    expect(recorder.names).toEqual(['leak', 'reclaim']);
    expect([signal.aborted, lease?.active]).toEqual([true, false]);
    expect([...workshop.ended.values()]).toEqual(['abandoned']);
    const next = await waiting;
    lease?.release();
    lease?.destroy();
    expect(next.active).toBe(true);
    expect(pool.stats().counters.lateReleases).toBe(2);
    next.release();
    await pool.close();
  });

  it('may be ended by a listener of the leak, and nobody after him suffers', async () => {
    for (const verb of ['release', 'destroy', 'touch', 'detach'] as const) {
      const { pool, clock, workshop } = newWorld({ leakThresholdMs: 50, reclaimAfterMs: 100 });
      const [lease] = await acquireAll(pool, 1);
      const stop = pool.on('leak', () => {
        stop();
        if (verb === 'detach') workshop.tookOut(lease?.detach() as Product);
        else lease?.[verb]();
      });
      await clock.advance(50);
      if (verb === 'touch') lease?.release();
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

  it('takes only itself away where a resource is shared', async () => {
    const { pool, clock, workshop } = newWorld({ max: 1, concurrency: 2, reclaimAfterMs: 100 });
    const [old] = await acquireAll(pool, 1);
    await clock.advance(60);
    const [young] = await acquireAll(pool, 1);
    await clock.advance(50);
    expect([old?.active, young?.active]).toEqual([false, true]);
    expect(workshop.ended.size).toBe(0);
    young?.release();
    expect([...workshop.ended.values()]).toEqual(['abandoned']);
    await pool.close();
  });

  it('is no longer anybody’s alarm once its resource was taken away in another way', async () => {
    const { pool, clock, workshop } = newWorld({ max: 1, concurrency: 2, reclaimAfterMs: 100 });
    const [one] = await acquireAll(pool, 2);
    workshop.tookOut(one?.detach() as Product);
    await clock.advance(500);
    expect(pool.stats().counters.reclaimed).toBe(0);
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  });
});

describe('a lease that was dropped without release', () => {
  it('is found when it is collected: reported, its resource ended and its place free', async () => {
    const ended: string[] = [];
    const pool = createPool<object>(
      { create: () => ({}), destroy: (_resource, { reason }) => void ended.push(reason) },
      { max: 1, trackCollectedLeases: true },
    );
    const recorder = new EventRecorder(pool, ['leak', 'reclaim']);
    await (async () => {
      await pool.acquire({ label: 'forgotten' });
    })();
    for (let turn = 0; turn < 50 && pool.borrowed > 0; turn++) {
      await settle();
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(recorder.of('leak')).toMatchObject([{ collected: true, label: 'forgotten' }]);
    expect(ended).toEqual(['abandoned']);
    (await pool.acquire({ timeoutMs: 1_000 })).release();
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  });

  it('is not found where it was released in time', async () => {
    const pool = createPool<object>(() => ({}), { max: 2, trackCollectedLeases: true });
    for (let loan = 0; loan < 50; loan++) await pool.use(() => undefined);
    for (let turn = 0; turn < 5; turn++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(pool.stats().counters).toMatchObject({ leaks: 0, reclaimed: 0 });
    await pool.close();
  });
});

describe('waiters that have given up', () => {
  it('leave no memory behind: 100,000 time-outs give the heap back', async () => {
    const { pool, clock } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const storm = async (): Promise<void> => {
      let refused = 0;
      for (let index = 0; index < 100_000; index++) {
        pool.acquire({ timeoutMs: 1_000 }).catch(() => {
          refused++;
        });
      }
      expect(pool.pending).toBe(100_000);
      await clock.advance(1_200);
      expect([refused, pool.pending]).toEqual([100_000, 0]);
    };
    const heapBytes = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    await storm();
    const before = heapBytes();
    await storm();
    expect(heapBytes() - before).toBeLessThan(3 * 1_048_576);
    lease?.release();
    (await pool.acquire()).release();
    await pool.close();
  });

  it('do not hold up the event loop when 50,000 of them time out at once', async () => {
    const pool = createPool<object>(() => ({}), { max: 1 });
    const lease = await pool.acquire();
    let refused = 0;
    for (let index = 0; index < 50_000; index++) {
      pool.acquire({ timeoutMs: 300 }).catch(() => {
        refused++;
      });
    }
    let longestMs = 0;
    let last = performance.now();
    while (refused < 50_000) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = performance.now();
      longestMs = Math.max(longestMs, now - last);
      last = now;
    }
    // All at once they take a second and more; in slices the longest hold-up is a few ms on a quiet machine.
    expect(longestMs).toBeLessThan(500);
    lease.release();
    await pool.close();
  });
});
