import { describe, expect, it } from 'vitest';
import { LeaseEndedError } from '../../src/index.js';
import { settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, toolPool } from '../support/tools.js';
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
