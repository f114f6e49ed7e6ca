import { createPool, PoolError } from '@rockpool/core';
import { CircuitBreaker, useGuarded } from '@rockpool/core/resilience';
import { ManualClock, settle } from '@rockpool/core/testing';
import { describe, expect, it, vi } from 'vitest';

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code ?? (error as Error).message,
  );

describe('a breaker around a factory', () => {
  it('keeps the pool from creating while it is open, and lets it again afterwards', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ clock, openMs: 600_000, successes: 1 });
    let down = true;
    const create = vi.fn(() => {
      if (down) throw new Error('down');
      return {};
    });
    const pool = createPool({ create: breaker.wrap(create) }, { clock, createRetry: false });
    // A pool whose creations fail waits longer before each: time has to pass.
    const attempt = async (): Promise<unknown> => {
      const answer = pool.acquire({ timeoutMs: 0 }).catch((error: unknown) => error);
      await clock.advance(60_000);
      return answer;
    };
    for (let i = 0; i < 5; i++) expect(await attempt()).toMatchObject({ code: 'ERR_POOL_CREATE' });
    expect(breaker.state.kind).toBe('open');
    expect(await attempt()).toMatchObject({
      code: 'ERR_POOL_CREATE',
      cause: { code: 'ERR_POOL_BREAKER_OPEN', cause: { message: 'down' } },
    });
    expect(create).toHaveBeenCalledTimes(5);
    down = false;
    await clock.advance(600_000);
    expect(await attempt()).toMatchObject({ active: true });
    expect(breaker.state.kind).toBe('closed');
    await pool.close({ force: true });
  });

  it('can be shared by pools that depend on the same other side', async () => {
    const breaker = new CircuitBreaker({ trip: { kind: 'consecutive', failures: 2 } });
    const connect = breaker.wrap((): object => {
      throw new Error('down');
    });
    const pools = [1, 2, 3].map(() => createPool({ create: connect }, { createRetry: false }));
    const codes = [];
    for (const pool of pools) {
      const error: unknown = await pool.acquire().catch((each: unknown) => each);
      codes.push(PoolError.is((error as Error).cause, 'ERR_POOL_BREAKER_OPEN'));
    }
    expect(codes).toEqual([false, false, true]);
    await Promise.all(pools.map((pool) => pool.close()));
  });
});

describe('a breaker in front of a pool', () => {
  const guarded = (failures = 2) => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ clock, trip: { kind: 'consecutive', failures } });
    const pool = createPool(() => ({}), { clock, max: 1, acquireTimeoutMs: 100 });
    return { clock, breaker, pool };
  };
  const fails = (): never => {
    throw new Error('work failed');
  };

  it('opens when work fails, and then refuses without joining the line', async () => {
    const { breaker, pool } = guarded();
    await expect(useGuarded(pool, breaker, () => 7)).resolves.toBe(7);
    expect(await codeOf(useGuarded(pool, breaker, fails))).toBe('work failed');
    expect(await codeOf(useGuarded(pool, breaker, fails))).toBe('work failed');
    const { acquired } = pool.stats().counters;
    expect(await codeOf(useGuarded(pool, breaker, () => 7))).toBe('ERR_POOL_BREAKER_OPEN');
    expect(pool.stats().counters.acquired).toBe(acquired);
    expect(pool.borrowed).toBe(0);
    await pool.close();
  });

  it('counts a pool that cannot serve in time as a failure', async () => {
    const { breaker, pool, clock } = guarded(1);
    const held = await pool.acquire();
    const late = codeOf(useGuarded(pool, breaker, () => 7));
    await clock.advance(100);
    expect(await late).toBe('ERR_POOL_TIMEOUT');
    expect(breaker.state.kind).toBe('open');
    held.release();
    await pool.close();
  });

  it('does not count callers that gave up, nor a closed pool', async () => {
    const { breaker, pool } = guarded(1);
    const held = await pool.acquire();
    const abort = new AbortController();
    const waiting = codeOf(useGuarded(pool, breaker, () => 7, { signal: abort.signal }));
    await settle();
    abort.abort();
    expect(await waiting).toBe('ERR_POOL_ABORTED');
    held.release();
    await pool.close();
    expect(await codeOf(useGuarded(pool, breaker, () => 7))).toBe('ERR_POOL_CLOSED');
    expect(breaker.state).toMatchObject({ kind: 'closed', failures: 0 });
  });

  it('closes by work that succeeds, and leaves its trial to another when it could not begin', async () => {
    const { breaker, pool, clock } = guarded(1);
    const held = await pool.acquire();
    breaker.trip();
    await clock.advance(30_000);
    const abort = new AbortController();
    const waiting = codeOf(useGuarded(pool, breaker, () => 7, { signal: abort.signal }));
    await settle();
    expect(breaker.state).toMatchObject({ kind: 'half-open', inFlight: 1 });
    abort.abort();
    expect(await waiting).toBe('ERR_POOL_ABORTED');
    expect(breaker.state).toMatchObject({ kind: 'half-open', inFlight: 0, successes: 0 });
    held.release();
    await useGuarded(pool, breaker, () => 7);
    expect(breaker.state).toMatchObject({ kind: 'half-open', inFlight: 0, successes: 1 });
    await useGuarded(pool, breaker, () => 7);
    expect(breaker.state).toMatchObject({ kind: 'closed' });
    await pool.close();
  });
});
