import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  CircuitBreakerOpenError,
  CreationFailedError,
  createPool,
  type DestroyReason,
  HealthCheckFailedError,
  MemoryLimitExceededError,
  Pool,
  type Poolable,
  PoolError,
  PoolExhaustedError,
  PRESETS,
  poolScore,
} from '@rockpool/core';
import { EventRecorder, ManualClock } from '@rockpool/core/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

const open: Pool<never>[] = [];
function tracked<T>(pool: Pool<T>): Pool<T> {
  open.push(pool as Pool<never>);
  return pool;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close({ force: true })));
});

describe('hot, warm and cold resources', () => {
  it('are told apart by real use: what was used last is lent first, the coldest is ended first', async () => {
    const clock = new ManualClock();
    const pool = tracked(createPool(({ id }) => ({ id }), { max: 3, clock, idleTimeoutMs: 1_000 }));
    const ended: number[] = [];
    pool.on('destroy', ({ info }) => ended.push(info.id));
    const lend = async (count: number) => {
      const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()));
      const seen = leases.map(({ info }) => ({ id: info.id, uses: info.uses }));
      for (const lease of leases.toReversed()) lease.release();
      return seen;
    };
    const all = await lend(3);
    const [hot, warm, cold] = all.map(({ id }) => id);
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(300);
      expect((await lend(1)).map(({ id }) => id)).toEqual([hot]);
      if (round === 1) expect((await lend(2)).map(({ id }) => id)).toEqual([hot, warm]);
    }
    // As long as one page comes after the other, one resource is enough: the others go, the coldest first.
    for (let round = 0; round < 20; round += 1) {
      await clock.advance(300);
      expect((await lend(1)).map(({ id }) => id)).toEqual([hot]);
    }
    expect(ended).toEqual([cold, warm]);
    await clock.advance(10_000);
    expect(ended).toEqual([cold, warm, hot]);
  });

  it('change places only by being used', async () => {
    const pool = tracked(createPool(({ id }) => ({ id }), { max: 2 }));
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    const [warm, cold] = [first.info.id, second.info.id];
    second.release();
    first.release();
    // Looking at it does not warm it; being lent does.
    pool.stats();
    const [hot, promoted] = [await pool.acquire(), await pool.acquire()];
    expect([hot.info.id, promoted.info.id]).toEqual([warm, cold]);
    hot.release();
    promoted.release();
    expect(await pool.use(({ id }) => id)).toBe(cold);
  });
});

describe('the Poolable of the seed', () => {
  it('asks a resource whether it is healthy, resets it after each loan and destroys it once, in that order', async () => {
    const calls: string[] = [];
    class Extractor implements Poolable {
      isHealthy(): boolean {
        calls.push('is_healthy');
        return true;
      }
      reset(): void {
        calls.push('reset');
      }
      destroy(): void {
        calls.push('destroy');
      }
    }
    const pool = tracked(
      createPool(() => new Extractor(), { testOnBorrow: true, validateAfterIdleMs: 0, max: 1 }),
    );
    await pool.use(() => calls.push('first loan'));
    await pool.use(() => calls.push('second loan'));
    await pool.close();
    expect(calls).toEqual(['first loan', 'reset', 'is_healthy', 'second loan', 'reset', 'destroy']);
  });

  it('pools resources of any type', async () => {
    const numbers = tracked(new Pool<number>(({ id }) => id * 10));
    expect(await numbers.use((number) => number)).toBe(10);
    const functions = tracked(new Pool<() => string>(() => () => 'called'));
    expect(await functions.use((call) => call())).toBe('called');
  });

  it('tells each step of a life: created, lent, given back, ended', async () => {
    const clock = new ManualClock();
    const pool = tracked(
      createPool({ create: () => ({}), reset: () => true }, { clock, idleTimeoutMs: 1_000 }),
    );
    const recorder = new EventRecorder(pool);
    await pool.use(() => 'extraction');
    await clock.advance(3_000);
    const steps = recorder.names.filter((name) =>
      ['create', 'acquire', 'reset', 'release', 'destroy'].includes(name),
    );
    expect(steps).toEqual(['create', 'acquire', 'reset', 'release', 'destroy']);
  });
});

describe('sizing on demand', () => {
  it('grows to max in a burst and shrinks to min when idle', async () => {
    const clock = new ManualClock();
    const pool = tracked(createPool(() => ({}), { clock, min: 2, max: 20, idleTimeoutMs: 60_000 }));
    await pool.ready();
    expect(pool.size).toBe(2);
    const leases = await Promise.all(Array.from({ length: 20 }, () => pool.acquire()));
    expect(pool.size).toBe(20);
    for (const lease of leases) lease.release();
    await clock.advance(2 * 60_000);
    expect(pool.size).toBe(2);
  });

  it('has the sizes that the seed recommends', () => {
    expect(PRESETS).toEqual({
      native: {
        low: { min: 5, max: 20 },
        medium: { min: 10, max: 50 },
        high: { min: 20, max: 100 },
      },
      wasm: { low: { min: 2, max: 10 }, medium: { min: 5, max: 20 }, high: { min: 10, max: 50 } },
    });
  });
});

describe('the anti-corruption layer', () => {
  it('takes a resource back whether the work returns, throws or rejects', async () => {
    const pool = tracked(createPool(() => ({}), { max: 1 }));
    await pool.use(() => 'done');
    await expect(
      pool.use(() => {
        throw new Error('thrown');
      }),
    ).rejects.toThrow('thrown');
    await expect(pool.use(() => Promise.reject(new Error('rejected')))).rejects.toThrow('rejected');
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1, borrowed: 0 });
  });
});

describe('the errors of the seed', () => {
  const mebibytes = (count: number): number => count * 1_048_576;

  it.each([
    {
      error: new PoolExhaustedError(),
      message: 'Pool exhausted - no available instances',
      code: 'ERR_POOL_EXHAUSTED',
    },
    {
      error: new HealthCheckFailedError('no heartbeat'),
      message: 'Health check failed: no heartbeat',
      code: 'ERR_POOL_INVALID',
    },
    {
      error: new MemoryLimitExceededError(mebibytes(600), mebibytes(512)),
      message: 'Memory limit exceeded: 600MB / 512MB',
      code: 'ERR_POOL_MEMORY_LIMIT',
    },
    {
      error: new CreationFailedError(new Error('out of memory'), 3),
      message: 'Instance creation failed: out of memory',
      code: 'ERR_POOL_CREATE',
    },
    {
      error: new CircuitBreakerOpenError(),
      message: 'Circuit breaker open',
      code: 'ERR_POOL_BREAKER_OPEN',
    },
  ] as const)('$code says "$message"', ({ error, message, code }) => {
    expect(error.message).toBe(message);
    expect(PoolError.is(error, code)).toBe(true);
    expect(error).toBeInstanceOf(Error);
  });

  it('shows memory in whole MB, never less used or more allowed than is true', () => {
    const error = new MemoryLimitExceededError(mebibytes(512) + 1, mebibytes(512) + 1_000);
    expect(error.message).toBe('Memory limit exceeded: 513MB / 512MB');
    expect(error.usedBytes).toBe(mebibytes(512) + 1);
  });

  it('carries what the factory threw as the cause of a failed creation', async () => {
    const thrown = new Error('no such module');
    const pool = tracked(createPool(() => Promise.reject(thrown), { createRetry: false }));
    const failure = await pool.acquire().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CreationFailedError);
    expect((failure as CreationFailedError).cause).toBe(thrown);
  });
});

describe('recovery', () => {
  it('makes an instance while there is room, and waits for one to return when there is none', async () => {
    const pool = tracked(createPool(() => ({}), { max: 1 }));
    const first = await pool.acquire();
    expect(pool.stats().counters.created).toBe(1);
    const order: string[] = [];
    const second = pool.acquire().then((lease) => {
      order.push('second');
      return lease;
    });
    const third = pool.acquire().then((lease) => {
      order.push('third');
      return lease;
    });
    expect(pool.pending).toBe(2);
    first.release();
    (await second).release();
    (await third).release();
    expect(order).toEqual(['second', 'third']);
    expect(pool.stats().counters.created).toBe(1);
  });

  it('removes instances that fail their check and makes others up to min', async () => {
    const clock = new ManualClock();
    let broken = false;
    const pool = tracked(
      createPool(
        { create: ({ id }) => ({ id }), validate: ({ id }) => !(broken && id <= 3) },
        { clock, min: 3, testWhileIdle: true, keepAliveMs: 1_000 },
      ),
    );
    await pool.ready();
    const ended: DestroyReason[] = [];
    let made = 0;
    pool.on('destroy', ({ reason }) => void ended.push(reason));
    pool.on('create', () => made++);
    broken = true;
    await clock.advance(3_000);
    expect(ended).toEqual(['invalid', 'invalid', 'invalid']);
    expect(made).toBe(3);
    expect(pool.stats()).toMatchObject({ size: 3, idle: 3 });
  });
});

describe('the score of a pool', () => {
  it('is between 0 and 100 and never rises when a sign gets worse', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const signs = fc.record({
      resourceHealth: share.map((each) => each * 100),
      errorRate: share,
      refusalRate: share,
      pressure: share,
    });
    fc.assert(
      fc.property(signs, signs, (one, other) => {
        const better = {
          resourceHealth: Math.max(one.resourceHealth, other.resourceHealth),
          errorRate: Math.min(one.errorRate, other.errorRate),
          refusalRate: Math.min(one.refusalRate, other.refusalRate),
          pressure: Math.min(one.pressure, other.pressure),
        };
        const score = poolScore(one);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(poolScore(better)).toBeGreaterThanOrEqual(score);
      }),
    );
    expect(poolScore({ resourceHealth: 100, errorRate: 0, refusalRate: 0, pressure: 0 })).toBe(100);
  });

  it('falls when checks fail and callers are refused, and recovers', async () => {
    let healthy = false;
    const pool = tracked(
      createPool(
        { create: () => ({}), validate: () => healthy },
        { max: 1, testOnReturn: true, maxQueue: 0 },
      ),
    );
    expect(pool.health).toBe(100);
    const lease = await pool.acquire();
    await pool.acquire().catch((error: unknown) => {
      if (!PoolError.is(error, 'ERR_POOL_EXHAUSTED')) throw error;
    });
    lease.release();
    const low = pool.health;
    expect(low).toBeLessThan(100);
    healthy = true;
    for (let loan = 0; loan < 100; loan++) await pool.use(() => loan);
    expect(pool.health).toBeGreaterThan(low);
  });
});

describe('instances that do not come back', () => {
  it('reports a lease held too long with its label and the place where it was acquired', async () => {
    const clock = new ManualClock();
    const pool = tracked(
      createPool(() => ({}), { clock, max: 1, leakThresholdMs: 1_000, captureStacks: true }),
    );
    const leaks: { label: string | undefined; stack: string | undefined }[] = [];
    pool.on('leak', ({ label, stack }) => void leaks.push({ label, stack }));
    const lease = await pool.acquire({ label: 'report' });
    await clock.advance(999);
    expect(leaks).toEqual([]);
    await clock.advance(2);
    expect(leaks).toHaveLength(1);
    expect(leaks[0]?.label).toBe('report');
    expect(leaks[0]?.stack).toContain('acquired here');
    lease.release();
  });
});

describe('instances that were dropped', () => {
  it('notices a lease that nobody holds any more, and makes another instance in its place', async () => {
    const pool = tracked(createPool(() => ({}), { max: 1, trackCollectedLeases: true }));
    const found: boolean[] = [];
    pool.on('leak', ({ collected }) => void found.push(collected));
    await borrowAndDrop(pool);
    const collect = garbageCollector();
    for (let round = 0; round < 1_000 && found.length === 0; round++) {
      collect();
      await new Promise(setImmediate);
    }
    expect(found).toEqual([true]);
    expect(await pool.use(() => 'served by another instance')).toBe('served by another instance');
    expect(pool.stats()).toMatchObject({
      size: 1,
      counters: { leaks: 1, reclaimed: 1, created: 2 },
    });
  });
});

describe('identity and configuration', () => {
  it('gives each instance a UUID that never changes and is no other', async () => {
    const pool = tracked(createPool(() => ({}), { max: 3 }));
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    const ids = leases.map(({ info }) => info.uuid);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(new Set(ids).size).toBe(3);
    expect(leases.map(({ info }) => info.uuid)).toEqual(ids);
    for (const lease of leases) lease.release();
  });

  it('takes its configuration from JSON and back', async () => {
    const options = {
      name: 'native',
      min: 2,
      max: 8,
      idleTimeoutMs: 30_000,
      createRetry: { maxAttempts: 2 },
      autostart: false,
    };
    const pool = tracked(createPool(() => ({}), JSON.parse(JSON.stringify(options)) as object));
    expect(pool).toMatchObject({ name: 'native', min: 2, max: 8 });
    const { name, min, max, health } = JSON.parse(JSON.stringify(pool.stats())) as Record<
      string,
      unknown
    >;
    expect({ name, min, max, health }).toEqual({ name: 'native', min: 2, max: 8, health: 100 });
  });
});

/** A frame of its own: nothing of the lease stays on the stack of the test. */
async function borrowAndDrop(pool: Pool<object>): Promise<void> {
  await pool.acquire();
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
