import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { toolPool } from '../support/tools.js';

expectNoUnhandledRejection();

describe('who waits for a state of the pool', () => {
  it('is told what was waited for when the time is up', async () => {
    const { pool, clock } = toolPool({}, { max: 1, name: 'pages' });
    const lease = await pool.acquire();
    const late = [
      pool.ready({ idle: 1, timeoutMs: 50 }).catch((error: unknown) => error),
      pool.drain({ timeoutMs: 50 }).catch((error: unknown) => error),
    ];
    await clock.advance(50);
    const [ready, drain] = await Promise.all(late);
    // A drain refuses whoever waits for idle resources.
    expect(ready).toMatchObject({ code: 'ERR_POOL_DRAINING' });
    expect(drain).toMatchObject({
      code: 'ERR_POOL_TIMEOUT',
      phase: 'drain',
      timeoutMs: 50,
      message: 'pages: leased 1, idle 0 of 1; waiting 0; drain took longer than 50 ms',
      pool: 'pages',
    });
    pool.resume();
    const again = pool.ready({ idle: 1, timeoutMs: 20 }).catch((error: unknown) => error);
    await clock.advance(20);
    expect(await again).toMatchObject({ phase: 'ready', timeoutMs: 20 });
    lease.release();
    await pool.close();
  });

  it('has no limit with Infinity, nor with 0', async () => {
    const { pool, clock } = toolPool({}, { max: 1 });
    const lease = await pool.acquire();
    const before = clock.pending;
    const drained = [
      pool.drain({ timeoutMs: Number.POSITIVE_INFINITY }),
      pool.drain({ timeoutMs: 0 }),
    ];
    await clock.advance(1e9);
    expect(clock.pending).toBe(before);
    lease.release();
    await Promise.all(drained);
    await pool.close();
  });

  it('can give up with a signal, which keeps no listener afterwards', async () => {
    const { pool } = toolPool({}, { max: 1, name: 'pages' });
    const lease = await pool.acquire();
    const cause = new Error('shutting down');
    const impatient = new AbortController();
    const { signal } = impatient;
    const refused = expect(pool.ready({ idle: 1, signal })).rejects.toMatchObject({
      code: 'ERR_POOL_ABORTED',
      message: 'pages: ready was aborted by its signal',
      pool: 'pages',
      cause,
    });
    await settle();
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    impatient.abort(cause);
    await refused;
    expect(getEventListeners(signal, 'abort').length).toBe(0);
    await expect(pool.drain({ signal })).rejects.toMatchObject({
      message: 'pages: drain was aborted by its signal',
      cause,
    });
    pool.resume();
    const patient = new AbortController();
    const ready = pool.ready({ idle: 1, signal: patient.signal });
    lease.release();
    await ready;
    expect(getEventListeners(patient.signal, 'abort').length).toBe(0);
    await pool.close();
  });

  it('does not hinder the pool any more when it has given up', async () => {
    const { pool, clock } = toolPool({}, { max: 2 });
    const leases = [await pool.acquire(), await pool.acquire()];
    const late = expect(pool.ready({ idle: 2, timeoutMs: 10 })).rejects.toThrow();
    await clock.advance(10);
    await late;
    leases[0]?.release();
    // Nothing is made for it either.
    leases[1]?.destroy();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 });
    await pool.close();
  });

  it('with fewer resources than another keeps its own number when the other one is gone', async () => {
    const { pool, clock } = toolPool({}, { max: 3 });
    const leases = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
    const three = expect(pool.ready({ idle: 3, timeoutMs: 10 })).rejects.toThrow();
    const one = pool.ready({ idle: 1 });
    await clock.advance(10);
    await three;
    leases[0]?.destroy();
    await one;
    expect(pool.stats()).toMatchObject({ size: 3, idle: 1 });
    for (const lease of leases.slice(1)) lease.release();
    await pool.close();
  });

  it('for more than the pool keeps after a resize is told so, and the others go on waiting', async () => {
    const { pool } = toolPool({}, { max: 3 });
    const leases = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
    const three = pool.ready({ idle: 3 }).catch((error: unknown) => error);
    const two = pool.ready({ idle: 2 });
    await settle();
    pool.resize({ max: 2 });
    expect(await three).toMatchObject({
      code: 'ERR_POOL_OPTIONS',
      problems: [
        { path: 'idle', message: 'is 3, but since the pool was resized it keeps 2 at most' },
      ],
    });
    for (const lease of leases) lease.release();
    await two;
    await pool.close();
  });
});
