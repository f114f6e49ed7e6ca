import { describe, expect, it, vi } from 'vitest';
import {
  createPool,
  DefaultEvictor,
  Deque,
  Pool,
  type PooledResource,
  PriorityQueue,
} from '../../src/generic-pool/index.js';
import { dropIn, ThingFactory } from './support/pools.js';
import { followingClock, pass, settled, useVirtualTime, watch } from './support/virtual-time.js';

useVirtualTime();

describe('what a borrower gives back', () => {
  it('may be made again once it was ended', async () => {
    const only = { name: 'the only one' };
    const ended: unknown[] = [];
    const pool = dropIn({ create: () => only, destroy: (thing) => void ended.push(thing) });
    for (let round = 0; round < 3; round++) {
      expect(await pool.acquire()).toBe(only);
      await pool.destroy(only);
    }
    expect(ended).toEqual([only, only, only]);
    expect(pool.isBorrowedResource(only)).toBe(false);
  });

  it('may be one of several equal numbers, in any order, and is a stranger after the last', async () => {
    const ended: number[] = [];
    const factory = { create: () => 7, destroy: (number: number) => void ended.push(number) };
    const pool = dropIn(factory, { max: 4 });
    for (let n = 0; n < 4; n++) await pool.acquire();
    await pool.destroy(7);
    await pool.release(7);
    expect([pool.borrowed, pool.available]).toEqual([2, 1]);
    await pool.acquire();
    for (let n = 0; n < 3; n++) await pool.release(7);
    expect([pool.borrowed, pool.available, pool.size]).toEqual([0, 3, 3]);
    await expect(pool.release(7)).rejects.toMatchObject({ code: 'ERR_POOL_NOT_BORROWED' });
    await pool.clear();
    expect(ended).toEqual([7, 7, 7, 7]);
    await expect(pool.destroy(7)).rejects.toMatchObject({ code: 'ERR_POOL_NOT_BORROWED' });
    expect(await pool.acquire()).toBe(7);
    await pool.release(7);
  });

  it('is the right one of several equal numbers where use knows which', async () => {
    const released: number[] = [];
    let serial = 0;
    const pool = dropIn(
      { create: () => 7, destroy: () => {}, validate: () => true },
      { max: 3, fifo: false },
    );
    const ends: (() => void)[] = [];
    const uses = Array.from({ length: 3 }, () => {
      const mine = ++serial;
      return pool
        .use(() => new Promise<void>((resolve) => ends.push(resolve)))
        .then(() => released.push(mine));
    });
    await settled();
    for (const which of [0, 2, 1]) {
      ends[which]?.();
      await settled();
    }
    await Promise.all(uses);
    expect(released).toEqual([1, 3, 2]);
    expect([pool.borrowed, pool.available]).toEqual([0, 3]);
    expect(pool.isBorrowedResource(7)).toBe(false);
    // Two on loan, of which use gives back the one that was lent first: the other can still be given back.
    let end = (): void => {};
    const used = pool.use(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    await settled();
    await pool.acquire();
    end();
    await used;
    expect([pool.borrowed, pool.isBorrowedResource(7)]).toEqual([1, true]);
    await pool.release(7);
    expect([pool.borrowed, pool.isBorrowedResource(7)]).toEqual([0, false]);
  });

  it('may be a function, and twins are found among the others', async () => {
    const make = () => () => 'work';
    const pool = dropIn({ create: make, destroy: () => {} }, { max: 2 });
    const [one, two] = [await pool.acquire(), await pool.acquire()];
    expect(one).not.toBe(two);
    await pool.release(one);
    expect([pool.isBorrowedResource(one), pool.isBorrowedResource(two)]).toEqual([false, true]);
    await pool.release(two);
  });

  it('is ended once when the function of use has ended it and then fails', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory);
    const used = pool.use(async (thing) => {
      await pool.destroy(thing);
      throw new Error('no good');
    });
    await expect(used).rejects.toThrow('no good');
    expect(factory.destroyed).toEqual([1]);
    expect(pool.size).toBe(0);
  });
});

describe('the eviction', () => {
  it('shows an evictor when things happened, as dates, whatever clock the pool has', async () => {
    const seen: PooledResource[] = [];
    class Curious extends DefaultEvictor {
      override evict(...[, resource]: Parameters<DefaultEvictor['evict']>): boolean {
        seen.push(resource as PooledResource);
        return false;
      }
    }
    const since = 5_000_000;
    const clock = { ...followingClock, now: () => Date.now() - since };
    const pool = new Pool(Curious, Deque, PriorityQueue, new ThingFactory(), {
      min: 1,
      evictionRunIntervalMillis: 10,
      rockpool: { clock },
    });
    const madeAt = Date.now();
    await pass(10);
    expect(seen.at(-1)).toEqual({
      obj: { id: 1 },
      state: 'IDLE',
      creationTime: madeAt,
      lastBorrowTime: null,
      lastReturnTime: null,
      lastIdleTime: madeAt,
    });
    await pass(5);
    const thing = await pool.acquire();
    await pass(3);
    await pool.release(thing);
    await pass(2);
    expect(seen.at(-1)).toMatchObject({
      creationTime: madeAt,
      lastBorrowTime: madeAt + 15,
      lastReturnTime: madeAt + 18,
      lastIdleTime: madeAt + 18,
    });
    await pool.drain();
    await pool.clear();
  });

  it('goes on where it stopped, and begins anew after one that went or was lent meanwhile', async () => {
    const asked: number[] = [];
    let unwanted = 0;
    class Strict extends DefaultEvictor {
      override evict(...[, resource]: Parameters<DefaultEvictor['evict']>): boolean {
        const { id } = (resource as PooledResource<{ id: number }>).obj;
        asked.push(id);
        return id === unwanted;
      }
    }
    const pool = new Pool(Strict, Deque, PriorityQueue, new ThingFactory(), {
      max: 3,
      evictionRunIntervalMillis: 10,
      numTestsPerEvictionRun: 1,
      rockpool: { clock: followingClock },
    });
    const things = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const thing of things) void pool.release(thing);
    await pass(40);
    expect(asked.splice(0)).toEqual([1, 2, 3, 1]);
    // What was looked at last is lent and comes back: it stands at the end now, and the walk begins anew.
    void pool.release(await pool.acquire());
    await pass(20);
    expect(asked.splice(0)).toEqual([2, 3]);
    unwanted = 1;
    await pass(10);
    expect(asked.splice(0)).toEqual([1]);
    await pass(20);
    expect(asked).toEqual([2, 3]);
    expect(pool.size).toBe(2);
    await pool.drain();
    await pool.clear();
  });

  it('begins with the first caller where the pool does not start by itself, and ends with drain', async () => {
    const pool = dropIn(new ThingFactory(), { autostart: false, evictionRunIntervalMillis: 10 });
    expect(pool._scheduledEviction).toBeNull();
    void pool.release(await pool.acquire());
    expect(pool._scheduledEviction).not.toBeNull();
    await pool.drain();
    expect(pool._scheduledEviction).toBeNull();
    await pool.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('needs no timer that can be let go of', async () => {
    const numbers = {
      now: () => Date.now(),
      setTimeout: (fn: () => void, ms: number) => Number(setTimeout(fn, ms)),
      clearTimeout: (handle: unknown) => clearTimeout(handle as number),
    };
    const pool = createPool(new ThingFactory(), {
      min: 1,
      evictionRunIntervalMillis: 10,
      destroyTimeoutMillis: 50,
      rockpool: { clock: numbers as never },
    });
    await pool.ready();
    await pool.drain();
    await pool.clear();
    expect(pool.size).toBe(0);
  });
});

describe('what the pool sets an alarm for', () => {
  it('needs none any more once it is ready, or a destroy has answered', async () => {
    const pool = dropIn(new ThingFactory(), { min: 2, max: 2, destroyTimeoutMillis: 60_000 });
    await pool.ready();
    expect(vi.getTimerCount()).toBe(0);
    await pool.drain();
    await pool.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is told when it rings', async () => {
    const errors: unknown[] = [];
    const pool = dropIn(
      { create: () => ({}), destroy: () => new Promise<void>(() => {}) },
      { destroyTimeoutMillis: 20 },
    );
    pool.on('factoryDestroyError', (error) => errors.push(error));
    await pool.destroy(await pool.acquire());
    const cleared = watch(pool.clear());
    await pass(19);
    expect([errors.length, cleared.state]).toEqual([0, 'pending']);
    await pass(1);
    expect(errors).toMatchObject([{ code: 'ERR_POOL_TIMEOUT', message: 'destroy timed out' }]);
    expect(cleared.state).toBe('fulfilled');
  });
});

describe('what listeners are told', () => {
  const listened = (validate: () => Promise<boolean>) => {
    const factory = Object.assign(new ThingFactory(), { validate });
    const pool = dropIn(factory, {
      testOnBorrow: true,
      rockpool: { createRetry: { initialMs: 5 } },
    });
    const told: string[] = [];
    pool.on('factoryValidateError', (error: Error) => told.push(`check: ${error.message}`));
    pool.on('factoryCreateError', (error: Error) => told.push(`creation: ${error.message}`));
    return { pool, told, factory };
  };

  it('is the error of a check, and not that a creation failed', async () => {
    let checks = 0;
    const { pool, told, factory } = listened(() =>
      ++checks === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(true),
    );
    const lent = watch(pool.acquire());
    await pass(20);
    expect(lent.state).toBe('fulfilled');
    expect(told).toEqual(['check: broken']);
    expect(factory.destroyed).toEqual([1]);
  });

  it('is nothing where a check only says no', async () => {
    let checks = 0;
    const { pool, told, factory } = listened(() => Promise.resolve(++checks > 1));
    const lent = watch(pool.acquire());
    await pass(20);
    expect(lent.state).toBe('fulfilled');
    expect(told).toEqual([]);
    expect(factory.destroyed).toEqual([1]);
  });
});

describe('a new resource that nobody waits for any more', () => {
  it('is checked when it is lent, and not before', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { testOnBorrow: true, min: 1 });
    await pool.ready();
    expect(factory.validated).toEqual([]);
    await pool.acquire();
    expect(factory.validated).toEqual([1]);
  });
});

describe('the errors and options', () => {
  it('say that the pool drains', async () => {
    const pool = dropIn(new ThingFactory());
    await pool.drain();
    await expect(pool.acquire()).rejects.toMatchObject({
      code: 'ERR_POOL_DRAINING',
      message: 'pool is draining and cannot accept work',
    });
  });

  it('have the code of a timeout for who has waited too long', async () => {
    const pool = dropIn(new ThingFactory(), { acquireTimeoutMillis: 10 });
    await pool.acquire();
    const late = watch(pool.acquire());
    await pass(10);
    expect(late.error).toMatchObject({ code: 'ERR_POOL_TIMEOUT', name: 'TimeoutError' });
  });

  it('take more priorities than the pool has for the most it has', async () => {
    const pool = dropIn(new ThingFactory(), { priorityRange: 1_000_000 });
    const thing = await pool.acquire(999_999);
    const [late, soon] = [watch(pool.acquire(999_999)), watch(pool.acquire(5))];
    await pool.release(thing);
    await settled();
    expect([late.state, soon.state]).toEqual(['pending', 'fulfilled']);
  });

  it('name what is known where nothing is near', () => {
    expect(() => dropIn(new ThingFactory(), { rockpool: { zzz: 1 } as never })).toThrow(
      /rockpool\.zzz: is not an option; known are .*clock/,
    );
  });

  it('refuse a caller only when nothing is idle and nothing can be made', async () => {
    const pool = dropIn(new ThingFactory(), { max: 2, maxWaitingClients: 0 });
    const things = await Promise.all([pool.acquire(), pool.acquire()]);
    expect((await Promise.allSettled([pool.acquire()]))[0]).toMatchObject({
      status: 'rejected',
      reason: { message: 'max waitingClients count exceeded' },
    });
    for (const thing of things) void pool.release(thing);
    await expect(pool.acquire()).resolves.toBeDefined();
  });
});
