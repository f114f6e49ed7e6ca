import { describe, expect, it } from 'vitest';
import { POOL_EVENT_NAMES } from '../src/index.js';
import { EventRecorder, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld } from './support/world.js';

expectNoUnhandledRejection();

describe('events', () => {
  it('tell the life of a loan in order', async () => {
    const { pool } = newWorld({ max: 1, testOnReturn: true }, 'at-once');
    const recorder = new EventRecorder(pool);
    await pool.use(() => undefined);
    await pool.close();
    expect(recorder.names).toEqual([
      'state',
      'create',
      'acquire',
      'reset',
      'validate',
      'release',
      'state',
      'destroy',
      'state',
    ]);
    expect(recorder.of('state')).toEqual([
      { from: 'idle', to: 'running' },
      { from: 'running', to: 'closing' },
      { from: 'closing', to: 'closed' },
    ]);
    expect(recorder.of('acquire')[0]).toMatchObject({
      resource: { serial: 1 },
      waitedMs: 0,
      direct: true,
    });
    expect(recorder.of('destroy')[0]).toMatchObject({ resource: { serial: 1 }, reason: 'close' });
  });

  it('tell a direct loan from one after a wait, and how long that was', async () => {
    const { pool, clock } = newWorld({ max: 1 }, 'at-once');
    await pool.use(() => undefined);
    const recorder = new EventRecorder(pool, ['acquire', 'enqueue', 'full']);
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    await clock.advance(25);
    lease.release();
    (await waiting).release();
    expect(recorder.of('acquire')).toMatchObject([
      { direct: true, waitedMs: 0 },
      { direct: false, waitedMs: 25 },
    ]);
    expect(recorder.of('enqueue')).toEqual([{ waiting: 1, priority: 0 }]);
    expect(recorder.of('full')).toEqual([{ waiting: 1 }]);
    await pool.close();
  });

  it('tell of every attempt to create that failed, and of every acquire', async () => {
    const { pool, workshop, clock } = newWorld({
      max: 1,
      createRetry: { maxAttempts: 2, initialMs: 10, jitter: 0 },
    });
    const recorder = new EventRecorder(pool, ['createError', 'acquireError']);
    workshop.gates.set('create', 'fails');
    const refused = pool.acquire().catch(() => undefined);
    await clock.advance(50);
    await refused;
    expect(recorder.of('createError')).toMatchObject([
      { attempt: 1, retryInMs: 10, error: { hook: 'create' } },
      { attempt: 2, retryInMs: undefined },
    ]);
    expect(recorder.of('acquireError')).toMatchObject([
      { waitedMs: 10, error: { code: 'ERR_POOL_CREATE' } },
    ]);
    await pool.close();
  });

  it('tell of a reset and its failure', async () => {
    const { pool, workshop } = newWorld({ max: 1 });
    const recorder = new EventRecorder(pool, ['reset', 'resetError']);
    const [one] = await acquireAll(pool, 1);
    await one?.releaseAsync();
    workshop.gates.set('reset', 'fails');
    const [two] = await acquireAll(pool, 1);
    await two?.releaseAsync();
    expect(recorder.names).toEqual(['reset', 'resetError']);
    expect(recorder.of('resetError')[0]?.error).toMatchObject({ hook: 'reset' });
    await pool.close();
  });

  it('are heard until the function that on returned is called, or off', async () => {
    const { pool } = newWorld({ max: 1 }, 'at-once');
    let heard = 0;
    const listener = (): void => {
      heard++;
    };
    const stop = pool.on('acquire', listener);
    await pool.use(() => undefined);
    stop();
    await pool.use(() => undefined);
    pool.on('acquire', listener);
    await pool.use(() => undefined);
    pool.off('acquire', listener);
    pool.off('acquire', listener);
    await pool.use(() => undefined);
    expect(heard).toBe(2);
    await pool.close();
  });

  it('show the resource as it was in the pool, ended ones included', async () => {
    const { pool } = newWorld({ max: 1 }, 'at-once');
    const recorder = new EventRecorder(pool, ['destroy']);
    const lease = await pool.acquire();
    lease.destroy();
    const [event] = recorder.of('destroy');
    expect(event?.info).toMatchObject({ id: 1, uses: 1, leases: 0 });
    expect(event?.resource.serial).toBe(1);
    await pool.close();
  });

  it('have names that can be listened to, all of them', async () => {
    const { pool } = newWorld();
    for (const name of POOL_EVENT_NAMES) pool.on(name, () => {})();
    expect(new Set(POOL_EVENT_NAMES).size).toBe(POOL_EVENT_NAMES.length);
    await settle();
    await pool.close();
  });
});
