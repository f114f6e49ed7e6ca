import { describe, expect, it } from 'vitest';
import { createPool, PoolError } from '../src/index.js';
import { auditStats, ManualClock } from '../src/testing/index.js';
import { Counted } from './support/counted.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

describe('arguments that are not what they should be', () => {
  const badRequests: readonly [string, unknown][] = [
    ['null', null],
    ['a number of milliseconds', 500],
    ['a text', 'now'],
    ['a time limit in a text', { timeoutMs: '500' }],
    ['a time limit that is not a number', { timeoutMs: Number.NaN }],
    ['a negative time limit', { timeoutMs: -1 }],
    ['a priority with a fraction', { priority: 0.5 }],
    ['a negative priority', { priority: -1 }],
    ['an infinite priority', { priority: Number.POSITIVE_INFINITY }],
    ['a signal that is none', { signal: {} }],
    ['a controller in place of its signal', { signal: new AbortController() }],
    ['a signal in a text', { signal: 'abort' }],
    ['a predicate that is none', { where: 3 }],
  ];

  for (const [what, request] of badRequests) {
    it(`rejects an acquire with ${what}, and leaves nobody in line`, async () => {
      const pool = createPool(new Counted(), { max: 1 });
      for (const busy of [false, true]) {
        const lease = busy ? await pool.acquire() : undefined;
        const acquired = pool.acquire(request as never);
        await expect(acquired).rejects.toMatchObject({ code: 'ERR_POOL_OPTIONS' });
        expect(pool.pending).toBe(0);
        lease?.release();
      }
      expect(auditStats(pool.stats())).toEqual([]);
      await pool.close();
    });
  }

  it('accepts an infinite or no time limit as: none', async () => {
    const clock = new ManualClock();
    const pool = createPool(new Counted(), { max: 1, clock, idleTimeoutMs: 0 });
    const lease = await pool.acquire();
    const patient = [0, Number.POSITIVE_INFINITY].map((timeoutMs) => pool.acquire({ timeoutMs }));
    await clock.advance(100_000_000);
    expect(pool.pending).toBe(2);
    expect(clock.pending).toBe(0);
    lease.release();
    for (const acquired of patient) (await acquired).release();
    await pool.close();
  });

  it('rejects use of something that is not a function and gives the resource back', async () => {
    const pool = createPool(new Counted(), { max: 1 });
    await expect(pool.use('work' as never)).rejects.toThrow(TypeError);
    expect(() => pool.useSync(undefined as never)).toThrow(TypeError);
    expect(pool.available).toBe(1);
    await pool.close();
  });

  it('refuses a factory that cannot create, and hooks that are none', () => {
    const wrong: unknown[] = [undefined, null, {}, { create: 3 }, 'create', 7];
    for (const factory of wrong) {
      expect(() => createPool(factory as never)).toThrow(/create: must be a function/);
    }
    for (const hook of ['validate', 'reset', 'destroy']) {
      const factory = { create: () => ({}), [hook]: true };
      expect(() => createPool(factory as never)).toThrow(`${hook}: must be a function`);
    }
  });

  it('refuses sizes that cannot be, and changes nothing', async () => {
    const pool = createPool(new Counted(), { min: 1, max: 2 });
    const sizes: unknown[] = [
      { max: 0 },
      { max: -1 },
      { max: Number.NaN },
      { max: '5' },
      { max: 1.5 },
      { min: 3 },
      { min: Number.POSITIVE_INFINITY },
      { minIdle: 3 },
      { maxIdle: 0 },
      { maximum: 4 },
      null,
      7,
    ];
    for (const size of sizes) {
      expect(() => pool.resize(size as never), JSON.stringify(size)).toThrow(PoolError);
    }
    expect([pool.min, pool.max]).toEqual([1, 2]);
    await pool.close();
  });

  it('refuses to get ready with more than it may keep idle', async () => {
    const pool = createPool(new Counted(), { max: 4, maxIdle: 2 });
    for (const idle of [-1, 1.5, Number.NaN, 5, 3]) {
      await expect(pool.ready({ idle })).rejects.toMatchObject({ code: 'ERR_POOL_OPTIONS' });
    }
    await pool.ready({ idle: 2 });
    expect(pool.available).toBe(2);
    await pool.close();
  });

  it('makes nothing it would have to end at once while somebody waits for more than it may keep', async () => {
    const factory = new Counted();
    const pool = createPool(factory, { max: 2, clock: new ManualClock() });
    const lease = await pool.acquire();
    const ready = pool.ready({ idle: 2 }).catch((error: unknown) => error);
    pool.resize({ max: 4, maxIdle: 1 });
    expect(await ready).toMatchObject({ code: 'ERR_POOL_OPTIONS' });
    expect(factory.made).toBe(2);
    lease.release();
    await pool.close();
  });

  it('tells who waits for more idle resources than it may keep after a resize', async () => {
    const factory = new Counted();
    const clock = new ManualClock();
    const pool = createPool(factory, { max: 4, clock });
    pool.pause();
    const ready = pool.ready({ idle: 4, timeoutMs: 100 }).catch((error: unknown) => error);
    const modest = pool.ready({ idle: 2 });
    pool.resize({ maxIdle: 2 });
    expect(await ready).toMatchObject({
      code: 'ERR_POOL_OPTIONS',
      message: 'ready: idle: is 4, but since the pool was resized it keeps 2 at most',
    });
    pool.resume();
    await modest;
    await clock.advance(200);
    expect(factory.made).toBe(2);
    expect(clock.pending).toBe(1);
    await pool.close();
  });
});

describe('verbs on a lease in the wrong order', () => {
  it('counts every late verb and lets none of them reach the next borrower', async () => {
    const pool = createPool(new Counted(), { max: 1 });
    const stale = await pool.acquire();
    stale.release();
    const lease = await pool.acquire();
    stale.release();
    await stale.releaseAsync();
    stale.destroy();
    stale[Symbol.dispose]();
    await stale[Symbol.asyncDispose]();
    expect(() => stale.resource).toThrow(expect.objectContaining({ code: 'ERR_POOL_LEASE_ENDED' }));
    expect(() => stale.detach()).toThrow(PoolError);
    expect(() => stale.fail()).toThrow(PoolError);
    expect(() => stale.touch()).toThrow(PoolError);
    expect(() => stale.signal).toThrow(PoolError);
    expect(stale.active).toBe(false);
    expect(lease.active).toBe(true);
    expect(pool.borrowed).toBe(1);
    expect(pool.stats().counters.lateReleases).toBe(3);
    lease.release();
    await pool.close();
  });

  it('takes a detached resource out for good', async () => {
    const factory = new Counted();
    const pool = createPool(factory, { max: 1 });
    const lease = await pool.acquire();
    const resource = lease.detach();
    lease.release();
    expect(pool.size).toBe(0);
    const next = await pool.acquire();
    expect(next.resource).not.toBe(resource);
    next.release();
    await pool.close();
    expect(factory.ended).toEqual([2]);
  });
});
