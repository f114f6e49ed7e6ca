import { describe, expect, it } from 'vitest';
import { createPool, PoolError, type PoolFactory, type PoolOptions } from '../src/index.js';
import { auditStats, EventRecorder } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

describe('a pool that cannot work', () => {
  const options: PoolOptions<object> = { max: 2, createRetry: { maxAttempts: 2, initialMs: 20 } };

  /** All of these lend nothing; a naive pool creates without end. */
  const hopeless: Record<string, (made: () => void) => [PoolFactory<object>, PoolOptions<object>]> =
    {
      'whose onAcquire always throws': (made) => [
        {
          create: () => {
            made();
            return {
              onAcquire() {
                throw new Error('not today');
              },
            };
          },
        },
        options,
      ],
      'whose resources die while they are made': (made) => [
        {
          create: (context) => {
            made();
            context.died(new Error('stillborn'));
            return {};
          },
        },
        options,
      ],
      'whose resources die as soon as they are made': (made) => [
        {
          create: async (context) => {
            made();
            queueMicrotask(() => queueMicrotask(() => context.died(new Error('died at once'))));
            return {};
          },
        },
        { ...options, min: 1 },
      ],
      'whose create fails': (made) => [
        {
          create: () => {
            made();
            throw new Error('no');
          },
        },
        { ...options, min: 2 },
      ],
      'whose new resources fail their check': (made) => [
        {
          create: () => {
            made();
            return {};
          },
          validate: () => false,
        },
        { ...options, min: 1, testOnCreate: true },
      ],
      'whose every check fails, with a choosy borrower': (made) => [
        {
          create: () => {
            made();
            return {};
          },
          validate: () => Promise.resolve(false),
        },
        { ...options, testOnBorrow: true, validateAfterIdleMs: 0 },
      ],
    };

  for (const [what, world] of Object.entries(hopeless)) {
    it(`${what} leaves the event loop alone`, async () => {
      let made = 0;
      const [factory, opts] = world(() => {
        if (++made > 2_000) throw new Error('a runaway pool: 2,000 creations');
      });
      const pool = createPool(factory, opts);
      const events = new EventRecorder(pool);
      const acquired = pool
        .acquire({ timeoutMs: 60, where: () => true })
        .then((lease) => lease.release())
        .catch((error: unknown) => expect(PoolError.is(error)).toBe(true));
      const before = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 0));
      expect(performance.now() - before).toBeLessThan(500);
      await acquired;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(made).toBeLessThan(60);
      events.stop();
      await pool.close();
      expect(auditStats(pool.stats())).toEqual([]);
    });
  }

  it('lends to a choosy borrower although each loan is checked in a promise', async () => {
    let checks = 0;
    const pool = createPool<object>(
      {
        create: () => ({}),
        validate: async () => {
          if (++checks > 1_000) throw new Error('a runaway pool: 1,000 checks');
          return true;
        },
      },
      { max: 1, testOnBorrow: true, validateAfterIdleMs: 0 },
    );
    (await pool.acquire()).release();
    const lease = await pool.acquire({ where: () => true, timeoutMs: 1_000 });
    lease.release();
    expect(checks).toBeLessThan(5);
    await pool.close();
  });
});
