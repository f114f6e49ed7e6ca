import { describe, expect, it } from 'vitest';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { newWorld } from '../support/world.js';

expectNoUnhandledRejection();

describe('the signal of a lease', () => {
  it('has aborted already when it is asked for after the resource died', async () => {
    const { pool } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    const reason = new Error('the socket is closed');
    lease.resource.die(reason);
    expect(lease.signal).toMatchObject({ aborted: true, reason });
    await lease.releaseAsync();
    await pool.close();
  });

  it('has a reason even when the resource died without one', async () => {
    const { pool } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    lease.resource.die();
    expect(lease.signal.reason).toMatchObject({ message: 'the resource died' });
    await lease.releaseAsync();
    await pool.close();
  });

  it('has aborted too when the resource was to end for another reason before it died', async () => {
    const { pool } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    await pool.clear();
    lease.resource.die(new Error('first'));
    lease.resource.die(new Error('second'));
    expect(lease.signal.reason).toMatchObject({ message: 'first' });
    expect(pool.stats().counters.died).toBe(1);
    await lease.releaseAsync();
    expect(pool.stats().destroyedBy).toMatchObject({ died: 1, stale: 0 });
    await pool.close();
  });

  it('does not abort because the resource ends after the loan', async () => {
    const { pool } = newWorld({ max: 1 });
    const lease = await pool.acquire();
    await pool.clear();
    expect(lease.signal.aborted).toBe(false);
    await lease.releaseAsync();
    await pool.close();
  });

  it('does not abort when its resource dies in the hands of the next borrower', async () => {
    const { pool } = newWorld({ max: 1 });
    const first = await pool.acquire();
    const { signal } = first;
    await first.releaseAsync();
    const second = await pool.acquire();
    second.resource.die(new Error('gone'));
    expect(signal.aborted).toBe(false);
    expect(second.signal.aborted).toBe(true);
    await second.releaseAsync();
    await pool.close();
  });

  it('leaves the loan timed', async () => {
    const { pool, clock } = newWorld({ max: 1, stats: 'exact' });
    const lease = await pool.acquire();
    expect(lease.signal.aborted).toBe(false);
    await clock.advance(30);
    await lease.releaseAsync();
    expect(pool.stats().timings.hold).toMatchObject({ count: 1, sumMs: 30 });
    await pool.close();
  });

  it('leaves a loan untimed that nobody asked to be timed', async () => {
    const { pool } = newWorld({ max: 1, stats: 'counters' });
    const lease = await pool.acquire();
    expect(lease.signal.aborted).toBe(false);
    await lease.releaseAsync();
    expect(pool.stats().timings.hold.count).toBe(0);
    await pool.close();
  });
});
