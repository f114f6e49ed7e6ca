import { describe, expect, it } from 'vitest';
import { createPool } from '../../src/index.js';
import { EventRecorder, ManualClock } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { type Tool, toolPool } from '../support/tools.js';
import { acquireAll, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

describe('memory', () => {
  const weighed = (options: Parameters<typeof toolPool>[1] = {}) => {
    const sizes = new Map<number, number>();
    const setup = toolPool(
      { memoryBytes: ({ serial }) => sizes.get(serial) ?? serial * 100 },
      { max: 4, ...options },
    );
    return { ...setup, sizes };
  };

  it('is told in every figure', async () => {
    const { pool, clock } = weighed({ poolMemoryLimitBytes: 2_000, memoryLimitBytes: 900 });
    const leases = await acquireAll(pool, 3);
    leases[0]?.release();
    expect(pool.memory.stats()).toEqual({
      usedBytes: 600,
      inUseBytes: 500,
      peakBytes: 600,
      largestBytes: 300,
      limitBytes: 2_000,
      resourceLimitBytes: 900,
      share: 0.3,
      pressure: 'low',
      growthBytesPerS: 0,
      gcRuns: 0,
    });
    await clock.advance(2_000);
    leases[2]?.destroy();
    expect(pool.memory.stats()).toMatchObject({
      usedBytes: 300,
      peakBytes: 600,
      growthBytesPerS: 100,
    });
    expect(pool.memory.snapshots).toEqual([
      { at: clock.now() - 2_000, usedBytes: 100, resources: 1 },
      { at: clock.now(), usedBytes: 300, resources: 2 },
    ]);
    leases[1]?.release();
    await pool.close();
    expect(pool.memory.stats()).toMatchObject({ usedBytes: 0, inUseBytes: 0, largestBytes: 0 });
  });

  it('without limits has none', async () => {
    const { pool } = weighed();
    releaseAll(await acquireAll(pool, 1));
    expect(pool.memory.stats()).toMatchObject({
      limitBytes: undefined,
      resourceLimitBytes: undefined,
      share: 0,
    });
    await pool.close();
  });

  it('is given back from the largest on, but never below what is to be kept', async () => {
    const { pool, sizes } = weighed({ min: 1, memoryLimitBytes: 1_000 });
    releaseAll(await acquireAll(pool, 4));
    expect(pool.memory.endLargest(-1)).toBe(0);
    expect(pool.memory.endLargest(1)).toBe(1);
    expect(pool.idle().map(({ resource }) => resource.serial)).not.toContain(4);
    sizes.set(1, 2_000);
    const report = await pool.memory.forceGc();
    expect(report).toMatchObject({
      usedBytesBefore: 2_500,
      usedBytesAfter: 200,
      freedBytes: 2_300,
      ended: 2,
    });
    expect(pool.stats()).toMatchObject({ size: 1, destroyedBy: { memory: 3 } });
    expect(pool.memory.stats().gcRuns).toBe(1);
    await pool.close();
  });

  it('above a limit costs idle ones at once and others when they come back', async () => {
    const { pool } = weighed();
    const [one, two, three] = await acquireAll(pool, 3);
    three?.release();
    expect(pool.memory.endAbove(100)).toBe(2);
    expect(pool.stats()).toMatchObject({ size: 2, destroyedBy: { memory: 1 } });
    one?.release();
    two?.release();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1, destroyedBy: { memory: 2 } });
    await pool.close();
  });

  it('that gets short ends idle ones until there is room again, the largest first', async () => {
    const { pool, sizes } = weighed({ poolMemoryLimitBytes: 1_000 });
    const recorder = new EventRecorder(pool, ['memory']);
    const leases = await acquireAll(pool, 3);
    leases[0]?.release();
    leases[1]?.release();
    sizes.set(3, 600);
    pool.memory.measure();
    expect(recorder.of('memory')).toEqual([
      { from: 'low', to: 'medium', usedBytes: 600, limitBytes: 1_000 },
      { from: 'medium', to: 'critical', usedBytes: 900, limitBytes: 1_000 },
      { from: 'critical', to: 'high', usedBytes: 700, limitBytes: 1_000 },
    ]);
    expect(pool.stats()).toMatchObject({ size: 2, idle: 1, destroyedBy: { memory: 1 } });
    expect(pool.idle().map(({ resource }) => resource.serial)).toEqual([1]);
    leases[2]?.release();
    await pool.close();
  });
});

describe('a lease that is held for too long', () => {
  it('is reported and then taken away, each with all there is to know', async () => {
    const clock = new ManualClock();
    const pool = createPool<Tool>(() => ({ serial: 1 }), {
      max: 1,
      clock,
      leakThresholdMs: 100,
      reclaimAfterMs: 250,
      captureStacks: true,
      name: 'pages',
    });
    const recorder = new EventRecorder(pool, ['leak', 'reclaim', 'destroy']);
    const lease = await pool.acquire({ label: 'the report' });
    const { signal } = lease;
    await clock.advance(99);
    expect(recorder.names).toEqual([]);
    await clock.advance(1);
    expect(recorder.of('leak')).toEqual([
      {
        info: expect.objectContaining({}),
        heldMs: 100,
        label: 'the report',
        stack: expect.stringContaining('acquired here'),
        collected: false,
      },
    ]);
    await clock.advance(149);
    expect(lease.active).toBe(true);
    await clock.advance(1);
    expect(recorder.names).toEqual(['leak', 'reclaim', 'destroy']);
    expect(recorder.of('reclaim')).toMatchObject([{ heldMs: 250, label: 'the report' }]);
    expect(recorder.of('destroy')).toMatchObject([{ reason: 'abandoned' }]);
    expect(signal).toMatchObject({ aborted: true, reason: { code: 'ERR_POOL_LEASE_ENDED' } });
    expect(pool.stats()).toMatchObject({ size: 0, counters: { leaks: 1, reclaimed: 1 } });
    lease.release();
    expect(pool.stats().counters.lateReleases).toBe(1);
    await pool.close();
  });

  it('is only reported, or only taken away, where no more was asked for', async () => {
    for (const [options, names] of [
      [{ leakThresholdMs: 100 }, ['leak']],
      [{ reclaimAfterMs: 100 }, ['reclaim']],
      [{ leakThresholdMs: 100, reclaimAfterMs: 100 }, ['leak', 'reclaim']],
    ] as const) {
      const { pool, clock } = toolPool({}, { max: 1, ...options });
      const recorder = new EventRecorder(pool, ['leak', 'reclaim']);
      const lease = await pool.acquire();
      await clock.advance(1_000);
      expect(recorder.names).toEqual(names);
      expect(recorder.of('leak').every(({ stack }) => stack === undefined)).toBe(true);
      lease.release();
      await pool.close();
    }
  });
});
