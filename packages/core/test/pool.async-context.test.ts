import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { createPool } from '../src/index.js';
import { ManualClock, settle } from '../src/testing/index.js';

const request = new AsyncLocalStorage<string>();

describe('the async context', () => {
  it('of a waiter is his own, not that of whoever released', async () => {
    const pool = createPool<object>(() => ({}), { max: 1 });
    const lease = await pool.acquire();
    const seen: string[] = [];
    const waiting = ['first', 'second'].map((name) =>
      request.run(name, async () => {
        const mine = await pool.acquire();
        seen.push(`${name}: ${request.getStore()}`);
        request.run('the releaser', () => mine.release());
      }),
    );
    request.run('somebody else', () => lease.release());
    await Promise.all(waiting);
    expect(seen).toEqual(['first: first', 'second: second']);
    await pool.close();
  });

  it('of create is that in which the pool was made, never that of the borrower who happened to ask', async () => {
    const seen: (string | undefined)[] = [];
    const pool = request.run('where the pool was made', () =>
      createPool<object>(
        () => {
          seen.push(request.getStore());
          return {};
        },
        { max: 2 },
      ),
    );
    const leases = await request.run('a borrower', () =>
      Promise.all([pool.acquire(), pool.acquire()]),
    );
    for (const lease of leases) lease.release();
    expect(seen).toEqual(['where the pool was made', 'where the pool was made']);
    await pool.close();
  });

  it('of a retry and of what an alarm does is the pool’s too', async () => {
    const clock = new ManualClock();
    const seen: (string | undefined)[] = [];
    const pool = request.run('the pool', () =>
      createPool<object>(
        {
          create: ({ attempt }) => {
            if (attempt === 1) throw new Error('try again');
            return {};
          },
          destroy: () => void seen.push(request.getStore()),
        },
        { max: 1, clock, idleTimeoutMs: 100, createRetry: { maxAttempts: 2, initialMs: 10 } },
      ),
    );
    const acquired = request.run('a borrower', () => pool.acquire());
    await clock.advance(20);
    await request.run('a borrower', async () => (await acquired).release());
    await settle();
    await request.run('whoever moves the clock', () => clock.advance(1_000));
    expect(seen).toEqual(['the pool']);
    await pool.close();
  });

  it('of use is the caller’s', async () => {
    const pool = createPool<object>(() => ({}), { max: 1 });
    const inside = await request.run('the caller', () => pool.use(() => request.getStore()));
    expect(inside).toBe('the caller');
    await pool.close();
  });
});
