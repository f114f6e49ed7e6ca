import { describe, expect, it } from 'vitest';
import { settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld } from './support/world.js';

expectNoUnhandledRejection();

/** Lets callers with the given priorities and arrival times wait on one resource; the order in which they get it. */
async function served(
  callers: readonly { readonly name: string; readonly priority: number; readonly atMs?: number }[],
  options: { readonly priorities: number; readonly agingMs: number },
): Promise<string[]> {
  const { pool, clock } = newWorld({ max: 1, ...options }, 'at-once');
  const [lease] = await acquireAll(pool, 1);
  const order: string[] = [];
  const work: Promise<void>[] = [];
  for (const { name, priority, atMs = 0 } of callers) {
    await clock.advance(atMs);
    work.push(
      pool.acquire({ priority }).then((mine) => {
        order.push(name);
        mine.release();
      }),
    );
  }
  lease?.release();
  await Promise.all(work);
  await pool.close();
  return order;
}

describe('priorities', () => {
  it('serve the more urgent class first, and within a class who came first', async () => {
    const callers = [
      { name: 'late-1', priority: 2 },
      { name: 'normal-1', priority: 1 },
      { name: 'urgent-1', priority: 0 },
      { name: 'late-2', priority: 2 },
      { name: 'urgent-2', priority: 0 },
      { name: 'normal-2', priority: 1 },
    ];
    for (const agingMs of [0, 1_000]) {
      expect(await served(callers, { priorities: 3, agingMs })).toEqual([
        'urgent-1',
        'urgent-2',
        'normal-1',
        'normal-2',
        'late-1',
        'late-2',
      ]);
    }
  });

  it('let a waiter gain one class for each agingMs it has waited', async () => {
    const callers = [
      { name: 'patient', priority: 1 },
      { name: 'urgent, just in time', priority: 0, atMs: 99 },
      { name: 'urgent, too late', priority: 0, atMs: 2 },
    ];
    expect(await served(callers, { priorities: 2, agingMs: 100 })).toEqual([
      'urgent, just in time',
      'patient',
      'urgent, too late',
    ]);
  });

  it('starve nobody: the wait of the last class is bounded, whatever comes in before it', async () => {
    const { pool, clock } = newWorld({ max: 1, priorities: 4, agingMs: 50 }, 'at-once');
    const [first] = await acquireAll(pool, 1);
    let holder = first;
    let waitedMs: number | undefined;
    const start = clock.now();
    void pool.acquire({ priority: 3, timeoutMs: 0 }).then((lease) => {
      waitedMs = clock.now() - start;
      lease.release();
    });
    for (let step = 0; step < 100 && waitedMs === undefined; step++) {
      const urgent = pool.acquire({ priority: 0, timeoutMs: 0 });
      await clock.advance(10);
      holder?.release();
      holder = await urgent;
    }
    expect(waitedMs).toBeGreaterThanOrEqual(100);
    expect(waitedMs).toBeLessThanOrEqual(3 * 50 + 20);
    holder?.release();
    await pool.close();
  });

  it('starve the last class for ever with agingMs 0, which is what it means', async () => {
    const { pool, clock } = newWorld({ max: 1, priorities: 2, agingMs: 0 }, 'at-once');
    let [holder] = await acquireAll(pool, 1);
    const last = pool.acquire({ priority: 1, timeoutMs: 0 });
    let got = false;
    void last.then(() => {
      got = true;
    });
    for (let step = 0; step < 50; step++) {
      const urgent = pool.acquire({ priority: 0 });
      await clock.advance(100);
      holder?.release();
      holder = await urgent;
    }
    expect(got).toBe(false);
    holder?.release();
    (await last).release();
    await pool.close();
  });

  it('beyond the last class count as the last class', async () => {
    const { pool } = newWorld({ max: 1, priorities: 2 });
    const [lease] = await acquireAll(pool, 1);
    const waiting = pool.acquire({ priority: 99 });
    await settle();
    expect(pool.stats().waitingByPriority).toEqual([0, 1]);
    lease?.release();
    (await waiting).release();
    await pool.close();
  });

  it('are counted by class', async () => {
    const { pool } = newWorld({ max: 1, priorities: 3 });
    const [lease] = await acquireAll(pool, 1);
    const waiting = [0, 2, 2].map((priority) => pool.acquire({ priority }));
    expect(pool.stats().waitingByPriority).toEqual([1, 0, 2]);
    lease?.release();
    for (const acquired of waiting) (await acquired).release();
    await pool.close();
  });
});
