import { AsyncLocalStorage } from 'node:async_hooks';
import genericPool from 'generic-pool';
import { describe, expect, it } from 'vitest';
import type { Factory, Options, Pool } from '../../src/generic-pool/index.js';
import { dropIn, type Thing, ThingFactory } from './support/pools.js';
import { unhandledDuring } from './support/unhandled.js';
import { followingClock, pass, settled, useVirtualTime, watch } from './support/virtual-time.js';

useVirtualTime();

type Make = <T>(factory: Factory<T>, options?: Options) => Pool<T>;
const original = genericPool.createPool as unknown as Make;

/** What the same lines of a user do on both. */
async function onBoth<R>(story: (make: Make) => Promise<R>): Promise<{ theirs: R; ours: R }> {
  return { theirs: await story(original), ours: await story(dropIn) };
}

describe('a factory that fails', () => {
  it('at once and always no longer starves the event loop', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      let attempts = 0;
      let loopTurned = false;
      const factory = {
        create: async () => {
          attempts++;
          // Would go on for ever, and this test with it.
          if (attempts < 20_000 && !loopTurned) throw new Error('down');
          return {};
        },
        destroy: async () => {},
      };
      const acquired = make(factory).acquire();
      await settled();
      loopTurned = true;
      const atFirstTurn = attempts;
      await pass(2_000);
      await acquired;
      return atFirstTurn;
    });
    expect(theirs).toBe(20_000);
    expect(ours).toBe(1);
  });

  it('by throwing does so in the promise, and strands nobody', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      let left = 1;
      const pool = make({
        create: () => {
          if (left-- > 0) throw new Error('thrown');
          return Promise.resolve({});
        },
        destroy: async () => {},
      });
      let thrown: unknown;
      let acquired: Promise<object> | undefined;
      try {
        acquired = pool.acquire();
      } catch (error) {
        thrown = error;
      }
      await pass(50);
      return { thrown, pending: pool.pending, acquired: acquired && watch(acquired) };
    });
    expect(theirs).toMatchObject({ thrown: new Error('thrown'), pending: 1 });
    expect(ours).toMatchObject({ thrown: undefined, pending: 0 });
  });

  it('is tried again for min, so ready settles', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      let left = 1;
      const pool = make(
        {
          create: async () => {
            if (left-- > 0) throw new Error('not yet');
            return {};
          },
          destroy: async () => {},
        },
        { min: 1 },
      );
      const ready = watch(pool.ready());
      await pass(2_000);
      return { ready: ready.state, size: pool.size };
    });
    expect(theirs).toEqual({ ready: 'pending', size: 0 });
    expect(ours).toEqual({ ready: 'fulfilled', size: 1 });
  });

  it('is tried again although a listener throws', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      let left = 1;
      const pool = make({
        create: async () => {
          if (left-- > 0) throw new Error('not yet');
          return {};
        },
        destroy: async () => {},
      });
      const broken = new Error('a broken listener');
      pool.on('factoryCreateError', () => {
        throw broken;
      });
      let acquired = watch(Promise.resolve({}));
      const unhandled = await unhandledDuring(async () => {
        acquired = watch(pool.acquire());
        await pass(100);
      });
      expect(unhandled).toEqual([broken]);
      return acquired.state;
    });
    expect(theirs).toBe('pending');
    expect(ours).toBe('fulfilled');
  });

  it('is tried again before the process may exit, while somebody waits', async () => {
    const timers: NodeJS.Timeout[] = [];
    const clock = {
      ...followingClock,
      setTimeout: (fn: () => void, ms: number) => {
        const timer = setTimeout(fn, ms);
        timers.push(timer);
        return timer;
      },
    };
    const factory = { create: () => Promise.reject(new Error('down')), destroy: async () => {} };
    const pool = dropIn(factory, { min: 1, rockpool: { clock } });
    await pass(100);
    expect(timers.at(-1)?.hasRef()).toBe(false);
    void pool.acquire();
    await pass(100);
    expect(timers.at(-1)?.hasRef()).toBe(true);
  });

  it('gets the context in which the pool was made, not that of the first borrower', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const request = new AsyncLocalStorage<string>();
      const contexts: unknown[] = [];
      const pool = make({
        create: async () => contexts.push(request.getStore()),
        destroy: async () => {},
      });
      await request.run('a request', () => pool.acquire());
      return contexts;
    });
    expect(theirs).toEqual(['a request']);
    expect(ours).toEqual([undefined]);
  });
});

describe('checks', () => {
  it('that always fail no longer starve the event loop', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      let checks = 0;
      let loopTurned = false;
      const factory = new ThingFactory();
      factory.validate = () => Promise.resolve(++checks >= 5_000 || loopTurned);
      const acquired = make(factory, { testOnBorrow: true }).acquire();
      await settled();
      loopTurned = true;
      const atFirstTurn = checks;
      await pass(2_000);
      await acquired;
      return atFirstTurn;
    });
    expect(theirs).toBe(5_000);
    expect(ours).toBeLessThanOrEqual(2);
  });

  it('that reject no longer lose a place for ever', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const factory = new ThingFactory();
      const pool = make(factory, { testOnBorrow: true });
      const errors: unknown[] = [];
      pool.on('factoryValidateError', (error) => errors.push(error));
      await pool.release(await pool.acquire());
      const broken = new Error('cannot tell');
      let first = true;
      factory.validate = () => {
        const answer = first ? Promise.reject(broken) : Promise.resolve(true);
        first = false;
        return answer;
      };
      let next = watch(Promise.resolve({}));
      const unhandled = await unhandledDuring(async () => {
        next = watch(pool.acquire());
        await pass(100);
      });
      const { size, available, borrowed } = pool;
      return { next: next.state, unhandled, errors, counts: { size, available, borrowed } };
    });
    const broken = new Error('cannot tell');
    expect(theirs).toEqual({
      next: 'pending',
      unhandled: [broken],
      errors: [],
      counts: { size: 1, available: 0, borrowed: 0 },
    });
    expect(ours).toEqual({
      next: 'fulfilled',
      unhandled: [],
      errors: [broken],
      counts: { size: 1, available: 0, borrowed: 1 },
    });
  });

  it('on return are made', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const factory = new ThingFactory();
      const pool = make(factory, { testOnReturn: true });
      await pool.release(await pool.acquire());
      await settled();
      return factory.validated;
    });
    expect(theirs).toEqual([]);
    expect(ours).toEqual([1]);
  });

  it('on borrow without a validate are refused at the start instead of breaking the pool', () => {
    const factory = { create: async () => ({}), destroy: async () => {} };
    expect(() => original(factory, { testOnBorrow: true })).not.toThrow();
    expect(() => dropIn(factory, { testOnBorrow: true })).toThrow(
      'factory.validate must be a function: testOnBorrow is true',
    );
  });
});

describe('two holders of one resource', () => {
  it('are no longer made by clear', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const factory = new ThingFactory();
      const pool = make(factory, { max: 2 });
      const first = await Promise.all([pool.acquire(), pool.acquire()]);
      for (const thing of first) await pool.release(thing);
      await pool.clear();
      const next = Array.from({ length: 4 }, () => watch(pool.acquire()));
      await settled();
      const lent = next.filter(({ state }) => state === 'fulfilled');
      const destroyed = lent.filter(({ value }) => factory.destroyed.includes(value?.id ?? 0));
      return { lent: lent.length, destroyed: destroyed.length };
    });
    expect(theirs).toEqual({ lent: 4, destroyed: 2 });
    expect(ours).toEqual({ lent: 2, destroyed: 0 });
  });

  it('are no longer made by clear during a creation', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const factory = new ThingFactory();
      factory.create = async () => {
        factory.created++;
        await new Promise((resolve) => setTimeout(resolve, 10));
        return { id: factory.created };
      };
      const pool = make(factory);
      const acquired = watch(pool.acquire());
      void pool.clear();
      await pass(20);
      return { lent: acquired.value?.id, destroyed: factory.destroyed };
    });
    expect(theirs).toEqual({ lent: 1, destroyed: [1] });
    expect(ours).toEqual({ lent: 1, destroyed: [] });
  });

  it('are no longer made by a double release before the next holder knows', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const pool = make(new ThingFactory());
      const thing = await pool.acquire();
      const next = [watch(pool.acquire()), watch(pool.acquire())];
      const releases = [watch(pool.release(thing)), watch(pool.release(thing))];
      await settled();
      return {
        holders: next.filter(({ value }) => value === thing).length,
        releases: releases.map(({ state }) => state),
      };
    });
    expect(theirs).toEqual({ holders: 2, releases: ['fulfilled', 'fulfilled'] });
    expect(ours).toEqual({ holders: 1, releases: ['fulfilled', 'rejected'] });
  });

  it('are no longer made by use, when its function has released by itself', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const pool = make(new ThingFactory());
      let next: ReturnType<typeof watch<Thing>>[] = [];
      await pool.use(async (thing) => {
        next = [watch(pool.acquire()), watch(pool.acquire())];
        await pool.release(thing);
        await settled();
      });
      await settled();
      return next.filter(({ state }) => state === 'fulfilled').length;
    });
    expect(theirs).toBe(2);
    expect(ours).toBe(1);
  });

  it('are refused when create gives the same object twice', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const thing = { id: 1 };
      const pool = make({ create: async () => thing, destroy: async () => {} }, { max: 2 });
      const errors: Error[] = [];
      pool.on('factoryCreateError', (error: Error) => errors.push(error));
      const both = [watch(pool.acquire()), watch(pool.acquire())];
      await pass(5);
      const holders = both.filter(({ state }) => state === 'fulfilled').length;
      await pool.release(thing);
      await pass(100);
      const { size, available, borrowed, pending } = pool;
      const codes = new Set(errors.map((error) => (error as { code?: string }).code));
      return { holders, codes: [...codes], counts: { size, available, borrowed, pending } };
    });
    expect(theirs).toMatchObject({ holders: 2, codes: [] });
    expect(theirs.counts).toEqual({ size: 2, available: 1, borrowed: 0, pending: 0 });
    expect(ours).toMatchObject({ holders: 1, codes: ['ERR_POOL_DUPLICATE_RESOURCE'] });
    expect(ours.counts).toEqual({ size: 1, available: 0, borrowed: 1, pending: 0 });
  });
});

describe('lost places', () => {
  it('are no longer left by use with a function that throws', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const pool = make(new ThingFactory());
      const used = watch(
        pool.use(() => {
          throw new Error('thrown');
        }),
      );
      await settled();
      return { used: used.error, borrowed: pool.borrowed };
    });
    expect(theirs).toEqual({ used: new Error('thrown'), borrowed: 1 });
    expect(ours).toEqual({ used: new Error('thrown'), borrowed: 0 });
  });

  it('are no longer left by use with a function that returns no promise', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const pool = make(new ThingFactory());
      const used = watch(pool.use(({ id }) => id));
      await settled();
      return { used: used.state, borrowed: pool.borrowed };
    });
    expect(theirs).toEqual({ used: 'rejected', borrowed: 1 });
    expect(ours).toEqual({ used: 'fulfilled', borrowed: 0 });
  });

  it('are no longer left by a destroy that throws, nor callers with it', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const factory = new ThingFactory();
      factory.destroy = () => {
        throw new Error('thrown');
      };
      const pool = make(factory);
      const errors: Error[] = [];
      pool.on('factoryDestroyError', (error: Error) => errors.push(error));
      const thing = await pool.acquire();
      const next = watch(pool.acquire());
      let thrown: unknown;
      try {
        await pool.destroy(thing);
      } catch (error) {
        thrown = error;
      }
      await pass(10);
      return { thrown, errors, next: next.state };
    });
    expect(theirs).toEqual({ thrown: new Error('thrown'), errors: [], next: 'pending' });
    expect(ours).toEqual({ thrown: undefined, errors: [new Error('thrown')], next: 'fulfilled' });
  });
});

describe('time', () => {
  it('beyond the longest timer of Node is no longer a millisecond', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const pool = make(new ThingFactory(), { acquireTimeoutMillis: 3_000_000_000 });
      await pool.acquire();
      const waiting = watch(pool.acquire());
      await pass(50);
      return waiting.state;
    });
    expect(theirs).toBe('rejected');
    expect(ours).toBe('pending');
  });
});

describe('drain', () => {
  it('waits for every caller in line, not only for the last of the last class', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const create = async () => {
        await new Promise((resolve) => setTimeout(resolve, 12));
        return {};
      };
      const pool = make(
        { create, destroy: async () => {} },
        { priorityRange: 2, acquireTimeoutMillis: 10 },
      );
      const later = watch(pool.acquire(1));
      await pass(5);
      const urgent = watch(pool.acquire(0));
      const drained = watch(pool.drain());
      await pass(7);
      expect([later.state, urgent.state]).toEqual(['rejected', 'fulfilled']);
      return drained.state;
    });
    expect(theirs).toBe('fulfilled');
    expect(ours).toBe('pending');
  });
});

describe('what the interface cannot tell', () => {
  it('is a late release from that of the next holder: it ends his loan on both', async () => {
    const { theirs, ours } = await onBoth(async (make) => {
      const pool = make(new ThingFactory());
      const thing = await pool.acquire();
      await pool.release(thing);
      await pool.acquire();
      const third = watch(pool.acquire());
      await pool.release(thing);
      await settled();
      return third.state;
    });
    expect(theirs).toBe('fulfilled');
    expect(ours).toBe('fulfilled');
  });
});
