import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Thing } from './support/pools.js';
import { dropIn, ThingFactory } from './support/pools.js';
import { pass, settled, useVirtualTime, watch } from './support/virtual-time.js';

useVirtualTime();

describe('the options, as the documentation of generic-pool describes them', () => {
  it('holds one resource at most unless told otherwise', async () => {
    const pool = dropIn(new ThingFactory());
    void pool.acquire();
    const second = watch(pool.acquire());
    await settled();
    expect(pool.max).toBe(1);
    expect(pool.size).toBe(1);
    expect(second.state).toBe('pending');
  });

  it('makes min resources at the start, and never more than max', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { min: 2, max: 3 });
    expect(pool.size).toBe(2);
    await settled();
    expect(pool.available).toBe(2);
    for (let index = 0; index < 5; index++) void pool.acquire();
    await settled();
    expect(factory.created).toBe(3);
    expect(pool.pending).toBe(2);
  });

  it('lowers a min above max to max without a word', () => {
    expect(dropIn(new ThingFactory(), { min: 9, max: 4 }).min).toBe(4);
  });

  it('refuses callers beyond maxWaitingClients', async () => {
    const pool = dropIn(new ThingFactory(), { max: 1, maxWaitingClients: 1 });
    await pool.acquire();
    const waiting = watch(pool.acquire());
    await expect(pool.acquire()).rejects.toThrow('max waitingClients count exceeded');
    expect(waiting.state).toBe('pending');
  });

  it('lends nothing that testOnBorrow finds invalid, and destroys it', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { testOnBorrow: true });
    const first = await pool.acquire();
    await pool.release(first);
    factory.valid = false;
    const next = watch(pool.acquire());
    await settled();
    expect(factory.destroyed).toContain(first.id);
    expect(next.state).toBe('pending');
    factory.valid = true;
    await pass(100);
    expect(next.state).toBe('fulfilled');
    expect(next.value).not.toBe(first);
  });

  it('checks a resource with testOnReturn when it comes back', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { testOnReturn: true });
    const first = await pool.acquire();
    factory.valid = false;
    await pool.release(first);
    await settled();
    expect(factory.validated).toEqual([first.id]);
    expect(factory.destroyed).toEqual([first.id]);
  });

  it('ends the waiting after acquireTimeoutMillis', async () => {
    const pool = dropIn(new ThingFactory(), { max: 1, acquireTimeoutMillis: 50 });
    await pool.acquire();
    const waiting = watch(pool.acquire());
    await pass(49);
    expect(waiting.state).toBe('pending');
    await pass(1);
    expect(waiting.error).toMatchObject({
      name: 'TimeoutError',
      message: 'ResourceRequest timed out',
    });
    expect(pool.pending).toBe(0);
  });

  it('takes a destroy for failed after destroyTimeoutMillis', async () => {
    const pool = dropIn(
      { create: async () => ({}), destroy: () => new Promise<void>(() => {}) },
      { destroyTimeoutMillis: 30 },
    );
    const errors: Error[] = [];
    pool.on('factoryDestroyError', (error: Error) => errors.push(error));
    await pool.destroy(await pool.acquire());
    await pass(29);
    expect(errors).toEqual([]);
    await pass(1);
    expect(errors.map(({ message }) => message)).toEqual(['destroy timed out']);
  });

  it.each([
    { fifo: true, lent: 'the one that has been idle for longest', expected: 1 },
    { fifo: undefined, lent: 'the one that has been idle for longest, by default', expected: 1 },
    { fifo: false, lent: 'the one that was used last', expected: 2 },
  ])('lends $lent with fifo $fifo', async ({ fifo, expected }) => {
    const pool = dropIn(new ThingFactory(), { max: 2, fifo });
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    await pool.release(first);
    await pool.release(second);
    expect((await pool.acquire()).id).toBe(expected);
  });

  it('waits for start with autostart false', async () => {
    const pool = dropIn(new ThingFactory(), {
      autostart: false,
      min: 2,
      max: 2,
      evictionRunIntervalMillis: 10,
    });
    await settled();
    expect(pool.size).toBe(0);
    expect(pool._scheduledEviction).toBeNull();
    pool.start();
    pool.start();
    await settled();
    expect(pool.available).toBe(2);
    expect(pool._scheduledEviction).not.toBeNull();
  });

  it('starts with the first acquire otherwise', async () => {
    const pool = dropIn(new ThingFactory(), { autostart: false, min: 2, max: 3 });
    await pool.acquire();
    expect(pool.size).toBe(2);
  });

  it('uses the Promise it is given for what it returns', async () => {
    class Vow<V> extends Promise<V> {}
    const pool = dropIn(new ThingFactory(), { Promise: Vow });
    const acquired = pool.acquire();
    const thing = await acquired;
    const promises = [
      acquired,
      pool.release(thing),
      pool.release(thing).catch(() => {}),
      pool.use(async () => 1),
      pool.ready(),
      pool.clear(),
      pool.drain(),
      pool.acquire().catch(() => {}),
    ];
    for (const promise of promises) expect(promise).toBeInstanceOf(Vow);
    await Promise.all(promises);
  });
});

describe('the factory', () => {
  it('may answer at once or with a promise', async () => {
    const ended: number[] = [];
    let made = 0;
    const pool = dropIn(
      {
        create: () => ++made,
        destroy: (resource: number) => ended.push(resource),
        validate: () => true,
      },
      { testOnBorrow: true },
    );
    const resource = await pool.acquire();
    await pool.destroy(resource);
    expect(ended).toEqual([1]);
  });

  it('is called as an object, with the resource as the only argument', async () => {
    const calls: unknown[] = [];
    const factory = {
      create(...input: unknown[]) {
        calls.push([this, ...input]);
        return 'thing';
      },
      destroy(...input: unknown[]) {
        calls.push([this, ...input]);
      },
      validate(...input: unknown[]) {
        calls.push([this, ...input]);
        return true;
      },
    };
    const pool = dropIn<string>(factory, { testOnBorrow: true });
    await pool.destroy(await pool.acquire());
    expect(calls).toEqual([[factory], [factory, 'thing'], [factory, 'thing']]);
  });

  it('is rejected without its functions, in the words of generic-pool', () => {
    const make = (factory: unknown) => () => dropIn(factory as ThingFactory);
    expect(make({})).toThrow(new TypeError('factory.create must be a function'));
    expect(make({ create() {} })).toThrow(new TypeError('factory.destroy must be a function'));
    expect(make({ create() {}, destroy() {}, validate: 1 })).toThrow(
      new TypeError('factory.validate must be a function'),
    );
  });

  it('may make resources of any type, equal primitives too', async () => {
    const values: unknown[] = [7, 7, 'a', undefined, null, Number.NaN, () => {}, Symbol('s')];
    let next = 0;
    const pool = dropIn<unknown>(
      { create: () => values[next++], destroy: () => {} },
      { max: values.length },
    );
    const acquired = await Promise.all(values.map(() => pool.acquire()));
    expect(acquired).toEqual(values);
    await pool.release(7);
    expect(pool.isBorrowedResource(7)).toBe(true);
    await pool.release(7);
    expect(pool.isBorrowedResource(7)).toBe(false);
    await expect(pool.release(7)).rejects.toThrow('Resource not currently part of this pool');
    for (const value of values.slice(2)) await pool.release(value);
    expect(pool.available).toBe(values.length);
  });

  it('is the only owner of hooks: methods of a resource are left alone', async () => {
    const called: string[] = [];
    const resource = Object.fromEntries(
      ['reset', 'validate', 'isHealthy', 'destroy', 'onAcquire'].map((name) => [
        name,
        () => called.push(name),
      ]),
    );
    const pool = dropIn({ create: () => resource, destroy: () => {} }, { testOnReturn: true });
    await pool.release(await pool.acquire());
    await pool.destroy(await pool.acquire());
    expect(called).toEqual([]);
  });
});

describe('borrowing', () => {
  it('acquire gives what create made', async () => {
    const thing = await dropIn(new ThingFactory()).acquire();
    expect(thing).toEqual({ id: 1 });
  });

  it('release makes a resource available to the next', async () => {
    const pool = dropIn(new ThingFactory());
    const first = await pool.acquire();
    const next = pool.acquire();
    await expect(pool.release(first)).resolves.toBeUndefined();
    expect(await next).toBe(first);
  });

  it.each(['release', 'destroy'] as const)('%s rejects what is not on loan', async (verb) => {
    const pool = dropIn(new ThingFactory());
    const message = 'Resource not currently part of this pool';
    await expect(pool[verb]({ id: 99 })).rejects.toThrow(message);
    const thing = await pool.acquire();
    await pool.release(thing);
    await expect(pool[verb](thing)).rejects.toMatchObject({ code: 'ERR_POOL_NOT_BORROWED' });
  });

  it('the outcome of release may be ignored', async () => {
    const pool = dropIn(new ThingFactory());
    void pool.release({ id: 99 });
    // An unhandled rejection would fail this run.
    await settled();
    await settled();
  });

  it('isBorrowedResource tells whether a resource is on loan', async () => {
    const pool = dropIn(new ThingFactory());
    const thing = await pool.acquire();
    expect(pool.isBorrowedResource(thing)).toBe(true);
    expect(pool.isBorrowedResource({ id: thing.id })).toBe(false);
    await pool.release(thing);
    expect(pool.isBorrowedResource(thing)).toBe(false);
    void pool.acquire();
    expect(pool.isBorrowedResource(thing)).toBe(true);
  });

  it('destroy ends a resource instead of giving it to the next', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory);
    const first = await pool.acquire();
    const next = pool.acquire();
    await expect(pool.destroy(first)).resolves.toBeUndefined();
    expect(factory.destroyed).toEqual([1]);
    expect((await next).id).toBe(2);
  });

  it('a destroyed resource takes no place while it is being ended', async () => {
    const pool = dropIn({ create: async () => ({}), destroy: () => new Promise<void>(() => {}) });
    const first = await pool.acquire();
    await pool.destroy(first);
    expect(pool.size).toBe(0);
    expect(await pool.acquire()).not.toBe(first);
  });

  it('destroy makes up for min', async () => {
    const pool = dropIn(new ThingFactory(), { min: 2, max: 2 });
    const thing = await pool.acquire();
    await pool.destroy(thing);
    await settled();
    expect(pool.available).toBe(2);
  });
});

describe('use', () => {
  it('releases the resource when the function has done, and gives its result', async () => {
    const pool = dropIn(new ThingFactory());
    const result = await pool.use(async (thing) => {
      expect(pool.isBorrowedResource(thing)).toBe(true);
      return thing.id * 10;
    });
    expect(result).toBe(10);
    expect(pool.available).toBe(1);
  });

  it('destroys the resource when the function fails, and gives its error', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory);
    const failed = new Error('no');
    await expect(pool.use(() => Promise.reject(failed))).rejects.toBe(failed);
    expect(factory.destroyed).toEqual([1]);
    expect(pool.size).toBe(0);
  });

  it('takes a priority', async () => {
    const pool = dropIn(new ThingFactory(), { priorityRange: 2 });
    const thing = await pool.acquire();
    const order: string[] = [];
    const jobs = [1, 0].map((priority) =>
      pool.use(async () => order.push(`priority ${priority}`), priority),
    );
    await pool.release(thing);
    await Promise.all(jobs);
    expect(order).toEqual(['priority 0', 'priority 1']);
  });
});

describe('events', () => {
  it('is an EventEmitter of Node', () => {
    expect(dropIn(new ThingFactory())).toBeInstanceOf(EventEmitter);
  });

  it('tells of each creation that failed', async () => {
    let left = 2;
    const pool = dropIn({
      create: async () => {
        if (left-- > 0) throw new Error(`attempt ${2 - left}`);
        return {};
      },
      destroy: async () => {},
    });
    const errors: string[] = [];
    pool.on('factoryCreateError', (error: Error) => errors.push(error.message));
    const acquired = watch(pool.acquire());
    await pass(200);
    expect(errors).toEqual(['attempt 1', 'attempt 2']);
    expect(acquired.state).toBe('fulfilled');
  });

  it('tells of each destruction that failed', async () => {
    const pool = dropIn({
      create: async () => ({}),
      destroy: () => Promise.reject(new Error('still in use')),
    });
    const errors: string[] = [];
    pool.on('factoryDestroyError', (error: Error) => errors.push(error.message));
    await pool.destroy(await pool.acquire());
    await settled();
    expect(errors).toEqual(['still in use']);
  });

  it('drops the errors when nobody listens', async () => {
    const pool = dropIn({
      create: async () => ({}),
      destroy: () => Promise.reject(new Error('still in use')),
    });
    await pool.destroy(await pool.acquire());
    await settled();
  });
});

describe('ready', () => {
  it('settles when min resources are idle', async () => {
    let finish: (() => void)[] = [];
    const pool = dropIn(
      {
        create: () => new Promise<object>((resolve) => finish.push(() => resolve({}))),
        destroy: async () => {},
      },
      { min: 2, max: 2 },
    );
    const ready = watch(pool.ready());
    finish.pop()?.();
    await settled();
    expect(ready.state).toBe('pending');
    finish.pop()?.();
    await settled();
    expect(ready.state).toBe('fulfilled');
    finish = [];
  });

  it('waits for those on loan too', async () => {
    const pool = dropIn(new ThingFactory(), { min: 1 });
    const thing = await pool.acquire();
    const ready = watch(pool.ready());
    await settled();
    expect(ready.state).toBe('pending');
    await pool.release(thing);
    await settled();
    expect(ready.state).toBe('fulfilled');
  });
});

describe('eviction', () => {
  const options = { max: 5, evictionRunIntervalMillis: 10, idleTimeoutMillis: 25 };

  async function withIdle(count: number, more: object): Promise<ThingFactory> {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { ...options, ...more });
    const things = await Promise.all(Array.from({ length: count }, () => pool.acquire()));
    for (const thing of things) await pool.release(thing);
    return factory;
  }

  it('does not run by default', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { idleTimeoutMillis: 1 });
    await pool.release(await pool.acquire());
    await pass(100);
    expect(factory.destroyed).toEqual([]);
    expect(pool._scheduledEviction).toBeNull();
  });

  it('ends what has been idle for longer than idleTimeoutMillis', async () => {
    const factory = await withIdle(2, {});
    await pass(25);
    expect(factory.destroyed).toEqual([]);
    await pass(5);
    expect(factory.destroyed).toEqual([1, 2]);
  });

  it('looks at numTestsPerEvictionRun of them at a time', async () => {
    const factory = await withIdle(5, { numTestsPerEvictionRun: 2 });
    await pass(30);
    expect(factory.destroyed).toHaveLength(2);
    await pass(10);
    expect(factory.destroyed).toHaveLength(4);
  });

  it('keeps min with softIdleTimeoutMillis, and does not with idleTimeoutMillis', async () => {
    const soft = await withIdle(3, { min: 2, softIdleTimeoutMillis: 5, idleTimeoutMillis: 1_000 });
    await pass(500);
    expect(soft.destroyed).toEqual([1]);
    const hard = await withIdle(1, { min: 1 });
    await pass(30);
    expect(hard.destroyed).toEqual([1]);
    expect(hard.created).toBe(2);
  });

  it('leaves those on loan alone', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, options);
    const thing = await pool.acquire();
    await pass(200);
    expect(pool.isBorrowedResource(thing)).toBe(true);
    expect(factory.destroyed).toEqual([]);
  });
});

describe('priorities', () => {
  async function orderOf(priorities: (number | undefined)[], priorityRange: number) {
    const pool = dropIn(new ThingFactory(), { priorityRange });
    const thing = await pool.acquire();
    const served: (number | undefined)[] = [];
    const callers = priorities.map(async (priority) => {
      const mine = await pool.acquire(priority);
      served.push(priority);
      await pool.release(mine);
    });
    await pool.release(thing);
    await Promise.all(callers);
    return served;
  }

  it('serves lower numbers first, each class in the order of arrival', async () => {
    expect(await orderOf([2, 1, 2, 0, 1], 3)).toEqual([0, 1, 1, 2, 2]);
  });

  it('takes a number out of range for the last class', async () => {
    expect(await orderOf([9, -1, 1, 0], 3)).toEqual([0, 1, 9, -1]);
  });

  it('takes no priority for the most urgent, as the code of generic-pool does', async () => {
    expect(await orderOf([1, undefined], 2)).toEqual([undefined, 1]);
  });

  it('never lets a later class pass, however long it has waited', async () => {
    const pool = dropIn(new ThingFactory(), { priorityRange: 2 });
    const thing = await pool.acquire();
    const late = watch(pool.acquire(1));
    await pass(5_000);
    const urgent = watch(pool.acquire(0));
    await pool.release(thing);
    await settled();
    expect([late.state, urgent.state]).toEqual(['pending', 'fulfilled']);
  });
});

describe('draining and clearing', () => {
  it('drain refuses newcomers and serves who waits', async () => {
    const pool = dropIn(new ThingFactory());
    const thing = await pool.acquire();
    const waiting = watch(pool.acquire());
    const drained = watch(pool.drain());
    await expect(pool.acquire()).rejects.toThrow('pool is draining and cannot accept work');
    await pool.release(thing);
    await settled();
    expect(waiting.state).toBe('fulfilled');
    expect(drained.state).toBe('pending');
    await pool.release(waiting.value as Thing);
    await settled();
    expect(drained.state).toBe('fulfilled');
  });

  it('drain ends the eviction and the care for min', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { min: 1, evictionRunIntervalMillis: 10 });
    const thing = await pool.acquire();
    const drained = pool.drain();
    await pool.destroy(thing);
    await drained;
    expect(pool._scheduledEviction).toBeNull();
    expect(factory.created).toBe(1);
  });

  it('drain does not wait for a creation that nobody needs any more', async () => {
    const pool = dropIn(
      { create: () => new Promise<object>(() => {}), destroy: async () => {} },
      { min: 1 },
    );
    await pool.drain();
    expect(pool.size).toBe(1);
  });

  it('clear ends the idle resources and waits for their end', async () => {
    let finish = (): void => {};
    const pool = dropIn({
      create: async () => ({}),
      destroy: () => new Promise<void>((resolve) => (finish = resolve)),
    });
    await pool.release(await pool.acquire());
    const cleared = watch(pool.clear());
    await settled();
    expect(pool.size).toBe(0);
    expect(cleared.state).toBe('pending');
    finish();
    await settled();
    expect(cleared.state).toBe('fulfilled');
  });

  it('clear waits for what is being made, and ends it', async () => {
    let finish = (): void => {};
    const factory = new ThingFactory();
    factory.create = () =>
      new Promise<Thing>((resolve) => {
        factory.created++;
        finish = () => resolve({ id: factory.created });
      });
    const pool = dropIn(factory, { min: 1 });
    const drained = pool.drain();
    const cleared = watch(pool.clear());
    await drained;
    expect(cleared.state).toBe('pending');
    finish();
    await settled();
    expect(cleared.state).toBe('fulfilled');
    expect(factory.destroyed).toEqual([1]);
  });

  it('clear leaves those on loan alone, and fills up to min again', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { min: 2, max: 2 });
    const thing = await pool.acquire();
    await pool.clear();
    await settled();
    expect(factory.destroyed).toEqual([2]);
    expect(factory.created).toBe(3);
    await pool.release(thing);
    expect(pool.available).toBe(2);
  });

  it('drain and clear leave nothing', async () => {
    const factory = new ThingFactory();
    const pool = dropIn(factory, { min: 2, max: 4 });
    const things = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    const closed = pool.drain().then(() => pool.clear());
    for (const thing of things) await pool.release(thing);
    await closed;
    expect(factory.destroyed.toSorted()).toEqual([1, 2, 3]);
    expect(pool.size).toBe(0);
  });
});

describe('the counts', () => {
  it('tell the state of the pool', async () => {
    const pool = dropIn(new ThingFactory(), { min: 1, max: 3 });
    const counts = () => {
      const { size, available, borrowed, pending, spareResourceCapacity, min, max } = pool;
      return { size, available, borrowed, pending, spareResourceCapacity, min, max };
    };
    const first = await pool.acquire();
    void pool.acquire();
    expect(counts()).toEqual({
      size: 2,
      available: 0,
      borrowed: 1,
      pending: 1,
      spareResourceCapacity: 1,
      min: 1,
      max: 3,
    });
    await settled();
    await pool.release(first);
    expect(counts()).toMatchObject({ size: 2, available: 1, borrowed: 1, pending: 0 });
  });
});
