import { describe, expect, it } from 'vitest';
import { createPool, PoolError } from '../src/index.js';
import { auditStats, EventRecorder, ManualClock, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, LONG_MS, newWorld, releaseAll } from './support/world.js';

expectNoUnhandledRejection();

describe('a create that fails', () => {
  it('is tried again after a backoff that grows, is jittered, and ends', async () => {
    const clock = new ManualClock();
    const at: number[] = [];
    const start = clock.now();
    const pool = createPool<object>(
      () => {
        at.push(clock.now() - start);
        throw new Error('no connection');
      },
      {
        max: 1,
        clock,
        createRetry: { maxAttempts: 4, initialMs: 100, factor: 2, maxMs: 300, jitter: 0 },
      },
    );
    const refused = pool.acquire().catch((error: unknown) => error);
    await clock.advance(10_000);
    expect(at).toEqual([0, 100, 300, 600]);
    expect(await refused).toMatchObject({
      code: 'ERR_POOL_CREATE',
      attempts: 4,
      message: 'Instance creation failed: no connection',
      cause: { message: 'no connection' },
    });
    await pool.close();
  });

  it('takes a share of each wait away at random', async () => {
    const waits = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const clock = new ManualClock();
      const pool = createPool<object>(
        () => {
          throw new Error('no');
        },
        { max: 1, clock, createRetry: { maxAttempts: 2, initialMs: 1_000, jitter: 0.5 } },
      );
      const recorder = new EventRecorder(pool, ['createError']);
      const refused = pool.acquire().catch(() => undefined);
      await clock.advance(5_000);
      await refused;
      const [first, second] = recorder.of('createError');
      expect(first?.retryInMs).toBeGreaterThanOrEqual(500);
      expect(first?.retryInMs).toBeLessThanOrEqual(1_000);
      expect(second?.retryInMs).toBeUndefined();
      waits.add(first?.retryInMs ?? 0);
      await pool.close();
    }
    expect(waits.size).toBeGreaterThan(5);
  });

  it('is not tried again with createRetry false', async () => {
    const { pool, workshop } = newWorld({ createRetry: false });
    workshop.gates.set('create', 'fails');
    await expect(pool.acquire()).rejects.toMatchObject({ attempts: 1 });
    expect(workshop.gates.calls.create).toBe(1);
    await pool.close();
  });

  it('equals a rejection when it throws at once, and leaves nobody in line', async () => {
    for (const manner of ['at-once', 'in-a-promise'] as const) {
      const { pool, workshop, clock } = newWorld({ max: 1 }, manner);
      workshop.gates.set('create', 'fails');
      const refused = pool.acquire().catch((error: unknown) => error);
      await clock.advance(50);
      expect(PoolError.is(await refused, 'ERR_POOL_CREATE')).toBe(true);
      expect(pool.stats()).toMatchObject({ waiting: 0, size: 0 });
      await pool.close();
    }
  });

  it('rejects all who waited for it when nothing else is alive', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1 });
    workshop.gates.set('create', 'fails');
    const outcomes = Promise.all(
      [1, 2, 3].map(() => pool.acquire().catch((error: PoolError) => error.code)),
    );
    await clock.advance(50);
    expect(await outcomes).toEqual(['ERR_POOL_CREATE', 'ERR_POOL_CREATE', 'ERR_POOL_CREATE']);
    expect(pool.stats().counters.rejectedCreate).toBe(3);
    await pool.close();
  });

  it('rejects only the next in line while another resource may still come back', async () => {
    const { pool, workshop, clock } = newWorld({ max: 2 });
    const [lease] = await acquireAll(pool, 1);
    workshop.gates.set('create', 'fails');
    const first = pool.acquire().catch((error: PoolError) => error.code);
    const second = pool.acquire({ timeoutMs: 10_000 }).catch((error: unknown) => error);
    await clock.advance(6);
    expect(await first).toBe('ERR_POOL_CREATE');
    lease?.release();
    await settle();
    expect(await second).toMatchObject({ active: true });
    await pool.close({ force: true });
  });

  it('frees its place and wakes another waiter, so that the pool recovers by itself', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1 });
    workshop.gates.set('create', 'fails');
    const refused = pool.acquire().catch((error: PoolError) => error.code);
    await clock.advance(50);
    await refused;
    const waiting = pool.acquire();
    workshop.gates.heal();
    await clock.advance(50);
    (await waiting).release();
    expect(pool.size).toBe(1);
    await pool.close();
  });

  it('can keep its waiters in line until their deadline', async () => {
    const { pool, workshop, clock } = newWorld({
      max: 1,
      createRetry: {
        maxAttempts: 1,
        initialMs: 10,
        maxMs: 40,
        jitter: 0,
        onGiveUp: 'keep-waiters',
      },
    });
    workshop.gates.set('create', 'fails');
    const patient = pool.acquire({ timeoutMs: 10_000 });
    const hasty = pool.acquire({ timeoutMs: 100 }).catch((error: PoolError) => error.code);
    await clock.advance(200);
    expect(await hasty).toBe('ERR_POOL_TIMEOUT');
    expect(workshop.gates.calls.create).toBeGreaterThan(3);
    expect(workshop.gates.calls.create).toBeLessThan(12);
    workshop.gates.heal();
    await clock.advance(50);
    (await patient).release();
    await pool.close();
  });

  it('holds back other creations too, until one has succeeded', async () => {
    const { pool, workshop, clock } = newWorld({
      max: 10,
      maxCreating: 1,
      createRetry: { maxAttempts: 1, initialMs: 100, maxMs: 1_000, factor: 2, jitter: 0 },
    });
    workshop.gates.set('create', 'fails');
    const refused: unknown[] = [];
    for (let second = 0; second < 100; second++) {
      void pool.acquire({ timeoutMs: 1_000 }).then(
        (lease) => lease.release(),
        (error: unknown) => refused.push(error),
      );
      await clock.advance(100);
    }
    expect(workshop.gates.calls.create, 'in 10 s').toBeLessThan(20);
    workshop.gates.heal();
    await clock.advance(LONG_MS * 2);
    await pool.use(() => undefined);
    await pool.close();
  });

  it('tells min that it must wait, and tries again by itself', async () => {
    const { pool, workshop, clock } = newWorld({ max: 2, min: 2 });
    workshop.gates.set('create', 'fails');
    await clock.advance(100);
    expect(pool.size).toBeLessThanOrEqual(2);
    workshop.gates.heal();
    await clock.advance(100);
    expect(pool.available).toBe(2);
    await pool.close();
  });

  it('is remembered as the last error of creation', async () => {
    const { pool, workshop, clock } = newWorld({ createRetry: false });
    workshop.gates.set('create', 'fails');
    await pool.acquire().catch(() => undefined);
    expect(pool.stats().lastCreateError).toMatchObject({ hook: 'create' });
    expect(pool.stats().counters).toMatchObject({ createErrors: 1, created: 0 });
    await clock.advance(100);
    await pool.close();
  });
});

describe('a create that does not answer', () => {
  it('frees its place at its limit, and what it brings later is ended', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1, createRetry: false });
    workshop.gates.set('create', 'late');
    const refused = pool.acquire().catch((error: unknown) => error);
    await clock.advance(50);
    const error = await refused;
    expect(error).toMatchObject({
      code: 'ERR_POOL_CREATE',
      cause: { code: 'ERR_POOL_TIMEOUT', phase: 'create', timeoutMs: 50 },
    });
    expect(String((error as Error).cause)).toContain('raise createTimeoutMs');
    expect(pool.size).toBe(0);
    await clock.advance(100);
    expect([...workshop.ended.values()]).toEqual(['abandoned']);
    expect(pool.stats().counters).toMatchObject({
      createTimeouts: 1,
      createdTooLate: 1,
      created: 0,
    });
    await pool.close();
  });

  it('is told by its signal, and a rejection that comes later is nobody’s', async () => {
    const clock = new ManualClock();
    let aborted = 0;
    const pool = createPool<object>(
      ({ signal }) =>
        new Promise<object>((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted++;
            clock.setTimeout(() => reject(new Error('stopped at last')), 10);
          });
        }),
      { max: 1, clock, createTimeoutMs: 20, createRetry: false },
    );
    const refused = pool.acquire().catch((error: PoolError) => error.code);
    await clock.advance(100);
    expect([await refused, aborted]).toEqual(['ERR_POOL_CREATE', 1]);
    await pool.close();
  });

  it('does not let what its attempt left behind kill the resource of the next attempt', async () => {
    const clock = new ManualClock();
    const deaths: ((error?: unknown) => void)[] = [];
    const pool = createPool<{ attempt: number }>(
      ({ attempt, died }) => {
        deaths.push(died);
        return attempt === 1 ? new Promise(() => {}) : { attempt };
      },
      { max: 1, clock, createTimeoutMs: 20, createRetry: { maxAttempts: 2, initialMs: 10 } },
    );
    const acquired = pool.acquire();
    await clock.advance(20);
    deaths[0]?.(new Error('the socket of the first attempt closed'));
    await clock.advance(20);
    const lease = await acquired;
    expect(lease.resource.attempt).toBe(2);
    deaths[0]?.(new Error('and once more'));
    expect(lease.signal.aborted).toBe(false);
    lease.release();
    expect(pool.stats()).toMatchObject({ idle: 1, counters: { died: 0 } });
    deaths[1]?.();
    expect(pool.stats().counters.died).toBe(1);
    await pool.close();
  });

  it('may be the first of several that fail their check, each ended before the next is made', async () => {
    const { pool, workshop, clock } = newWorld({
      max: 1,
      testOnCreate: true,
      createRetry: { maxAttempts: 3, initialMs: 5, jitter: 0 },
    });
    workshop.gates.set('validate', 'fails');
    const refused = pool.acquire().catch((error: unknown) => error);
    await clock.advance(200);
    expect(await refused).toMatchObject({
      code: 'ERR_POOL_CREATE',
      cause: { code: 'ERR_POOL_INVALID' },
    });
    expect(workshop.made).toBe(3);
    expect([...workshop.ended.values()]).toEqual(['invalid', 'invalid', 'invalid']);
    expect(workshop.peakAlive).toBe(1);
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  });
});

describe('a resource that is no good before anybody had it', () => {
  it('is replaced at once, and after a backoff when its replacements share its fate', async () => {
    const clock = new ManualClock();
    const madeAt: number[] = [];
    const start = clock.now();
    const pool = createPool<object>(
      (context) => {
        madeAt.push(clock.now() - start);
        queueMicrotask(() => queueMicrotask(() => context.died(new Error('closed at once'))));
        return {};
      },
      { min: 1, max: 1, clock, createRetry: { maxAttempts: 100, initialMs: 100, jitter: 0 } },
    );
    await clock.advance(1_500);
    expect(madeAt).toEqual([0, 0, 100, 300, 700, 1_500]);
    await pool.close();
  });

  it('is what those in line are told after maxAttempts of them', async () => {
    const clock = new ManualClock();
    const pool = createPool<object>(
      () => ({
        onAcquire() {
          throw new Error('not for lending');
        },
      }),
      { max: 1, clock, createRetry: { maxAttempts: 3, initialMs: 10 } },
    );
    const refused = pool.acquire().catch((error: unknown) => error);
    await clock.advance(100);
    expect(await refused).toMatchObject({
      code: 'ERR_POOL_CREATE',
      attempts: 3,
      cause: { message: 'not for lending' },
    });
    await pool.close();
  });

  it('does not count when several die together, or when others of its age are lent', async () => {
    const { pool, workshop } = newWorld({ max: 5, min: 5, createRetry: false });
    await pool.ready({ idle: 5 });
    for (const product of [...workshop.alive]) product.die();
    await pool.ready({ idle: 5 });
    expect(workshop.made, 'replaced without any time passing').toBe(10);
    for (let round = 0; round < 5; round++) {
      await pool.use(() => undefined);
      const [unused] = [...workshop.alive].slice(-1);
      unused?.die();
      await settle();
      expect(pool.size).toBe(5);
    }
    releaseAll(await acquireAll(pool, 5));
    await pool.close();
  });
});
