import { describe, expect, it } from 'vitest';
import { createKeyedPool, createPool, DuplicateResourceError } from '../../src/index.js';
import { EventRecorder, ManualClock, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, type Tool, toolPool } from '../support/tools.js';
import { newWorld } from '../support/world.js';

expectNoUnhandledRejection();

/** A pool whose creations take 3 ms each, in a promise or at once. */
function slowMaker(stats: 'exact' | 'sampled' | 'counters', how: 'at-once' | 'in-a-promise') {
  const clock = new ManualClock();
  const pool = createPool<object>(
    () => {
      clock.jump(3);
      return how === 'at-once' ? {} : Promise.resolve({});
    },
    { max: 1_000, stats, clock, idleTimeoutMs: 0 },
  );
  return { clock, pool };
}

describe('creations', () => {
  it('are timed one by one with stats exact, not at all with counters, however they answer', async () => {
    for (const how of ['at-once', 'in-a-promise'] as const) {
      for (const stats of ['exact', 'counters'] as const) {
        const { pool } = slowMaker(stats, how);
        for (let loan = 0; loan < 5; loan++) await pool.acquire();
        const { create } = pool.stats().timings;
        const label = `${stats} ${how}`;
        expect([create.count, create.sumMs], label).toEqual(stats === 'exact' ? [5, 15] : [0, 0]);
        await pool.close({ force: true });
      }
    }
  });

  it('that answer at once are timed up to the 128th with stats sampled, then one in eight for eight', async () => {
    const { pool } = slowMaker('sampled', 'at-once');
    const make = async (count: number): Promise<number> => {
      for (let loan = 0; loan < count; loan++) await pool.acquire();
      return pool.stats().timings.create.count;
    };
    expect(await make(128)).toBe(128);
    expect(await make(1)).toBe(136);
    expect(await make(7)).toBe(136);
    expect(await make(1)).toBe(144);
    await pool.close({ force: true });
  });

  it('of one object twice fail the second time, in a promise too', async () => {
    const one = { serial: 1 };
    const { pool } = toolPool(
      { create: () => Promise.resolve(one) },
      { max: 2, name: 'pages', createRetry: false },
    );
    const lease = await pool.acquire();
    const error = await pool.acquire().catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'ERR_POOL_CREATE' });
    const { cause } = error as Error;
    expect(cause).toBeInstanceOf(DuplicateResourceError);
    expect(cause).toMatchObject({ pool: 'pages' });
    expect(pool.stats()).toMatchObject({ size: 1, counters: { created: 1, createTimeouts: 0 } });
    lease.release();
    await pool.close();
  });

  it('that fail lower the score of the pool, and are no time-outs', async () => {
    const { pool } = toolPool(
      {
        create: () => {
          throw new Error('down');
        },
      },
      { max: 1, createRetry: false },
    );
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE' });
    expect(pool.stats().counters).toMatchObject({ createErrors: 1, createTimeouts: 0 });
    // One failed creation, and one caller who was turned away.
    expect(pool.health).toBeCloseTo(100 * (1 - 0.5 / 16) ** 2, 1);
    await pool.close();
  });

  it('that fail while nothing else is alive turn away all who wait, at once', async () => {
    const first = answer<Tool>();
    const { pool } = toolPool({ create: () => first.promise }, { max: 1, createRetry: false });
    const refused = [1, 2, 3].map(() =>
      expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE' }),
    );
    first.refuse(new Error('down'));
    await Promise.all(refused);
    expect(pool.stats().counters.rejectedCreate).toBe(3);
    await pool.close();
  });

  it('that fail turn nobody away while as many others are under way as callers wait', async () => {
    const answers = [answer<Tool>(), answer<Tool>()];
    let begun = 0;
    const { pool } = toolPool(
      { create: () => answers[begun++]?.promise ?? { serial: begun } },
      { min: 2, max: 2, createRetry: false },
    );
    await settle();
    const waiting = pool.acquire();
    expect(begun).toBe(2);
    answers[0]?.refuse(new Error('down'));
    await settle();
    expect(pool.stats()).toMatchObject({ waiting: 1, counters: { rejectedCreate: 0 } });
    answers[1]?.give({ serial: 2 });
    expect((await waiting).resource.serial).toBe(2);
    (await waiting).release();
    await pool.close();
  });

  it('refused for want of memory are failures, and no time-outs', async () => {
    const { pool } = toolPool(
      { memoryBytes: () => 100 },
      { max: 2, poolMemoryLimitBytes: 100, createRetry: false },
    );
    const lease = await pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({
      cause: { code: 'ERR_POOL_MEMORY_LIMIT' },
    });
    expect(pool.stats().counters).toMatchObject({ createErrors: 1, createTimeouts: 0 });
    lease.release();
    await pool.close();
  });

  it('of what is too large from the start end it for its memory', async () => {
    const { pool } = toolPool(
      { memoryBytes: () => 100 },
      { max: 2, memoryLimitBytes: 99, createRetry: false },
    );
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE' });
    expect(pool.stats().destroyedBy.memory).toBe(1);
    await pool.close();
  });

  it('whose check answers after a close by force make nothing', async () => {
    const verdict = answer<boolean>();
    const { pool } = toolPool(
      { validate: () => verdict.promise },
      { max: 1, testOnCreate: true, validateTimeoutMs: 0 },
    );
    const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    const closed = pool.close({ force: true });
    verdict.give(true);
    await Promise.all([closed, refused]);
    await settle();
    expect(pool.stats()).toMatchObject({ size: 0, idle: 0, counters: { destroyed: 1 } });
  });

  it('that come to nothing while the pool is given up leave no place taken', async () => {
    const gone = answer<void>();
    const { pool, clock } = toolPool(
      { validate: () => false, destroy: () => gone.promise },
      { max: 1, testOnCreate: true, destroyTimeoutMs: 0, createRetry: { maxAttempts: 5 } },
    );
    const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(pool.stats().destroying).toBe(1);
    const closed = pool.close({ force: true });
    await clock.advance(0);
    await Promise.all([closed, refused]);
    gone.give();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 0, state: 'closed' });
  });
});

describe('a resource made elsewhere', () => {
  it('is entered as one that the pool made', async () => {
    const { pool, clock } = toolPool({}, { max: 1, autostart: false });
    const recorder = new EventRecorder(pool, ['create']);
    await clock.advance(500);
    const adopted = { serial: 70 };
    expect(pool.add(adopted)).toBe(true);
    expect(recorder.of('create')).toMatchObject([
      { resource: adopted, info: { id: 1, createdAt: clock.now() }, tookMs: 0 },
    ]);
    expect(pool.stats()).toMatchObject({ idle: 1, counters: { created: 1 } });
    expect(pool.stats().timings.create.count).toBe(0);
    await pool.close();
  });

  it('is not taken in by a pool that drains or closes', async () => {
    const { pool } = toolPool({}, { max: 2 });
    const lease = await pool.acquire();
    const drained = pool.drain();
    expect(pool.add({ serial: 70 })).toBe(false);
    const closed = pool.close();
    expect(pool.add({ serial: 71 })).toBe(false);
    lease.release();
    await Promise.all([drained, closed]);
    expect(pool.add({ serial: 72 })).toBe(false);
  });

  it('is not taken in where the places that keys have in common are used up', async () => {
    const pool = createKeyedPool<string, Tool>(({ id }) => ({ serial: id }), { maxTotal: 1 });
    const lease = await pool.acquire('a');
    expect(pool.pool('b').add({ serial: 70 })).toBe(false);
    expect(pool.stats().size).toBe(1);
    lease.release();
    await pool.close();
  });
});

describe('resources that are no good before anybody had them', () => {
  it('begin to count anew when a newer one was lent, whether it is still there or not', async () => {
    for (const end of ['kept', 'destroyed'] as const) {
      const { pool, workshop } = newWorld(
        { max: 3, min: 2, createRetry: { maxAttempts: 100, initialMs: 100, jitter: 0 } },
        'at-once',
      );
      await pool.ready();
      const newest = (): void => [...workshop.alive].at(-1)?.die();
      newest();
      expect(pool.size).toBe(2);
      // One that is newer than the dead one goes on loan.
      const leases = [await pool.acquire(), await pool.acquire()];
      for (const lease of leases) {
        if (end === 'kept') lease.release();
        else lease.destroy();
      }
      await settle();
      expect(pool.size).toBe(2);
      pool.resize({ min: 3 });
      newest();
      expect(pool.size, end).toBe(3);
      await pool.close();
    }
  });
});
