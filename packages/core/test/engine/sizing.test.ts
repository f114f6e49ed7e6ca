import { describe, expect, it } from 'vitest';
import { createPool } from '../../src/index.js';
import { EventRecorder, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, toolPool } from '../support/tools.js';
import { acquireAll, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

describe('a pool that is made smaller', () => {
  it('does not count what is being ended already', async () => {
    const hang = answer<void>();
    const { pool } = toolPool({ destroy: () => hang.promise }, { max: 4, destroyTimeoutMs: 0 });
    const leases = await acquireAll(pool, 4);
    leases[0]?.destroy();
    releaseAll(leases.slice(1));
    pool.resize({ max: 3 });
    expect(pool.stats()).toMatchObject({ idle: 3, destroying: 1 });
    pool.resize({ max: 2 });
    expect(pool.stats()).toMatchObject({ idle: 2, destroying: 2 });
    hang.give();
    await pool.close();
  });

  it.each([
    [null, 'resize: must be an object with some of min, max, minIdle, maxIdle'],
    [7, 'resize: must be an object with some of min, max, minIdle, maxIdle'],
    [{ maxx: 3 }, 'resize: maxx: is not an option; did you mean max?'],
    [{ max: 0 }, 'resize: max: is 0; it must be a whole number of at least 1'],
    [{ min: -1 }, 'resize: min: is -1; it must be a whole number'],
    [
      { min: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY },
      'resize: min: is Infinity; it must be a whole number',
    ],
    [
      { minIdle: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY },
      'resize: minIdle: is Infinity; it must be a whole number',
    ],
  ])('says what is wrong with %j', async (sizes, message) => {
    const { pool } = toolPool();
    expect(() => pool.resize(sizes as never)).toThrow(message);
    expect([pool.min, pool.max]).toEqual([0, 10]);
    await pool.close();
  });
});

describe('a pool that is cleared', () => {
  it('ends what is being made as soon as it is there, and makes anew for who waits', async () => {
    const made: ReturnType<typeof answer<{ serial: number }>>[] = [];
    const create = (): Promise<{ serial: number }> => {
      const next = answer<{ serial: number }>();
      made.push(next);
      return next.promise;
    };
    const { pool, clock } = toolPool(
      { create },
      { max: 1, createRetry: { initialMs: 10, jitter: 0 } },
    );
    const recorder = new EventRecorder(pool, ['destroy']);
    const waiting = pool.acquire();
    await pool.clear();
    expect(recorder.names).toEqual([]);
    made[0]?.give({ serial: 1 });
    await settle();
    expect(recorder.of('destroy')).toMatchObject([
      { reason: 'stale', resource: { serial: 1 }, info: { generation: 0 } },
    ]);
    expect(made).toHaveLength(2);
    // An attempt that failed and is to be repeated after it begins with what is right now.
    made[1]?.refuse(new Error('down'));
    await settle();
    await pool.clear();
    await clock.advance(10);
    made[2]?.give({ serial: 3 });
    const lease = await waiting;
    expect(lease.resource.serial).toBe(3);
    lease.release();
    expect(pool.stats()).toMatchObject({ idle: 1, destroyedBy: { stale: 1 } });
    await pool.close();
  });
});

describe('memory given back when somebody asks', () => {
  const withGc = async (gc: (() => void) | undefined, work: () => Promise<void>): Promise<void> => {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'gc');
    Object.defineProperty(globalThis, 'gc', { value: gc, configurable: true, writable: true });
    try {
      await work();
    } finally {
      if (own === undefined) Reflect.deleteProperty(globalThis, 'gc');
      else Object.defineProperty(globalThis, 'gc', own);
    }
  };

  it('is counted once all of it is there, and says whether the collector ran', async () => {
    const hang = answer<void>();
    const { pool } = toolPool(
      { memoryBytes: ({ serial }) => serial * 100, destroy: () => hang.promise },
      { max: 3, minIdle: 1, destroyTimeoutMs: 0 },
    );
    releaseAll(await acquireAll(pool, 3));
    let runs = 0;
    await withGc(
      () => runs++,
      async () => {
        const report = pool.memory.forceGc();
        await settle();
        expect(runs).toBe(0);
        hang.give();
        expect(await report).toEqual({
          usedBytesBefore: 600,
          usedBytesAfter: 100,
          freedBytes: 500,
          ended: 2,
          collector: 'ran',
        });
      },
    );
    expect(runs).toBe(1);
    await withGc(undefined, async () => {
      expect(await pool.memory.forceGc()).toMatchObject({ ended: 0, collector: 'not-exposed' });
    });
    await pool.close();
  });

  it('does not count what a hook took meanwhile', async () => {
    let took = false;
    const destroy = (): void => {
      if (!took) pool.tryAcquire()?.detach();
      took = true;
    };
    const { pool } = toolPool({ memoryBytes: () => 100, destroy }, { max: 3 });
    releaseAll(await acquireAll(pool, 3));
    expect(await pool.memory.forceGc()).toMatchObject({ ended: 2, usedBytesAfter: 0 });
    await pool.close();
  });

  it('is given back by itself when memory gets short, not when it gets less short', async () => {
    const bytes = new Map<number, number>();
    const pool = createPool<{ serial: number }>(
      {
        create: ({ id }) => ({ serial: id }),
        memoryBytes: ({ serial }) => bytes.get(serial) ?? 100,
      },
      { max: 5, idleTimeoutMs: 0, poolMemoryLimitBytes: 1_000 },
    );
    const levels: string[] = [];
    pool.on('memory', ({ from, to }) => levels.push(`${from} -> ${to}`));
    const [one, two, ...rest] = await acquireAll(pool, 5);
    releaseAll(rest);
    expect(pool.available).toBe(3);
    // To high: one idle resource is given back at once.
    bytes.set(1, 360);
    pool.memory.measure();
    await settle();
    expect(levels).toContain('medium -> high');
    expect(pool.available).toBe(2);
    for (const lease of [one, two]) lease?.release();
    await pool.close();
  });

  it('is not given back when it has just become less short', async () => {
    const bytes = new Map<number, number>();
    const { pool } = toolPool(
      { memoryBytes: ({ serial }) => bytes.get(serial) ?? 100 },
      { min: 3, max: 3, poolMemoryLimitBytes: 1_000 },
    );
    const levels: string[] = [];
    pool.on('memory', ({ from, to }) => levels.push(`${from} -> ${to}`));
    const [lease, ...rest] = await acquireAll(pool, 3);
    releaseAll(rest);
    // Critical; but the pool has to keep them.
    bytes.set(1, 780);
    pool.memory.measure();
    expect(levels.at(-1)).toContain('-> critical');
    expect(pool.available).toBe(2);
    pool.resize({ min: 0 });
    bytes.set(1, 620);
    pool.memory.measure();
    expect(levels.at(-1)).toBe('critical -> high');
    expect(pool.available).toBe(2);
    lease?.release();
    await pool.close();
  });
});
