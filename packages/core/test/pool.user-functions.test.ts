import { describe, expect, it } from 'vitest';
import { createPool, type Lease, type Pool, PoolError } from '../src/index.js';
import { auditStats, ManualClock } from '../src/testing/index.js';
import { Counted } from './support/counted.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

describe('hooks that use the pool they belong to', () => {
  it('may close the pool inside destroy', async () => {
    const factory = new Counted();
    const pool: Pool<{ id: number }> = createPool<{ id: number }>(
      {
        create: () => factory.create(),
        destroy: (resource) => {
          void pool.close();
          factory.destroy(resource);
        },
      },
      { max: 3 },
    );
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    leases[0].destroy();
    leases[1].release();
    leases[2].release();
    await pool.close();
    expect(factory.ended.sort()).toEqual([1, 2, 3]);
    expect(auditStats(pool.stats())).toEqual([]);
  });

  it('may clear and lend inside destroy while idle resources are swept away', async () => {
    const clock = new ManualClock();
    const factory = new Counted();
    const pool: Pool<{ id: number }> = createPool<{ id: number }>(
      {
        create: () => factory.create(),
        validate: () => true,
        destroy: (resource) => {
          factory.destroy(resource);
          void pool.clear();
          pool.tryAcquire()?.release();
        },
      },
      { max: 4, idleTimeoutMs: 100, testWhileIdle: true, keepAliveMs: 1_000, clock },
    );
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()));
    for (const lease of leases) lease.release();
    await clock.advance(1_000);
    expect(factory.ended.sort()).toEqual([1, 2, 3, 4]);
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  });

  it('may acquire inside create, as long as there is room', async () => {
    const factory = new Counted();
    let inner: Promise<Lease<{ id: number }>> | undefined;
    const pool: Pool<{ id: number }> = createPool<{ id: number }>(
      {
        create: () => {
          inner ??= pool.acquire();
          return factory.create();
        },
      },
      { max: 2 },
    );
    const outer = await pool.acquire();
    const other = await inner;
    expect(new Set([outer.resource.id, other?.resource.id]).size).toBe(2);
    outer.release();
    other?.release();
    await pool.close();
    expect(auditStats(pool.stats())).toEqual([]);
  });

  it('tells a create that waits for its own pool at max that nothing came in time', async () => {
    const clock = new ManualClock();
    const pool: Pool<object> = createPool<object>(
      async () => {
        await pool.acquire({ timeoutMs: 50 });
        return {};
      },
      { max: 1, createRetry: false, clock, acquireTimeoutMs: 1_000 },
    );
    const outer = pool.acquire().catch((error: unknown) => error);
    await clock.advance(2_000);
    expect(PoolError.is(await outer)).toBe(true);
    await pool.close();
    expect(auditStats(pool.stats())).toEqual([]);
  });

  it('may close by force inside every hook, at once or in a promise', async () => {
    const hooks = ['create', 'onAcquire', 'validate', 'reset', 'destroy'] as const;
    for (const manner of ['at once', 'in a promise'] as const) {
      for (const closing of hooks) {
        const title = `${closing} ${manner}`;
        let made = 0;
        let ended = 0;
        const act = (hook: string): Promise<void> | undefined => {
          if (hook === closing) void pool.close({ force: true });
          return manner === 'at once' ? undefined : Promise.resolve();
        };
        const resource = (): object => ({ onAcquire: () => void act('onAcquire') });
        const pool: Pool<object> = createPool<object>(
          {
            create: () => {
              made++;
              const waited = act('create');
              return waited === undefined ? resource() : waited.then(resource);
            },
            validate: () => act('validate'),
            reset: () => act('reset'),
            destroy: () => {
              ended++;
              return act('destroy');
            },
          },
          {
            max: 2,
            testOnCreate: true,
            testOnBorrow: true,
            validateAfterIdleMs: 0,
            testOnReturn: true,
          },
        );
        for (let loan = 0; loan < 3; loan++) {
          await pool.acquire().then(
            (lease) => lease.releaseAsync(),
            (error: unknown) => expect(PoolError.is(error), title).toBe(true),
          );
        }
        await pool.close();
        expect(auditStats(pool.stats()), title).toEqual([]);
        expect(pool.size, title).toBe(0);
        expect(ended, `${title}: each ended once`).toBe(made);
      }
    }
  });

  it('rejects the acquire whose own predicate throws, and disturbs nobody else', async () => {
    const pool = createPool(new Counted(), { max: 1 });
    const lease = await pool.acquire();
    const where = (): boolean => {
      throw new Error('the predicate is broken');
    };
    const broken = pool.acquire({ where });
    const sound = pool.acquire();
    const refused = expect(broken).rejects.toThrow(/predicate is broken/);
    lease.release();
    await refused;
    (await sound).release();
    await expect(pool.acquire({ where })).rejects.toMatchObject({ code: 'ERR_POOL_OPTIONS' });
    expect(() => pool.tryAcquire({ where })).toThrow(/predicate is broken/);
    expect(pool.available).toBe(1);
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  });

  it('survives a predicate that takes the resource it is asked about', async () => {
    const pool = createPool(new Counted(), { max: 3 });
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire()));
    for (const lease of leases) lease.release();
    const stolen: Lease<{ id: number }>[] = [];
    const found = pool.tryAcquire({
      where: () => {
        const lease = pool.tryAcquire();
        if (lease !== undefined) stolen.push(lease);
        return true;
      },
    });
    const holders = [...stolen, ...(found === undefined ? [] : [found])];
    expect(new Set(holders.map(({ resource }) => resource.id)).size).toBe(holders.length);
    expect(auditStats(pool.stats())).toEqual([]);
    for (const lease of holders) lease.release();
    expect(pool.available).toBe(3);
    await pool.close();
  });

  it('falls back to the warmest resource when the selector throws or takes one itself', async () => {
    const selectors = [
      () => {
        throw new Error('the selector is broken');
      },
      () => {
        theft.lease ??= pool.tryAcquire({ where: () => true });
        return 0;
      },
      () => Number.NaN,
      () => -1,
      () => 1.5,
      () => 'first' as unknown as number,
    ];
    const theft: { lease?: Lease<{ id: number }> | undefined } = {};
    let pool = createPool(new Counted());
    for (const strategy of selectors) {
      await pool.close();
      pool = createPool(new Counted(), { max: 2, strategy });
      const both = await Promise.all([pool.acquire(), pool.acquire()]);
      for (const lease of both) lease.release();
      const found = pool.tryAcquire();
      expect(auditStats(pool.stats())).toEqual([]);
      expect(found === undefined || found.resource !== theft.lease?.resource).toBe(true);
      found?.release();
      theft.lease?.release();
      delete theft.lease;
      expect(pool.available).toBe(2);
    }
    await pool.close();
  });
});
