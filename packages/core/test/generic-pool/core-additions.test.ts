import { describe, expect, it } from 'vitest';
import { createPool } from '../../src/index.js';
import { ManualClock, settle } from '../../src/testing/index.js';

const clock = () => new ManualClock();
const retry = { maxAttempts: 1, initialMs: 10, maxMs: 1_000, factor: 2, jitter: 0 } as const;

describe("createRetry with onGiveUp 'keep-waiters'", () => {
  it('leaves who waits in line until a creation succeeds', async () => {
    const time = clock();
    let up = false;
    const create = () => {
      if (!up) throw new Error('down');
      return {};
    };
    const pool = createPool(create, {
      clock: time,
      createRetry: { ...retry, onGiveUp: 'keep-waiters' },
      acquireTimeoutMs: 0,
    });
    const acquired = pool.acquire();
    await time.advance(5_000);
    expect(pool.pending).toBe(1);
    up = true;
    await time.advance(1_000);
    expect((await acquired).active).toBe(true);
  });

  it('waits longer after each round of failures, however many fail in it', async () => {
    const time = clock();
    const attempts: number[] = [];
    const startedAt = time.now();
    const create = () => {
      attempts.push(time.now() - startedAt);
      return Promise.reject(new Error('down'));
    };
    const pool = createPool(create, {
      clock: time,
      max: 3,
      maxCreating: 3,
      createRetry: { ...retry, onGiveUp: 'keep-waiters' },
    });
    const callers = Array.from({ length: 3 }, () => pool.acquire());
    for (const caller of callers) caller.catch(() => {});
    await time.advance(100);
    expect(attempts).toEqual([0, 0, 0, 10, 10, 10, 30, 30, 30, 70, 70, 70]);
    await pool.close();
  });

  it('stops trying when nobody waits any more', async () => {
    const time = clock();
    let attempts = 0;
    const create = () => {
      attempts++;
      return Promise.reject(new Error('down'));
    };
    const pool = createPool(create, {
      clock: time,
      createRetry: { ...retry, onGiveUp: 'keep-waiters' },
      acquireTimeoutMs: 25,
    });
    await Promise.all([
      expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_TIMEOUT' }),
      time.advance(25),
    ]);
    const before = attempts;
    await time.advance(10_000);
    expect(attempts).toBe(before);
    expect(pool.size).toBe(0);
  });

  it('still rejects who waits when the pool closes', async () => {
    const time = clock();
    const pool = createPool(() => Promise.reject(new Error('down')), {
      clock: time,
      createRetry: { ...retry, onGiveUp: 'keep-waiters' },
    });
    const acquired = pool.acquire();
    const refused = expect(acquired).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    await settle();
    await pool.close();
    await refused;
  });
});

describe('idle', () => {
  it('shows the idle resources, the one used last first, and ends one of them', async () => {
    const ended: [number, string][] = [];
    let made = 0;
    const pool = createPool<{ id: number }>(
      {
        create: () => ({ id: ++made }),
        destroy: ({ id }, { reason }) => {
          ended.push([id, reason]);
        },
      },
      { clock: clock(), max: 3 },
    );
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    const idle = pool.idle();
    expect(idle.map(({ resource }) => resource.id)).toEqual([3, 2, 1]);
    expect(idle[1]?.evict()).toBe(true);
    expect(idle[1]?.evict()).toBe(false);
    expect(ended).toEqual([[2, 'idle']]);
    const lease = pool.tryAcquire();
    expect(idle[0]?.evict()).toBe(false);
    expect(lease?.resource.id).toBe(3);
    expect(pool.size).toBe(2);
    await pool.close({ force: true });
  });

  it('ends a resource below min too, and min is made up for', async () => {
    let made = 0;
    const pool = createPool(() => ({ id: ++made }), { clock: clock(), min: 1, max: 1 });
    pool.start();
    expect(pool.idle()[0]?.evict()).toBe(true);
    expect(pool.available).toBe(1);
    expect(made).toBe(2);
    await pool.close();
  });
});
