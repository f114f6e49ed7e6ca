import { describe, expect, it } from 'vitest';
import { settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, toolPool } from '../support/tools.js';
import { acquireAll, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

describe('the maintenance of idle resources', () => {
  it('ends them one period after their limit, neither earlier nor later', async () => {
    for (const options of [{ idleTimeoutMs: 800 }, { hardIdleTimeoutMs: 800, min: 1 }]) {
      const { pool, clock } = toolPool({}, { max: 1, ...options });
      (await pool.acquire()).release();
      await clock.advance(899);
      expect(pool.available).toBe(1);
      await clock.advance(1);
      expect(pool.stats().destroyedBy.idle).toBe(1);
      await pool.close();
    }
  });

  it('believes no idle time from before it began to look', async () => {
    const { pool, clock } = toolPool({}, { max: 1, min: 1, idleTimeoutMs: 800 });
    const lease = await pool.acquire();
    await clock.advance(10_000);
    lease.release();
    pool.resize({ min: 0 });
    await clock.advance(800);
    expect(pool.available).toBe(1);
    await clock.advance(100);
    expect(pool.available).toBe(0);
    await pool.close();
  });

  it('sleeps while there is nothing to end, and wakes up again', async () => {
    const { pool, clock } = toolPool({}, { max: 2, idleTimeoutMs: 800, maxLifetimeMs: 80_000 });
    expect(clock.pending).toBe(0);
    for (let round = 1; round <= 3; round++) {
      releaseAll(await acquireAll(pool, 2));
      // However often it was asked to look: one timer.
      expect(clock.pending).toBe(1);
      await clock.advance(900);
      expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { idle: 2 * round } });
      await clock.advance(100);
      expect(clock.pending).toBe(0);
    }
    await pool.close();
  });

  it('looks in its own time, however often it is asked to', async () => {
    const { pool, clock } = toolPool({}, { max: 3, idleTimeoutMs: 800 });
    let readings = 0;
    const leases = await acquireAll(pool, 3);
    for (let time = 0; time < 5; time++) pool.resize({ max: 4 + time });
    releaseAll(leases);
    const now = clock.now.bind(clock);
    clock.now = () => {
      readings++;
      return now();
    };
    await clock.advance(100);
    expect(readings).toBeLessThan(8);
    await pool.close();
  });

  it('ends many in slices, the rest a moment later', async () => {
    const { pool, clock } = toolPool({}, { max: 1_200, idleTimeoutMs: 800 });
    releaseAll(await acquireAll(pool, 1_200));
    await clock.advance(900);
    expect(pool.size).toBe(700);
    await clock.advance(1);
    expect(pool.size).toBe(200);
    await clock.advance(1);
    expect(pool.size).toBe(0);
    await pool.close();
  });

  it('ends what is too old with the reason lifetime, though it was used a moment ago', async () => {
    const { pool, clock } = toolPool({}, { max: 1, maxLifetimeMs: 800, jitter: 0 });
    const lease = await pool.acquire();
    await clock.advance(790);
    lease.release();
    await clock.advance(10);
    expect(pool.stats().destroyedBy.lifetime).toBe(1);
    await pool.close();
  });

  it('leaves alone what another one’s hook has taken or ended meanwhile', async () => {
    for (const options of [
      { maxLifetimeMs: 800, jitter: 0 },
      { idleTimeoutMs: 800, testWhileIdle: true, keepAliveMs: 100_000 },
    ]) {
      let rescued: ReturnType<typeof toolPool>['pool'] | undefined;
      const { pool, clock } = toolPool(
        {
          validate: () => true,
          destroy: () => {
            void rescued?.clear();
          },
        },
        { max: 3, ...options },
      );
      rescued = pool;
      releaseAll(await acquireAll(pool, 3));
      await clock.advance(1_000);
      expect(pool.stats()).toMatchObject({ size: 0, counters: { destroyed: 3 } });
      await pool.close();
    }
  });
});

describe('a check while idle', () => {
  it('is made when its time has come, and only where it was asked for', async () => {
    for (const testWhileIdle of [true, false]) {
      let checks = 0;
      const { pool, clock } = toolPool(
        {
          validate: () => {
            checks++;
          },
        },
        { max: 1, testWhileIdle, keepAliveMs: 800, idleTimeoutMs: 1e6, maxLifetimeMs: 1e6 },
      );
      (await pool.acquire()).release();
      await clock.advance(799);
      expect(checks).toBe(0);
      await clock.advance(1);
      expect(checks).toBe(testWhileIdle ? 1 : 0);
      await clock.advance(800);
      expect(checks).toBe(testWhileIdle ? 2 : 0);
      await pool.close();
    }
  });

  it('that fails ends the resource, whether it answers at once or in a promise', async () => {
    for (const answers of [false, Promise.resolve(false)]) {
      const { pool, clock } = toolPool(
        { validate: () => answers },
        { max: 1, testWhileIdle: true, keepAliveMs: 800 },
      );
      (await pool.acquire()).release();
      await clock.advance(800);
      expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { invalid: 1 } });
      await pool.close();
    }
  });

  it('that fails before anybody had the resource is why nothing can be made', async () => {
    for (const answers of [false, Promise.resolve(false)]) {
      const { pool, clock } = toolPool(
        { validate: () => answers },
        { max: 1, min: 1, testWhileIdle: true, keepAliveMs: 800, createRetry: false },
      );
      await pool.ready();
      await clock.advance(800);
      expect(pool.stats().lastCreateError).toMatchObject({ code: 'ERR_POOL_INVALID' });
      await pool.close();
    }
  });

  it('does not keep the pool from holding idle ones ready', async () => {
    const { pool, clock } = toolPool(
      { validate: () => true },
      { max: 5, minIdle: 1, testWhileIdle: true, keepAliveMs: 800 },
    );
    await pool.ready();
    await clock.advance(8_000);
    const lease = await pool.acquire();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 1, borrowed: 1 });
    lease.release();
    await pool.close();
  });

  it('does not change who has been idle for longest', async () => {
    const { pool, clock } = toolPool(
      { validate: () => true },
      { max: 2, testWhileIdle: true, keepAliveMs: 800, idleTimeoutMs: 8_000 },
    );
    const early = await pool.acquire();
    const late = await pool.acquire();
    early.release();
    await clock.advance(4_000);
    late.release();
    await clock.advance(4_100);
    expect(pool.stats()).toMatchObject({ size: 1, destroyedBy: { idle: 1 } });
    expect(pool.tryAcquire()?.resource.serial).toBe(2);
    await pool.close({ force: true });
  });

  it('that answers after a close by force ends nothing twice', async () => {
    const verdict = answer<boolean>();
    const { pool, clock } = toolPool(
      { validate: () => verdict.promise },
      { max: 1, testWhileIdle: true, keepAliveMs: 800, validateTimeoutMs: 0 },
    );
    (await pool.acquire()).release();
    await clock.advance(800);
    expect(pool.stats().validating).toBe(1);
    const closed = pool.close({ force: true });
    verdict.give(false);
    await closed;
    await settle();
    expect(pool.stats()).toMatchObject({ size: 0, counters: { destroyed: 1 } });
  });
});
