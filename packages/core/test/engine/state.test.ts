import { describe, expect, it } from 'vitest';
import { createPool, LeaseEndedError } from '../../src/index.js';
import { EventRecorder, ManualClock, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, type Tool, toolPool } from '../support/tools.js';
import { acquireAll, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

describe('the state of a pool in one line', () => {
  it('names what its resources are doing, who waits, and why nothing could be made', async () => {
    const hang = answer<void>();
    let makes = 0;
    const { pool, clock } = toolPool(
      {
        create: () => {
          if (++makes === 4) throw new Error('no fourth');
          return { serial: makes };
        },
        validate: () => hang.promise,
        reset: (tool) => (tool.serial === 2 ? hang.promise : undefined),
        destroy: () => hang.promise,
      },
      {
        max: 4,
        name: 'pages',
        testOnReturn: true,
        validateTimeoutMs: 0,
        resetTimeoutMs: 0,
        destroyTimeoutMs: 0,
        createRetry: { maxAttempts: 2, initialMs: 1_000, jitter: 0 },
      },
    );
    const [one, two, three] = await acquireAll(pool, 3);
    one?.release();
    two?.release();
    three?.destroy();
    const message = pool.acquire({ timeoutMs: 10 }).catch((error: Error) => error.message);
    await clock.advance(10);
    expect(await message).toBe(
      'pages: leased 0, idle 0, creating 1, validating 1, resetting 1, destroying 1 of 4; waiting 1; last creation failed: no fourth; no resource within 10 ms. Raise max, release sooner, or shed load',
    );
    hang.give();
    await settle();
    await pool.close();
  });

  it('leaves out what there is none of', async () => {
    const { pool } = toolPool({}, { max: 1, maxQueue: 1, name: 'pages' });
    const lease = await pool.acquire();
    const next = pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({
      code: 'ERR_POOL_QUEUE_FULL',
      message:
        'pages: leased 1, idle 0 of 1; waiting 1; the line is full (maxQueue 1). Shed load, or raise maxQueue or max',
      counts: {
        size: 1,
        idle: 0,
        borrowed: 1,
        creating: 0,
        validating: 0,
        resetting: 0,
        destroying: 0,
        waiting: 1,
        min: 0,
        max: 1,
      },
    });
    lease.release();
    (await next).release();
    await pool.close();
  });

  it('in the errors of later turns is that of later', async () => {
    const { pool } = toolPool({}, { max: 1, maxQueue: 0 });
    const lease = await pool.acquire();
    const first: unknown = await pool.acquire().catch((error: unknown) => error);
    pool.resize({ max: 2 });
    const other = await pool.acquire();
    const second: unknown = await pool.acquire().catch((error: unknown) => error);
    expect([first, second]).toMatchObject([
      { counts: { max: 1, borrowed: 1 } },
      { counts: { max: 2, borrowed: 2 } },
    ]);
    releaseAll([lease, other]);
    await pool.close();
  });

  it('is in words why nobody is served any more', async () => {
    const { pool } = toolPool({}, { max: 1, name: 'pages' });
    const lease = await pool.acquire();
    const drained = pool.drain();
    await expect(pool.acquire()).rejects.toMatchObject({
      code: 'ERR_POOL_DRAINING',
      message: 'pages is draining: it lends nothing any more to newcomers',
    });
    const closed = pool.close();
    await expect(pool.acquire()).rejects.toMatchObject({
      code: 'ERR_POOL_CLOSED',
      message: 'pages is closing: it lends nothing any more',
      pool: 'pages',
    });
    lease.release();
    expect(() => lease.resource).toThrow(LeaseEndedError);
    await Promise.all([drained, closed]);
  });
});

describe('a snapshot', () => {
  it('counts leases, waits and generations, and does not change any more', async () => {
    const { pool, clock } = toolPool({}, { max: 2, concurrency: 2, priorities: 2 });
    const leases = await acquireAll(pool, 3);
    await pool.clear();
    await pool.clear();
    const before = pool.stats();
    const later = pool.acquire({ priority: 1 });
    await clock.advance(30);
    const another = pool.acquire();
    await clock.advance(12);
    expect(pool.stats()).toMatchObject({
      waiting: 2,
      waitingByPriority: [1, 1],
      oldestWaitMs: 42,
      generation: 2,
      state: 'running',
    });
    expect(before).toMatchObject({ waiting: 0, oldestWaitMs: 0 });
    releaseAll(leases);
    for (const lease of [await later, await another]) lease.release();
    await pool.close();
  });

  it('tells the load as a share of all leases that can be out', async () => {
    const { pool } = toolPool({}, { max: 2, concurrency: 2 });
    const leases = await acquireAll(pool, 3);
    expect(pool.stats()).toMatchObject({ leases: 3, borrowed: 2, utilization: 0.75 });
    pool.resize({ max: 1 });
    expect(pool.stats().utilization).toBe(1);
    releaseAll(leases);
    expect(pool.stats()).toMatchObject({ leases: 0, utilization: 0 });
    await pool.close();
  });
});

describe('the generation of a resource', () => {
  it('is how often the pool had been cleared when it was made', async () => {
    const { pool } = toolPool({}, { max: 3 });
    const first = await pool.acquire();
    await pool.clear();
    const second = await pool.acquire();
    await pool.clear();
    await pool.clear();
    const third = await pool.acquire();
    expect([first, second, third].map(({ info }) => info.generation)).toEqual([0, 1, 3]);
    releaseAll([first, second, third]);
    await pool.close();
  });
});

describe('a resize', () => {
  it('that cannot be says everything that is wrong', async () => {
    const { pool } = toolPool({}, { min: 1, max: 4 });
    const problemsOf = (sizes: object): unknown => {
      try {
        pool.resize(sizes);
      } catch (error) {
        return (error as { readonly problems: unknown }).problems;
      }
      return 'none';
    };
    expect(problemsOf({ max: 0 })).toEqual([
      { path: 'max', message: 'is 0; it must be a whole number of at least 1' },
      { path: 'min', message: 'is 1, more than max (0)' },
      { path: 'maxIdle', message: 'is 0, less than min or minIdle' },
    ]);
    expect(problemsOf({ minIdle: 0.5 })).toEqual([
      { path: 'minIdle', message: 'is 0.5; it must be a whole number' },
    ]);
    expect(problemsOf({ min: 5, minIdle: 6 })).toEqual([
      { path: 'min', message: 'is 5, more than max (4)' },
      { path: 'minIdle', message: 'is 6, more than max (4)' },
      { path: 'maxIdle', message: 'is 4, less than min or minIdle' },
    ]);
    expect(problemsOf({ maxIdle: 0 })).toEqual([
      { path: 'maxIdle', message: 'is 0, less than min or minIdle' },
    ]);
    expect(problemsOf({ maximum: 3 })).toMatchObject([{ path: 'maximum' }]);
    expect(() => pool.resize(null as never)).toThrow(
      'must be an object with some of min, max, minIdle, maxIdle',
    );
    expect(problemsOf({ min: 4, minIdle: 4, maxIdle: 4 })).toBe('none');
    expect(problemsOf({ max: Number.POSITIVE_INFINITY, min: undefined })).toBe('none');
    expect([pool.min, pool.max]).toEqual([4, Number.POSITIVE_INFINITY]);
    await pool.close({ force: true });
  });

  it('of max takes maxIdle along unless that has a number of its own', async () => {
    const free = toolPool({}, { max: 1 });
    free.pool.resize({ max: 3 });
    releaseAll(await acquireAll(free.pool, 3));
    expect(free.pool.available).toBe(3);
    await free.pool.close();

    const bound = toolPool({}, { max: 2, maxIdle: 1 });
    bound.pool.resize({ max: 3 });
    releaseAll(await acquireAll(bound.pool, 3));
    expect(bound.pool.stats()).toMatchObject({ idle: 1, destroyedBy: { surplus: 2 } });
    await bound.pool.close();
  });

  it('ends idle ones for the reason that holds: too many at all, or too many idle', async () => {
    const { pool } = toolPool({}, { max: 4 });
    releaseAll(await acquireAll(pool, 4));
    pool.resize({ max: 3 });
    pool.resize({ maxIdle: 1 });
    expect(pool.stats()).toMatchObject({ idle: 1, destroyedBy: { shrink: 1, surplus: 2 } });
    await pool.close();
  });
});

describe('the idle resources of a pool', () => {
  it('can be looked at and ended one by one, each once', async () => {
    const { pool } = toolPool({}, { max: 2, min: 2 });
    await pool.ready();
    const [warmest, oldest] = pool.idle();
    expect(pool.idle().map(({ resource, info }) => [resource.serial, info.id])).toEqual([
      [warmest?.resource.serial, warmest?.resource.serial],
      [oldest?.resource.serial, oldest?.resource.serial],
    ]);
    pool.resize({ min: 0 });
    expect(oldest?.evict()).toBe(true);
    expect(oldest?.evict()).toBe(false);
    expect(pool.stats()).toMatchObject({ size: 1, destroyedBy: { idle: 1 } });
    expect(pool.tryAcquire()?.resource).toBe(warmest?.resource);
    expect(warmest?.evict()).toBe(false);
    await pool.close({ force: true });
  });

  it('and those on loan are all asked when only some are to be kept', async () => {
    const { pool } = toolPool({}, { max: 4 });
    const leases = await acquireAll(pool, 4);
    leases[0]?.release();
    leases[1]?.release();
    expect(pool.retain(({ serial }, { id }) => serial === id && serial % 2 === 0)).toBe(2);
    expect(pool.stats()).toMatchObject({ size: 3, destroyedBy: { stale: 1 } });
    leases[2]?.release();
    leases[3]?.release();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2, destroyedBy: { stale: 2 } });
    await pool.close();
  });
});

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
