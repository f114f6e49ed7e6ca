import { describe, expect, it } from 'vitest';
import type { AcquireOptions } from '../../src/index.js';
import { EventRecorder, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { type Tool, toolPool } from '../support/tools.js';
import { releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

describe('the options of an acquire', () => {
  it('are refused with their name and what they must be', async () => {
    const { pool } = toolPool();
    const wrong: readonly (readonly [unknown, string, string])[] = [
      [null, '', 'must be an object such as { timeoutMs: 1_000 }, or left out'],
      [
        { timeoutMs: '5' },
        'timeoutMs',
        'must be milliseconds: a number of at least 0, where 0 means no limit',
      ],
      [
        { priority: 0.5 },
        'priority',
        'must be a whole number of at least 0, where 0 is the most urgent',
      ],
      [{ where: 'first' }, 'where', 'must be a function of a resource'],
      ...[null, {}, { aborted: false }, 'stop'].map(
        (signal) =>
          [
            { signal },
            'signal',
            'must be an AbortSignal, such as the signal of an AbortController',
          ] as const,
      ),
    ];
    for (const [options, path, message] of wrong) {
      await expect(pool.acquire(options as AcquireOptions<Tool>)).rejects.toMatchObject({
        code: 'ERR_POOL_OPTIONS',
        message: expect.stringContaining('acquire options'),
        problems: [{ path, message }],
      });
    }
    expect(pool.pending).toBe(0);
    await pool.close();
  });
});

describe('a refusal', () => {
  it('is told at once with its error, and lowers the score of the pool', async () => {
    const { pool } = toolPool({}, { maxQueue: 0, max: 1 });
    const recorder = new EventRecorder(pool, ['acquireError']);
    const lease = await pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_EXHAUSTED' });
    expect(recorder.of('acquireError')).toMatchObject([
      { error: { code: 'ERR_POOL_EXHAUSTED' }, waitedMs: 0 },
    ]);
    expect(pool.health).toBeCloseTo(100 * (1 - 0.5 / 16), 2);
    lease.release();
    await pool.close();
  });

  it('of a pool that is closed is counted', async () => {
    const { pool } = toolPool();
    await pool.close();
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(pool.stats().counters.rejectedClosed).toBe(1);
  });

  it('after a wait lowers the score as one at once does', async () => {
    const { pool, clock } = toolPool({}, { max: 1, acquireTimeoutMs: 10 });
    const lease = await pool.acquire();
    const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_TIMEOUT' });
    await clock.advance(10);
    await refused;
    expect(pool.health).toBeCloseTo(100 * (1 - 0.5 / 16), 2);
    lease.release();
    await pool.close();
  });

  it('because the pool was cleared is counted as given up', async () => {
    const { pool } = toolPool({}, { max: 1 });
    const lease = await pool.acquire();
    const refused = expect(pool.acquire()).rejects.toMatchObject({
      code: 'ERR_POOL_ABORTED',
      message: 'pool was cleared while this caller waited; acquire again',
    });
    await pool.clear({ failWaiters: true });
    await refused;
    expect(pool.stats().counters.aborted).toBe(1);
    lease.release();
    await pool.close();
  });

  it('by a signal says so and carries its reason', async () => {
    const { pool } = toolPool();
    const cause = new Error('the request is over');
    await expect(pool.acquire({ signal: AbortSignal.abort(cause) })).rejects.toMatchObject({
      message: 'pool: acquire was aborted by its signal',
      cause,
    });
    await pool.close();
  });

  it('by the deadline names what it was for, where that was said', async () => {
    const { pool, clock } = toolPool({}, { max: 1, acquireTimeoutMs: 10 });
    const lease = await pool.acquire();
    const named = pool.acquire({ label: 'the report' }).catch((error: Error) => error.message);
    const nameless = pool.acquire().catch((error: Error) => error.message);
    await clock.advance(10);
    expect(await named).toContain('no resource for the report within 10 ms');
    expect(await nameless).toContain('no resource within 10 ms');
    lease.release();
    await pool.close();
  });
});

describe('who waits', () => {
  it('is all served when there is enough for all', async () => {
    const { pool } = toolPool({}, { max: 3, min: 3 });
    await pool.ready();
    pool.pause();
    const waiting = [1, 2, 3].map(() => pool.acquire());
    pool.resume();
    expect(pool.stats()).toMatchObject({ waiting: 0, borrowed: 3 });
    releaseAll(await Promise.all(waiting));
    await pool.close();
  });

  it('is served in the same turn as one before whose wish throws, exclusive or not', async () => {
    const { pool } = toolPool({}, { max: 1, min: 1, concurrency: 2 });
    await pool.ready();
    pool.pause();
    const broken = expect(
      pool.acquire({
        exclusive: true,
        where: () => {
          throw new Error('broken');
        },
      }),
    ).rejects.toMatchObject({ code: 'ERR_POOL_OPTIONS' });
    const plain = pool.acquire();
    pool.resume();
    expect(pool.stats()).toMatchObject({ waiting: 0, borrowed: 1 });
    await broken;
    (await plain).release();
    await pool.close();
  });

  it('leaves the line once, although its wish gives up and throws too', async () => {
    const impatient = new AbortController();
    const { pool } = toolPool({}, { max: 1, min: 1 });
    await pool.ready();
    pool.pause();
    const refused = expect(
      pool.acquire({
        signal: impatient.signal,
        where: () => {
          impatient.abort();
          throw new Error('broken');
        },
      }),
    ).rejects.toMatchObject({ code: 'ERR_POOL_ABORTED' });
    pool.resume();
    await refused;
    expect(pool.stats()).toMatchObject({ waiting: 0, idle: 1 });
    expect(pool.tryAcquire()).toBeDefined();
    await pool.close({ force: true });
  });

  it('is told as waiting at max only when the pool is at max', async () => {
    const { pool } = toolPool({ create: () => new Promise(() => {}) }, { max: 2 });
    const recorder = new EventRecorder(pool, ['enqueue', 'full']);
    const refused = [1, 2, 3].map(() => expect(pool.acquire()).rejects.toThrow());
    expect(recorder.names).toEqual(['enqueue', 'enqueue', 'enqueue', 'full']);
    await pool.close({ force: true });
    await Promise.all(refused);
  });

  it('is all there is to wait for in a drain, whether by deadline or by signal', async () => {
    for (const end of ['deadline', 'signal'] as const) {
      const { pool, clock } = toolPool({}, { max: 1, min: 1 });
      await pool.ready();
      const impatient = new AbortController();
      pool.pause();
      const refused = expect(
        pool.acquire({ timeoutMs: 10, signal: impatient.signal, where: () => false }),
      ).rejects.toThrow();
      let drained = false;
      const draining = pool.drain().then(() => {
        drained = true;
      });
      await settle();
      expect(drained).toBe(false);
      if (end === 'deadline') await clock.advance(10);
      else impatient.abort();
      await draining;
      await refused;
      await pool.close();
    }
  });

  it('for a creation that fails and fails is all there is to wait for, too', async () => {
    for (const end of ['deadline', 'signal'] as const) {
      const { pool, clock } = toolPool(
        {
          create: () => {
            throw new Error('no more of these');
          },
        },
        {
          max: 1,
          createRetry: { maxAttempts: 1, initialMs: 1_000, jitter: 0, onGiveUp: 'keep-waiters' },
        },
      );
      const impatient = new AbortController();
      const refused = expect(
        pool.acquire({ timeoutMs: 10, signal: impatient.signal }),
      ).rejects.toThrow();
      const draining = pool.drain();
      if (end === 'deadline') await clock.advance(10);
      else impatient.abort();
      await draining;
      await refused;
      await pool.close();
    }
  });
});

describe('those who wait on one signal', () => {
  it('are not turned away any more who were served while another one was', async () => {
    const { pool } = toolPool({}, { max: 1 });
    const lease = await pool.acquire();
    const impatient = new AbortController();
    const { signal } = impatient;
    const first = expect(pool.acquire({ signal })).rejects.toMatchObject({
      code: 'ERR_POOL_ABORTED',
    });
    const second = pool.acquire({ signal });
    pool.on('acquireError', () => lease.release());
    impatient.abort();
    await first;
    expect((await second).active).toBe(true);
    expect(pool.stats()).toMatchObject({ waiting: 0, borrowed: 1, counters: { aborted: 1 } });
    (await second).release();
    await pool.close();
  });
});

describe('waits', () => {
  const served = async (stats: 'counters' | 'sampled' | 'exact', count: number) => {
    const { pool, clock } = toolPool({}, { max: 1, stats });
    let lease = await pool.acquire();
    for (let wait = 0; wait < count; wait++) {
      const next = pool.acquire();
      await clock.advance(2);
      lease.release();
      lease = await next;
    }
    lease.release();
    const { wait } = pool.stats().timings;
    await pool.close();
    // The first loan did not wait, and counts as a wait of 0.
    return { waits: wait.count - 1, sumMs: wait.sumMs };
  };

  it('are all timed with stats exact, and none with counters', async () => {
    expect(await served('exact', 150)).toEqual({ waits: 150, sumMs: 300 });
    expect(await served('counters', 3)).toEqual({ waits: 0, sumMs: 0 });
  });

  it('are timed up to the 128th with stats sampled, then one in eight that stands for eight', async () => {
    expect(await served('sampled', 128)).toEqual({ waits: 128, sumMs: 256 });
    expect(await served('sampled', 129)).toEqual({ waits: 136, sumMs: 272 });
    expect(await served('sampled', 136)).toEqual({ waits: 136, sumMs: 272 });
    expect(await served('sampled', 137)).toEqual({ waits: 144, sumMs: 288 });
  });
});
