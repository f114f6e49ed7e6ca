import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createPool } from '../src/index.js';
import { acquireAll, newWorld } from './support/world.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('waiters that have given up', () => {
  it('leave no memory behind: 100,000 time-outs give the heap back', async () => {
    const { pool, clock } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const storm = async (): Promise<void> => {
      let refused = 0;
      for (let index = 0; index < 100_000; index++) {
        pool.acquire({ timeoutMs: 1_000 }).catch(() => {
          refused++;
        });
      }
      expect(pool.pending).toBe(100_000);
      await clock.advance(1_200);
      expect([refused, pool.pending]).toEqual([100_000, 0]);
    };
    const heapBytes = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    await storm();
    const before = heapBytes();
    await storm();
    // Each would cost some 700 bytes if anything held on to it: 70 MB.
    expect(heapBytes() - before).toBeLessThan(3 * 1_048_576);
    lease?.release();
    (await pool.acquire()).release();
    await pool.close();
  });

  it('leave a pool that serves the living at once, however many have given up before them', async () => {
    const { pool, clock } = newWorld({ max: 1, maxQueue: 30_000 });
    const [lease] = await acquireAll(pool, 1);
    for (let index = 0; index < 20_000; index++) {
      pool.acquire({ timeoutMs: 10 }).catch(() => undefined);
    }
    const living = pool.acquire({ timeoutMs: 0 });
    await clock.advance(100);
    expect(pool.pending).toBe(1);
    lease?.release();
    (await living).release();
    await pool.close();
  });

  it('do not hold up the event loop when 50,000 of them give up at once', async () => {
    const pool = createPool<object>(() => ({}), { max: 1 });
    const lease = await pool.acquire();
    let refused = 0;
    for (let index = 0; index < 50_000; index++) {
      pool.acquire({ timeoutMs: 300 }).catch(() => {
        refused++;
      });
    }
    let longestMs = 0;
    let last = performance.now();
    while (refused < 50_000) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = performance.now();
      longestMs = Math.max(longestMs, now - last);
      last = now;
    }
    // In slices it is a few ms on a quiet machine; this bound leaves room for a busy one.
    expect(longestMs).toBeLessThan(500);
    lease.release();
    await pool.close();
  });
});
