import { describe, expect, it } from 'vitest';
import { createPool, DuplicateResourceError, Pool } from '../src/index.js';
import { auditStats, ManualClock, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

describe('resources that are not what they should be', () => {
  const strange: readonly [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['zero', 0],
    ['an empty text', ''],
    ['false', false],
    ['a symbol', Symbol('resource')],
    ['a big integer', 10n],
    ['a function', () => 1],
    ['a frozen object', Object.freeze({})],
    ['an object without prototype', Object.create(null)],
    ['a proxy that throws on every access', hostileProxy()],
  ];

  for (const [what, value] of strange) {
    it(`pools ${what}`, async () => {
      const ended: unknown[] = [];
      const pool = new Pool<unknown>(
        { create: () => value, destroy: (resource) => void ended.push(resource) },
        { max: 1, testOnCreate: true, testOnReturn: true, createRetry: false },
      );
      const expectsCreationToFail = what.startsWith('a proxy');
      const acquired = pool.acquire({ timeoutMs: 1_000 });
      if (expectsCreationToFail) {
        await expect(acquired).rejects.toMatchObject({ code: 'ERR_POOL_CREATE' });
      } else {
        const lease = await acquired;
        expect(lease.resource).toBe(value);
        await lease.releaseAsync();
        expect(pool.available).toBe(1);
        const other = await pool.acquire();
        other.destroy();
      }
      await pool.close();
      expect(ended.length).toBe(expectsCreationToFail ? 0 : 1);
      expect(auditStats(pool.stats())).toEqual([]);
    });
  }

  it('pools the same primitive several times, each in a slot of its own', async () => {
    const pool = new Pool<number>({ create: () => 7 }, { max: 3 });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    leases[0].release();
    leases[0].release();
    expect(pool.borrowed).toBe(2);
    leases[1].destroy();
    leases[2].release();
    expect(pool.size).toBe(2);
    await pool.close();
    expect(auditStats(pool.stats())).toEqual([]);
  });

  it('refuses an object that create returns twice, and keeps the first one', async () => {
    const only = {};
    let ended = 0;
    const pool = createPool(
      { create: () => only, destroy: () => void ended++ },
      { max: 2, createRetry: false },
    );
    const lease = await pool.acquire();
    const failed = await pool.acquire().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ERR_POOL_CREATE' });
    expect((failed as Error).cause).toBeInstanceOf(DuplicateResourceError);
    expect(lease.active).toBe(true);
    expect(ended).toBe(0);
    expect(pool.size).toBe(1);
    lease.release();
    await pool.close();
    expect(ended).toBe(1);
    expect(auditStats(pool.stats())).toEqual([]);
  });

  it('does not end an object that a late creation brings although the pool holds it already', async () => {
    const clock = new ManualClock();
    let deliver: (resource: object) => void = () => {};
    const shared = new Promise<object>((resolve) => {
      deliver = resolve;
    });
    const ended: object[] = [];
    let calls = 0;
    const only = {};
    const pool = createPool<object>(
      {
        create: () => (++calls === 1 ? shared : only),
        destroy: (resource) => void ended.push(resource),
      },
      { max: 1, clock, createTimeoutMs: 50, createRetry: { maxAttempts: 2, initialMs: 1 } },
    );
    const acquired = pool.acquire();
    await clock.advance(60);
    const lease = await acquired;
    deliver(only);
    await settle();
    expect(ended).toEqual([]);
    expect(lease.active).toBe(true);
    lease.release();
    await pool.close();
    expect(ended).toEqual([only]);
  });

  it('takes a resource back after it was ended by another pool or detached', async () => {
    const only = {};
    const pool = createPool({ create: () => only }, { max: 1 });
    (await pool.acquire()).detach();
    const again = await pool.acquire();
    expect(again.resource).toBe(only);
    again.release();
    await pool.close();
  });

  it('answers for getters that throw as for hooks that fail', async () => {
    for (const hook of ['onAcquire', 'validate', 'reset', 'destroy'] as const) {
      let made = 0;
      const pool = createPool<object>(
        () => {
          made++;
          return Object.defineProperty({}, hook, {
            get() {
              throw new Error(`${hook} cannot be read`);
            },
          });
        },
        { max: 1, testOnReturn: true, createRetry: { maxAttempts: 2, initialMs: 1 } },
      );
      const outcome = await pool.acquire({ timeoutMs: 5_000 }).then(
        (lease) => lease.releaseAsync(),
        (error: unknown) => error,
      );
      if (hook === 'onAcquire') expect(outcome).toMatchObject({ code: 'ERR_POOL_CREATE' });
      else expect(outcome).toBeUndefined();
      expect(made, hook).toBeLessThan(10);
      await pool.close();
      expect(auditStats(pool.stats()), hook).toEqual([]);
    }
  });

  it('answers for a thenable that throws, answers twice, or never', async () => {
    const thenables: unknown[] = [
      {
        // biome-ignore lint/suspicious/noThenProperty: that is what is tried here
        then: () => {
          throw new Error('then throws');
        },
      },
      {
        // biome-ignore lint/suspicious/noThenProperty: that is what is tried here
        then: (resolve: (value: unknown) => void) => {
          resolve({});
          resolve({});
          throw new Error('too late');
        },
      },
    ];
    for (const thenable of thenables) {
      const pool = new Pool<unknown>({ create: () => thenable }, { max: 1, createRetry: false });
      await pool.acquire().then(
        (lease) => lease.release(),
        (error: unknown) => expect(error).toMatchObject({ code: 'ERR_POOL_CREATE' }),
      );
      await pool.close();
      expect(pool.size).toBe(0);
      expect(auditStats(pool.stats())).toEqual([]);
    }
  });
});

function hostileProxy(): object {
  const refuse = (): never => {
    throw new Error('a hostile proxy');
  };
  return new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });
}
