import { describe, expect, it } from 'vitest';
import { createPool } from '../../src/index.js';
import { EventRecorder, ManualClock, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { toolPool } from '../support/tools.js';
import { newWorld } from '../support/world.js';

expectNoUnhandledRejection();

describe('attempts to create', () => {
  const failing = (fails: number, retry: object = {}) => {
    const clock = new ManualClock();
    const at: number[] = [];
    const begun = clock.now();
    const pool = createPool<object>(
      () => {
        at.push(clock.now() - begun);
        if (at.length <= fails) throw new Error(`attempt ${at.length}`);
        return {};
      },
      {
        clock,
        max: 3,
        acquireTimeoutMs: 0,
        idleTimeoutMs: 0,
        createRetry: { maxAttempts: 2, initialMs: 100, factor: 2, jitter: 0, ...retry },
      },
    );
    return { clock, pool, at };
  };

  it('of another creation wait too, twice as long after each that was given up, and begin anew after a success', async () => {
    const { clock, pool, at } = failing(4, { maxAttempts: 1 });
    const refusals = [];
    for (let call = 0; call < 4; call++) {
      const refused = pool.acquire().catch((error: Error) => error);
      await clock.advance(1_000);
      refusals.push(await refused);
    }
    expect(refusals).toMatchObject(
      [1, 2, 3, 4].map((n) => ({ cause: { message: `attempt ${n}` } })),
    );
    const lease = pool.acquire();
    await clock.advance(1_000);
    (await lease).release();
    // The waits after the first, second, third and fourth: 100, 200, 400, 800; each call came a second after the last.
    expect(at).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
    await pool.close();
  });

  it('are held back as long as the last wait says', async () => {
    const { clock, pool, at } = failing(2, { maxAttempts: 1, initialMs: 400 });
    await expect(pool.acquire()).rejects.toThrow();
    const second = expect(pool.acquire()).rejects.toThrow();
    await clock.advance(399);
    expect(at).toEqual([0]);
    await clock.advance(1);
    await second;
    const third = pool.acquire();
    const fourth = pool.acquire();
    await clock.advance(799);
    expect(at).toEqual([0, 400]);
    await clock.advance(1);
    expect(at).toEqual([0, 400, 1_200, 1_200]);
    for (const lease of [await third, await fourth]) lease.release();
    await pool.close();
  });

  it('are told one by one with the wait that follows, and timed one by one', async () => {
    const clock = new ManualClock();
    let attempts = 0;
    const pool = createPool<object>(
      () => {
        clock.jump(7);
        if (++attempts === 1) throw new Error('once');
        return {};
      },
      { clock, max: 1, createRetry: { maxAttempts: 2, initialMs: 50, jitter: 0 } },
    );
    const recorder = new EventRecorder(pool, ['createError', 'create']);
    const acquired = pool.acquire();
    await clock.advance(50);
    (await acquired).release();
    expect(recorder.of('createError')).toEqual([
      { error: expect.objectContaining({ message: 'once' }), attempt: 1, retryInMs: 50 },
    ]);
    expect(recorder.of('create')).toMatchObject([{ tookMs: 7 }]);
    await pool.close();
  });

  it('are no more at once than maxCreating, those that back off included', async () => {
    const { pool, workshop, clock } = newWorld({
      max: 5,
      maxCreating: 2,
      createRetry: { maxAttempts: 9, initialMs: 100, jitter: 0 },
      acquireTimeoutMs: 0,
    });
    workshop.gates.set('create', 'fails');
    const waiting = [1, 2, 3, 4].map(() => pool.acquire());
    await settle();
    expect(workshop.gates.calls.create).toBe(2);
    expect(pool.stats().creating).toBe(2);
    workshop.gates.heal();
    await clock.advance(100);
    const leases = await Promise.all(waiting);
    expect(workshop.made).toBe(4);
    for (const lease of leases) lease.release();
    await pool.close();
  });

  it('that were put off while nobody waited are not made sooner because somebody does', async () => {
    const clock = new ManualClock();
    let attempts = 0;
    const pool = createPool<object>(
      () => {
        if (++attempts === 1) throw new Error('down');
        return {};
      },
      { clock, min: 1, max: 1, createRetry: { maxAttempts: 5, initialMs: 1_000, jitter: 0 } },
    );
    await clock.advance(300);
    expect(attempts).toBe(1);
    const acquired = pool.acquire();
    await clock.advance(699);
    expect(attempts).toBe(1);
    await clock.advance(1);
    expect(attempts).toBe(2);
    (await acquired).release();
    await pool.close();
  });

  it('that close the pool by force leave nothing behind', async () => {
    const { pool } = toolPool(
      {
        create: () => {
          void pool.close({ force: true });
          return { serial: 1 };
        },
      },
      { max: 1 },
    );
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(pool.stats()).toMatchObject({ size: 0, counters: { createdTooLate: 1, created: 0 } });
  });

  it('that bring one object twice at once are no time-outs', async () => {
    const one = { serial: 1 };
    const { pool } = toolPool({ create: () => one }, { max: 2, createRetry: false });
    const lease = await pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE' });
    expect(pool.stats().counters).toMatchObject({ createErrors: 1, createTimeouts: 0 });
    lease.release();
    await pool.close();
  });

  it('that are not timed are told to have taken no time', async () => {
    for (const [stats, tookMs] of [
      ['counters', 0],
      ['exact', 3],
    ] as const) {
      const { pool, clock } = toolPool(
        {
          create: () => {
            clock.jump(3);
            return { serial: 1 };
          },
        },
        { max: 3, stats },
      );
      const recorder = new EventRecorder(pool, ['create']);
      const leases = [await pool.acquire()];
      leases[0]?.detach();
      leases.push(await pool.acquire());
      expect(recorder.of('create').at(-1)?.tookMs).toBe(tookMs);
      await pool.close({ force: true });
    }
  });

  it('are called off by a close', async () => {
    const { clock, pool, at } = failing(9, { maxAttempts: 9 });
    const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    await pool.close();
    await refused;
    await clock.advance(10_000);
    expect(at).toEqual([0]);
    expect(clock.pending).toBe(0);
  });

  it('are not made ahead for a newcomer while another one is under way', async () => {
    const { pool, workshop, clock } = newWorld({ max: 3, maxCreating: 1 });
    workshop.gates.set('create', 'slow');
    const first = pool.acquire();
    const second = pool.acquire();
    expect(pool.stats()).toMatchObject({ creating: 1, waiting: 2 });
    await clock.advance(20);
    for (const lease of [await first, await second]) lease.release();
    await pool.close();
  });
});

describe('resources that are no good at once', () => {
  it('do not count as such when they have lived for longer than the longest backoff', async () => {
    const { pool, workshop, clock } = newWorld({
      min: 1,
      max: 1,
      createRetry: { maxAttempts: 100, initialMs: 10, maxMs: 20, jitter: 0 },
    });
    await pool.ready();
    for (let time = 1; time <= 4; time++) {
      await clock.advance(21);
      for (const product of workshop.alive) product.die();
      await settle();
      expect(workshop.made).toBe(time + 1);
    }
    for (const product of workshop.alive) product.die();
    await settle();
    expect(workshop.made).toBe(6);
    for (const product of workshop.alive) product.die();
    await settle();
    expect(workshop.made).toBe(6);
    await clock.advance(10);
    expect(workshop.made).toBe(7);
    await pool.close();
  });
});
