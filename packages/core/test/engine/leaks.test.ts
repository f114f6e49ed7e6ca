import { afterEach, describe, expect, it, vi } from 'vitest';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { toolPool } from '../support/tools.js';

expectNoUnhandledRejection();
afterEach(() => vi.restoreAllMocks());

/** Whether a leak shows where its lease was acquired, when chance says `chance`. */
async function shown(captureStacks: boolean | number, chance: number): Promise<boolean> {
  vi.spyOn(Math, 'random').mockReturnValue(chance);
  const { pool, clock } = toolPool({}, { leakThresholdMs: 10, captureStacks, jitter: 0 });
  let stack: string | undefined;
  pool.on('leak', (leak) => {
    stack = leak.stack;
  });
  const lease = await pool.acquire();
  await clock.advance(10);
  lease.release();
  await pool.close();
  return stack !== undefined;
}

describe('where a leaked lease was acquired', () => {
  it('is written down for the share of loans that was asked for', async () => {
    expect(await shown(true, 0.999)).toBe(true);
    expect(await shown(0.5, 0.499)).toBe(true);
    expect(await shown(0.5, 0.5)).toBe(false);
    expect(await shown(0, 0)).toBe(false);
    expect(await shown(false, 0)).toBe(false);
  });
});

describe('a lease that is watched', () => {
  it('has no alarm any more when it was given back, nor when it was taken away', async () => {
    const { pool, clock } = toolPool({}, { leakThresholdMs: 1_000, reclaimAfterMs: 3_000 });
    (await pool.acquire()).release();
    await clock.advance(3_000);
    expect(pool.stats().counters).toMatchObject({ leaks: 0, reclaimed: 0 });
    expect(clock.pending).toBe(0);
    await pool.acquire();
    await clock.advance(3_000);
    expect(pool.stats().counters.reclaimed).toBe(1);
    expect(clock.pending).toBe(0);
    await pool.close();
  });

  it('is told as a leak before it is taken away, when that comes first', async () => {
    const { pool, clock } = toolPool({}, { leakThresholdMs: 3_000, reclaimAfterMs: 1_000 });
    const told: string[] = [];
    pool.on('leak', ({ heldMs }) => told.push(`leak after ${heldMs}`));
    pool.on('reclaim', ({ heldMs, label }) => told.push(`reclaim after ${heldMs}: ${label}`));
    await pool.acquire({ label: 'nightly' });
    await clock.advance(999);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['leak after 1000', 'reclaim after 1000: nightly']);
    await pool.close();
  });

  it('is told and taken away at once where both limits are the same', async () => {
    const { pool, clock } = toolPool(
      {},
      { leakThresholdMs: 1_000, reclaimAfterMs: 1_000, name: 'pages' },
    );
    const lease = await pool.acquire();
    const { signal } = lease;
    await clock.advance(1_000);
    expect(pool.stats().counters).toMatchObject({ leaks: 1, reclaimed: 1 });
    expect(signal.reason).toMatchObject({ code: 'ERR_POOL_LEASE_ENDED', pool: 'pages' });
    await pool.close();
  });

  it('leaves no place taken when it was the last one of a shared resource', async () => {
    const { pool, clock } = toolPool({}, { max: 1, concurrency: 2, reclaimAfterMs: 1_000 });
    await pool.acquire();
    const other = await pool.acquire();
    await clock.advance(500);
    other.touch();
    await clock.advance(500);
    expect(pool.stats()).toMatchObject({ size: 1, counters: { reclaimed: 1 } });
    await clock.advance(500);
    expect(pool.stats()).toMatchObject({
      size: 0,
      counters: { reclaimed: 2 },
      destroyedBy: { abandoned: 1 },
    });
    (await pool.acquire()).release();
    await pool.close();
  });
});
