import { describe, expect, it } from 'vitest';
import {
  createPool,
  DuplicateResourceError,
  type Lease,
  Pool,
  PoolError,
  type PoolFactory,
  type PoolOptions,
} from '../src/index.js';
import { auditStats, EventRecorder, ManualClock, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

/** Makes `{ id }` objects, counts, and gives up after many so that no mistake can hang the test run. */
class Counted implements PoolFactory<{ id: number }> {
  made = 0;
  readonly ended: number[] = [];

  create(): { id: number } {
    if (++this.made > 500) throw new Error('a runaway pool: 500 creations');
    return { id: this.made };
  }

  destroy(resource: { id: number }): void {
    this.ended.push(resource.id);
  }
}

describe('listeners that use the pool they listen to', () => {
  it('may release a lease from a listener of another release', async () => {
    const pool = createPool(new Counted(), { max: 2 });
    const [one, other] = await Promise.all([pool.acquire(), pool.acquire()]);
    pool.on('release', () => other.release());
    one.release();
    expect(pool.available).toBe(2);
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  });

  it('never lends a resource again that a release listener cleared away', async () => {
    const pool = createPool(new Counted(), { max: 1 });
    const lease = await pool.acquire();
    const { resource } = lease;
    const stop = pool.on('release', () => void pool.clear());
    lease.release();
    stop();
    const next = await pool.acquire();
    expect(next.resource).not.toBe(resource);
    next.release();
    await pool.close();
  });

  it('never lends a resource again that a release listener shrank away', async () => {
    const factory = new Counted();
    const pool = createPool(factory, { max: 2 });
    const [one, other] = await Promise.all([pool.acquire(), pool.acquire()]);
    pool.on('release', () => pool.resize({ max: 1 }));
    one.release();
    other.release();
    expect(pool.size).toBe(1);
    expect(factory.ended).toHaveLength(1);
    await pool.close();
  });

  it('may acquire inside a release listener, which joins the line', async () => {
    const pool = createPool(new Counted(), { max: 1 });
    const lease = await pool.acquire();
    let inner: Promise<Lease<{ id: number }>> | undefined;
    pool.on('release', () => {
      inner ??= pool.acquire();
    });
    lease.release();
    const next = await inner;
    expect(next?.resource.id).toBe(1);
    next?.release();
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  });

  it('may acquire again and again in a listener of failed acquires without looping for ever', async () => {
    const pool = createPool(new Counted(), { max: 1 });
    const lease = await pool.acquire();
    let again = 0;
    const stop = pool.on('acquireError', () => {
      if (++again < 1_000) {
        void pool.acquire().then(
          (next) => next.release(),
          () => undefined,
        );
      }
    });
    const waiting = pool.acquire();
    await Promise.all([
      pool.clear({ failWaiters: true }),
      expect(waiting).rejects.toThrow(PoolError),
    ]);
    expect(again).toBe(1);
    expect(pool.pending).toBe(1);
    stop();
    lease.release();
    await pool.close();
    expect(auditStats(pool.stats())).toEqual([]);
  });

  it('may close the pool by force inside any listener', async () => {
    for (const name of ['create', 'acquire', 'release', 'enqueue', 'destroy', 'state'] as const) {
      const factory = new Counted();
      const pool = createPool(factory, { max: 1 });
      pool.on(name, () => void pool.close({ force: true }));
      const loans = [1, 2].map(() =>
        pool.acquire().then(
          (lease) => lease.release(),
          (error: unknown) => expect(PoolError.is(error)).toBe(true),
        ),
      );
      await Promise.all(loans);
      await pool.close();
      expect(auditStats(pool.stats()), name).toEqual([]);
      expect(pool.size, name).toBe(0);
      expect(factory.ended.length, `${name}: each ended once`).toBe(factory.made);
      expect(pool.stats().counters.listenerErrors, name).toBe(0);
    }
  });

  it('goes on to the next listener when one throws, and counts the throw', async () => {
    const pool = createPool(new Counted(), { max: 1, name: 'throwing-listeners' });
    const heard: string[] = [];
    for (const name of ['create', 'acquire', 'release', 'destroy'] as const) {
      pool.on(name, () => {
        throw new Error(`the listener of ${name} throws`);
      });
      pool.on(name, () => heard.push(name));
    }
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', note);
    for (let loan = 0; loan < 2; loan++) (await pool.acquire()).release();
    await pool.close();
    await settle();
    process.off('warning', note);
    expect(heard).toEqual(['create', 'acquire', 'release', 'acquire', 'release', 'destroy']);
    expect(pool.stats().counters.listenerErrors).toBe(6);
    expect(warnings.filter((message) => message.includes('throwing-listeners'))).toHaveLength(4);
    expect(auditStats(pool.stats())).toEqual([]);
  });

  it('refuses a listener of an event that a pool does not have', async () => {
    const pool = createPool(new Counted());
    expect(() => pool.on('acquired' as 'acquire', () => {})).toThrow(/no event 'acquired'/);
    expect(() => pool.on('toString' as 'acquire', () => {})).toThrow(/no event 'toString'/);
    expect(() => pool.on('acquire', 'me' as never)).toThrow(TypeError);
    await pool.close();
  });
});

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
    leases[0]?.destroy();
    leases[1]?.release();
    leases[2]?.release();
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
    leases[0]?.release();
    leases[0]?.release();
    expect(pool.borrowed).toBe(2);
    leases[1]?.destroy();
    leases[2]?.release();
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

describe('arguments that are not what they should be', () => {
  const badRequests: readonly [string, unknown][] = [
    ['null', null],
    ['a number of milliseconds', 500],
    ['a text', 'now'],
    ['a time limit in a text', { timeoutMs: '500' }],
    ['a time limit that is not a number', { timeoutMs: Number.NaN }],
    ['a negative time limit', { timeoutMs: -1 }],
    ['a priority with a fraction', { priority: 0.5 }],
    ['a negative priority', { priority: -1 }],
    ['an infinite priority', { priority: Number.POSITIVE_INFINITY }],
    ['a signal that is none', { signal: {} }],
    ['a controller in place of its signal', { signal: new AbortController() }],
    ['a signal in a text', { signal: 'abort' }],
    ['a predicate that is none', { where: 3 }],
  ];

  for (const [what, request] of badRequests) {
    it(`rejects an acquire with ${what}, and leaves nobody in line`, async () => {
      const pool = createPool(new Counted(), { max: 1 });
      for (const busy of [false, true]) {
        const lease = busy ? await pool.acquire() : undefined;
        const acquired = pool.acquire(request as never);
        await expect(acquired).rejects.toMatchObject({ code: 'ERR_POOL_OPTIONS' });
        expect(pool.pending).toBe(0);
        lease?.release();
      }
      expect(auditStats(pool.stats())).toEqual([]);
      await pool.close();
    });
  }

  it('accepts an infinite or no time limit as: none', async () => {
    const clock = new ManualClock();
    const pool = createPool(new Counted(), { max: 1, clock, idleTimeoutMs: 0 });
    const lease = await pool.acquire();
    const patient = [0, Number.POSITIVE_INFINITY].map((timeoutMs) => pool.acquire({ timeoutMs }));
    await clock.advance(100_000_000);
    expect(pool.pending).toBe(2);
    expect(clock.pending).toBe(0);
    lease.release();
    for (const acquired of patient) (await acquired).release();
    await pool.close();
  });

  it('rejects use of something that is not a function and gives the resource back', async () => {
    const pool = createPool(new Counted(), { max: 1 });
    await expect(pool.use('work' as never)).rejects.toThrow(TypeError);
    expect(() => pool.useSync(undefined as never)).toThrow(TypeError);
    expect(pool.available).toBe(1);
    await pool.close();
  });

  it('refuses a factory that cannot create, and hooks that are none', () => {
    const wrong: unknown[] = [undefined, null, {}, { create: 3 }, 'create', 7];
    for (const factory of wrong) {
      expect(() => createPool(factory as never)).toThrow(/create: must be a function/);
    }
    for (const hook of ['validate', 'reset', 'destroy']) {
      const factory = { create: () => ({}), [hook]: true };
      expect(() => createPool(factory as never)).toThrow(`${hook}: must be a function`);
    }
  });

  it('refuses sizes that cannot be, and changes nothing', async () => {
    const pool = createPool(new Counted(), { min: 1, max: 2 });
    const sizes: unknown[] = [
      { max: 0 },
      { max: -1 },
      { max: Number.NaN },
      { max: '5' },
      { max: 1.5 },
      { min: 3 },
      { min: Number.POSITIVE_INFINITY },
      { minIdle: 3 },
      { maxIdle: 0 },
      { maximum: 4 },
      null,
      7,
    ];
    for (const size of sizes) {
      expect(() => pool.resize(size as never), JSON.stringify(size)).toThrow(PoolError);
    }
    expect([pool.min, pool.max]).toEqual([1, 2]);
    await pool.close();
  });

  it('refuses to get ready with more than it may keep idle', async () => {
    const pool = createPool(new Counted(), { max: 4, maxIdle: 2 });
    for (const idle of [-1, 1.5, Number.NaN, 5, 3]) {
      await expect(pool.ready({ idle })).rejects.toMatchObject({ code: 'ERR_POOL_OPTIONS' });
    }
    await pool.ready({ idle: 2 });
    expect(pool.available).toBe(2);
    await pool.close();
  });

  it('does not create and end for ever when it is resized below what somebody waits for', async () => {
    const factory = new Counted();
    const clock = new ManualClock();
    const pool = createPool(factory, { max: 4, clock });
    pool.pause();
    const ready = pool.ready({ idle: 4, timeoutMs: 100 }).catch((error: unknown) => error);
    pool.resize({ maxIdle: 2 });
    pool.resume();
    await clock.advance(200);
    expect(await ready).toMatchObject({ code: 'ERR_POOL_TIMEOUT' });
    expect(factory.made).toBeLessThanOrEqual(4);
    await pool.close();
  });
});

describe('verbs on a lease in the wrong order', () => {
  it('counts every late verb and lets none of them reach the next borrower', async () => {
    const pool = createPool(new Counted(), { max: 1 });
    const stale = await pool.acquire();
    stale.release();
    const lease = await pool.acquire();
    stale.release();
    await stale.releaseAsync();
    stale.destroy();
    stale[Symbol.dispose]();
    await stale[Symbol.asyncDispose]();
    expect(() => stale.resource).toThrow(expect.objectContaining({ code: 'ERR_POOL_LEASE_ENDED' }));
    expect(() => stale.detach()).toThrow(PoolError);
    expect(() => stale.fail()).toThrow(PoolError);
    expect(() => stale.touch()).toThrow(PoolError);
    expect(() => stale.signal).toThrow(PoolError);
    expect(stale.active).toBe(false);
    expect(lease.active).toBe(true);
    expect(pool.borrowed).toBe(1);
    expect(pool.stats().counters.lateReleases).toBe(3);
    lease.release();
    await pool.close();
  });

  it('takes a detached resource out for good', async () => {
    const factory = new Counted();
    const pool = createPool(factory, { max: 1 });
    const lease = await pool.acquire();
    const resource = lease.detach();
    lease.release();
    expect(pool.size).toBe(0);
    const next = await pool.acquire();
    expect(next.resource).not.toBe(resource);
    next.release();
    await pool.close();
    expect(factory.ended).toEqual([2]);
  });
});

describe('a pool that cannot work', () => {
  const options: PoolOptions<object> = { max: 2, createRetry: { maxAttempts: 2, initialMs: 20 } };

  /** All of these lend nothing; a naive pool creates without end. */
  const hopeless: Record<string, (made: () => void) => [PoolFactory<object>, PoolOptions<object>]> =
    {
      'whose onAcquire always throws': (made) => [
        {
          create: () => {
            made();
            return {
              onAcquire() {
                throw new Error('not today');
              },
            };
          },
        },
        options,
      ],
      'whose resources die while they are made': (made) => [
        {
          create: (context) => {
            made();
            context.died(new Error('stillborn'));
            return {};
          },
        },
        options,
      ],
      'whose resources die as soon as they are made': (made) => [
        {
          create: async (context) => {
            made();
            queueMicrotask(() => queueMicrotask(() => context.died(new Error('died at once'))));
            return {};
          },
        },
        { ...options, min: 1 },
      ],
      'whose create fails': (made) => [
        {
          create: () => {
            made();
            throw new Error('no');
          },
        },
        { ...options, min: 2 },
      ],
      'whose new resources fail their check': (made) => [
        {
          create: () => {
            made();
            return {};
          },
          validate: () => false,
        },
        { ...options, min: 1, testOnCreate: true },
      ],
      'whose every check fails, with a choosy borrower': (made) => [
        {
          create: () => {
            made();
            return {};
          },
          validate: () => Promise.resolve(false),
        },
        { ...options, testOnBorrow: true, validateAfterIdleMs: 0 },
      ],
    };

  for (const [what, world] of Object.entries(hopeless)) {
    it(`${what} leaves the event loop alone`, async () => {
      let made = 0;
      const [factory, opts] = world(() => {
        if (++made > 2_000) throw new Error('a runaway pool: 2,000 creations');
      });
      const pool = createPool(factory, opts);
      const events = new EventRecorder(pool);
      const acquired = pool
        .acquire({ timeoutMs: 60, where: () => true })
        .then((lease) => lease.release())
        .catch((error: unknown) => expect(PoolError.is(error)).toBe(true));
      const before = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 0));
      expect(performance.now() - before).toBeLessThan(500);
      await acquired;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(made).toBeLessThan(60);
      events.stop();
      await pool.close();
      expect(auditStats(pool.stats())).toEqual([]);
    });
  }

  it('lends to a choosy borrower although each loan is checked in a promise', async () => {
    let checks = 0;
    const pool = createPool<object>(
      {
        create: () => ({}),
        validate: async () => {
          if (++checks > 1_000) throw new Error('a runaway pool: 1,000 checks');
          return true;
        },
      },
      { max: 1, testOnBorrow: true, validateAfterIdleMs: 0 },
    );
    (await pool.acquire()).release();
    const lease = await pool.acquire({ where: () => true, timeoutMs: 1_000 });
    lease.release();
    expect(checks).toBeLessThan(5);
    await pool.close();
  });
});

function hostileProxy(): object {
  const refuse = (): never => {
    throw new Error('a hostile proxy');
  };
  return new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });
}
