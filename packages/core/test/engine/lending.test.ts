import { describe, expect, it } from 'vitest';
import { createPool, type Lease, PoolOptionsError } from '../../src/index.js';
import { EventRecorder, ManualClock, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { type Tool, toolPool } from '../support/tools.js';
import { acquireAll, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();

describe('a wish for a particular resource', () => {
  it('is met by one on loan that can be shared', async () => {
    const { pool } = toolPool({}, { max: 2, concurrency: 2 });
    const one = await pool.acquire();
    const two = await pool.acquire({ exclusive: true });
    const where = ({ serial }: Tool): boolean => serial === 1;
    expect(pool.tryAcquire({ where, exclusive: true })).toBeUndefined();
    const again = pool.tryAcquire({ where });
    expect(again?.resource).toBe(one.resource);
    expect(pool.tryAcquire({ where: ({ serial }) => serial === 2 })).toBeUndefined();
    expect(pool.stats().leases).toBe(3);
    releaseAll([one, two, again as Lease<Tool>]);
    await pool.close();
  });

  it('is met by an idle one before one on loan', async () => {
    const { pool } = toolPool({}, { max: 2, min: 2, concurrency: 2 });
    await pool.ready();
    const one = await pool.acquire();
    const other = await pool.acquire({ where: () => true });
    expect(other.resource).not.toBe(one.resource);
    releaseAll([one, other]);
    await pool.close();
  });

  it('is not met where resources are not shared and none is idle', async () => {
    const { pool } = toolPool({}, { max: 1 });
    const lease = await pool.acquire();
    expect(pool.tryAcquire({ where: () => true })).toBeUndefined();
    lease.release();
    expect(pool.tryAcquire({ where: () => false })).toBeUndefined();
    expect(pool.available).toBe(1);
    await pool.close();
  });

  it('that throws is told as wrong options, with its error as the cause', async () => {
    const { pool } = toolPool({}, { max: 1 });
    (await pool.acquire()).release();
    const cause = new Error('no such field');
    const where = (): never => {
      throw cause;
    };
    const thrown = (() => {
      try {
        return pool.tryAcquire({ where });
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(PoolOptionsError);
    expect(thrown).toMatchObject({
      message: expect.stringContaining('acquire options'),
      problems: [{ path: 'where', message: 'threw: no such field' }],
      cause,
    });
    await expect(pool.acquire({ where })).rejects.toMatchObject({ cause });
    expect(pool.stats().counters.enqueued).toBe(0);
    await pool.close();
  });
});

describe('onAcquire', () => {
  it('sees its resource neither idle nor on loan', async () => {
    const seen: unknown[] = [];
    const { pool } = toolPool(
      {
        onAcquire: () => {
          const { idle, borrowed, validating } = pool.stats();
          seen.push({ idle, borrowed, validating });
        },
      },
      { max: 1, min: 1 },
    );
    await pool.ready();
    (await pool.acquire()).release();
    expect(seen).toEqual([{ idle: 0, borrowed: 0, validating: 1 }]);
    await pool.close();
  });

  it('is called after a check, and where the check is left out', async () => {
    const calls: string[] = [];
    const { pool } = toolPool(
      {
        onAcquire: () => calls.push('onAcquire'),
        validate: () => {
          calls.push('validate');
        },
      },
      { max: 1, testOnBorrow: true, validateAfterIdleMs: 100 },
    );
    (await pool.acquire()).release();
    (await pool.acquire()).release();
    expect(calls).toEqual(['onAcquire', 'onAcquire']);
    await pool.close();
  });

  it('that throws is an error of the resource, which ends; one that does not is none', async () => {
    let fails = false;
    const { pool } = toolPool(
      {
        onAcquire: () => {
          if (fails) throw new Error('not today');
        },
      },
      { max: 1 },
    );
    const recorder = new EventRecorder(pool, ['destroy', 'health']);
    const lease = await pool.acquire();
    expect(lease.info).toMatchObject({ errors: 0, health: 100 });
    lease.release();
    fails = true;
    expect(pool.tryAcquire()).toBeUndefined();
    expect(recorder.names).toEqual(['health', 'destroy']);
    expect(recorder.of('destroy')[0]).toMatchObject({
      reason: 'invalid',
      info: { errors: 1, health: 75 },
    });
    await pool.close();
  });

  it('that throws on a shared resource leaves it to those who have it, and takes nobody new', async () => {
    let fails = false;
    const { pool } = toolPool(
      {
        onAcquire: () => {
          if (fails) throw new Error('full');
        },
      },
      { max: 1, concurrency: 3 },
    );
    const lease = await pool.acquire();
    fails = true;
    expect(pool.tryAcquire()).toBeUndefined();
    fails = false;
    expect(pool.tryAcquire()).toBeUndefined();
    expect(lease.active).toBe(true);
    expect(pool.size).toBe(1);
    lease.release();
    expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { invalid: 1 } });
    await pool.close();
  });

  it('that gives up the wait of its own caller leaves the resource to the next', async () => {
    const impatient = new AbortController();
    const { pool } = toolPool({ onAcquire: () => impatient.abort() }, { max: 1, min: 1 });
    await pool.ready();
    pool.pause();
    const waiting = pool.acquire({ signal: impatient.signal });
    pool.resume();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_POOL_ABORTED' });
    expect(pool.stats()).toMatchObject({ idle: 1, validating: 0, waiting: 0 });
    const lease = pool.tryAcquire();
    expect(lease?.resource.serial).toBe(1);
    lease?.release();
    await pool.close();
  });
});

describe('a wish that gives up the wait of its own caller', () => {
  it('leaves the resource it found to the next', async () => {
    const impatient = new AbortController();
    const { pool } = toolPool({}, { max: 1, min: 1 });
    await pool.ready();
    pool.pause();
    const waiting = pool.acquire({
      signal: impatient.signal,
      where: () => {
        impatient.abort();
        return true;
      },
    });
    pool.resume();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_POOL_ABORTED' });
    expect(pool.stats()).toMatchObject({ idle: 1, borrowed: 0, waiting: 0 });
    pool.tryAcquire()?.release();
    expect(pool.stats().counters.acquiredDirect).toBe(1);
    await pool.close();
  });
});

describe('a resource that is too old', () => {
  it('is not lent, although nobody has looked at the clock since', async () => {
    const { pool, clock } = toolPool(
      {},
      { max: 1, maxLifetimeMs: 1_000, jitter: 0, validateAfterIdleMs: 0 },
    );
    (await pool.acquire()).release();
    clock.jump(999);
    pool.tryAcquire()?.release();
    expect(pool.stats().counters.acquired).toBe(2);
    clock.jump(1);
    expect(pool.tryAcquire()).toBeUndefined();
    expect(pool.stats().destroyedBy.lifetime).toBe(1);
    await pool.close();
  });

  it('takes no further lease while it is shared', async () => {
    const { pool, clock } = toolPool(
      {},
      { max: 2, concurrency: 3, maxLifetimeMs: 1_000, jitter: 0 },
    );
    const leases = await acquireAll(pool, 2);
    await clock.advance(1_000);
    leases[0]?.release();
    const next = await pool.acquire();
    expect(next.resource).not.toBe(leases[1]?.resource);
    expect(leases[1]?.active).toBe(true);
    leases[1]?.release();
    expect(pool.stats().destroyedBy.lifetime).toBe(1);
    next.release();
    await pool.close();
  });
});

describe('what is made for a newcomer', () => {
  it('is not lent when the pool became too small for it meanwhile', async () => {
    let made = 0;
    const pool = createPool(
      {
        create: () => {
          if (++made === 2) pool.resize({ max: 1 });
          return { serial: made };
        },
      },
      { max: 2, clock: new ManualClock() },
    );
    const first = await pool.acquire();
    const second = pool.acquire();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 1, waiting: 1, destroyedBy: { shrink: 1 } });
    first.release();
    expect((await second).resource.serial).toBe(1);
    (await second).release();
    await pool.close();
  });
});

describe('sampled measurements', () => {
  it('time the first 64 loans, then one in 64 that stands for all of them', async () => {
    const { pool } = toolPool({}, { max: 1, stats: 'sampled' });
    const lend = (loans: number): void => {
      for (let loan = 0; loan < loans; loan++) pool.tryAcquire()?.release();
    };
    (await pool.acquire()).release();
    lend(63);
    expect(pool.stats().timings.hold.count).toBe(64);
    lend(63);
    expect(pool.stats().timings.hold.count).toBe(64);
    lend(1);
    expect(pool.stats().timings.hold.count).toBe(128);
    lend(10 * 64);
    expect(pool.stats().timings.hold.count).toBe(768);
    await pool.close();
  });
});
