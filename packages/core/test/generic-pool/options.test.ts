import genericPool from 'generic-pool';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPool,
  DefaultEvictor,
  Deque,
  type Options,
  Pool,
  PriorityQueue,
} from '../../src/generic-pool/index.js';
import { dropIn, ThingFactory } from './support/pools.js';
import { followingClock, pass, settled, useVirtualTime } from './support/virtual-time.js';

useVirtualTime();

/** What a user can see of how an option was understood. */
async function seen(
  make: (factory: ThingFactory, options: Options) => Pool<{ id: number }>,
  options: Options,
) {
  const pool = make(new ThingFactory(), options);
  const { min, max, _scheduledEviction } = pool;
  await settled();
  const { size, available } = pool;
  const answers: string[] = [];
  for (let caller = 0; caller < 4; caller++) {
    try {
      pool.acquire(caller).then(
        ({ id }) => answers.push(`${caller} got ${id}`),
        (error: Error) => answers.push(`${caller}: ${error.message}`),
      );
    } catch (error) {
      answers.push(`${caller} threw ${(error as Error).message}`);
    }
  }
  await pass(60);
  return { min, max, size, available, evicts: _scheduledEviction !== null, answers };
}

const nonsense: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'minus five': -5,
  zero: 0,
  'a half': 0.5,
  'two and a half': 2.5,
  'the text 3': '3',
  'the text 2.9px': '2.9px',
  'a word': 'many',
  'an empty text': '',
  true: true,
  'an array': [2],
  'an object': {},
};
const names = [
  'max',
  'min',
  'maxWaitingClients',
  'acquireTimeoutMillis',
  'destroyTimeoutMillis',
  'priorityRange',
  'fifo',
  'autostart',
  'numTestsPerEvictionRun',
  'softIdleTimeoutMillis',
  'idleTimeoutMillis',
  'Promise',
] as const;

describe('nonsense is repaired as generic-pool repairs it', () => {
  for (const name of names) {
    const values = Object.entries(nonsense).filter(
      // What is given as Promise is called.
      ([, value]) => name !== 'Promise' || value === undefined || value === null,
    );
    it.each(values)(`${name}: %s`, async (_, value) => {
      const options = { max: 2, evictionRunIntervalMillis: 7, [name]: value } as Options;
      const theirs = await seen(
        genericPool.createPool as unknown as typeof createPool<{ id: number }>,
        options,
      );
      expect(await seen(dropIn, options)).toEqual(theirs);
    });
  }

  it.each([undefined, null, false, 0, 'options', []])('options: %s', (options) => {
    const pool = createPool(new ThingFactory(), options as never);
    const theirs = genericPool.createPool(new ThingFactory(), options as never);
    expect([pool.min, pool.max]).toEqual([theirs.min, theirs.max]);
  });
});

describe('the constructor', () => {
  it('takes an evictor of your own', async () => {
    const asked: unknown[] = [];
    class Spring {
      evict(config: object, resource: object, available: number): boolean {
        asked.push([config, resource, available]);
        return true;
      }
    }
    const factory = new ThingFactory();
    const bornAt = Date.now();
    const pool = new Pool(Spring, Deque, PriorityQueue, factory, {
      evictionRunIntervalMillis: 10,
      idleTimeoutMillis: 7,
    });
    const thing = await pool.acquire();
    await pass(3);
    await pool.release(thing);
    await pass(7);
    expect(asked).toHaveLength(1);
    const [config, resource, available] = asked[0] as [object, object, number];
    expect(config).toMatchObject({ min: 0, idleTimeoutMillis: 7, softIdleTimeoutMillis: -1 });
    expect(resource).toMatchObject({ obj: thing, state: 'IDLE' });
    expect(bornAt).toBeLessThanOrEqual(Date.now());
    expect(available).toBe(1);
    expect(factory.destroyed).toEqual([1]);
  });

  it('shows an evictor the dates of a resource', async () => {
    const dates: object[] = [];
    class Watcher {
      evict(_: object, resource: object): boolean {
        dates.push({ ...resource });
        return false;
      }
    }
    const start = Date.now();
    const pool = new Pool(Watcher, Deque, PriorityQueue, new ThingFactory(), {
      evictionRunIntervalMillis: 10,
      min: 1,
      rockpool: { clock: followingClock },
    });
    await pass(12);
    const thing = await pool.acquire();
    await pass(3);
    await pool.release(thing);
    await pass(5);
    expect(dates).toEqual([
      expect.objectContaining({
        creationTime: start,
        lastIdleTime: start,
        lastBorrowTime: null,
        lastReturnTime: null,
      }),
      expect.objectContaining({
        creationTime: start,
        lastBorrowTime: start + 12,
        lastReturnTime: start + 15,
        lastIdleTime: start + 15,
      }),
    ]);
  });

  it('refuses queue classes that it would not use', () => {
    class Queue extends Deque {}
    expect(
      () => new Pool(DefaultEvictor, Queue as never, PriorityQueue, new ThingFactory()),
    ).toThrow(/queue classes of your own/);
  });

  it('makes a pool that is an instance of Pool, and can be extended', async () => {
    class Named extends Pool<{ id: number }> {
      readonly title = 'named';
    }
    const pool = new Named(DefaultEvictor, Deque, PriorityQueue, new ThingFactory(), { min: 1 });
    expect(createPool(new ThingFactory())).toBeInstanceOf(Pool);
    expect(pool).toBeInstanceOf(Pool);
    expect((await pool.acquire()).id).toBe(1);
  });
});

describe('the DefaultEvictor', () => {
  const evictor = new DefaultEvictor();
  let lastIdleTime: number;
  beforeEach(() => {
    lastIdleTime = Date.now();
  });
  afterEach(() => pass(0));

  it.each([
    { softIdleTimeoutMillis: -1, idleTimeoutMillis: 10, min: 0, idleMs: 10, ends: false },
    { softIdleTimeoutMillis: -1, idleTimeoutMillis: 10, min: 0, idleMs: 11, ends: true },
    { softIdleTimeoutMillis: 5, idleTimeoutMillis: 10, min: 0, idleMs: 6, ends: true },
    { softIdleTimeoutMillis: 5, idleTimeoutMillis: 10, min: 1, idleMs: 6, ends: false },
    { softIdleTimeoutMillis: 5, idleTimeoutMillis: 10, min: 1, idleMs: 11, ends: true },
  ])('agrees with generic-pool on %o', async ({ idleMs, ends, ...config }) => {
    await pass(idleMs);
    expect(evictor.evict(config, { lastIdleTime }, 1)).toBe(ends);
    const Theirs = (genericPool as unknown as { DefaultEvictor: typeof DefaultEvictor })
      .DefaultEvictor;
    expect(new Theirs().evict(config, { lastIdleTime }, 1)).toBe(ends);
  });
});

describe('what generic-pool does not have', () => {
  it('names an unknown option of the pool underneath, with the nearest known one', () => {
    const rockpool = { createTimeoutMS: 5 } as Options['rockpool'];
    expect(() => createPool(new ThingFactory(), { rockpool })).toThrow(
      'createPool options: rockpool.createTimeoutMS: is not an option; did you mean createTimeoutMs?',
    );
  });

  it('rejects a bad value of the pool underneath', () => {
    expect(() => dropIn(new ThingFactory(), { rockpool: { createTimeoutMs: -1 } })).toThrow(
      /createTimeoutMs/,
    );
  });

  it('frees the place of a creation that hangs, with createTimeoutMs', async () => {
    let calls = 0;
    const pool = dropIn(
      {
        create: () => (calls++ === 0 ? new Promise<object>(() => {}) : {}),
        destroy: () => {},
      },
      { rockpool: { createTimeoutMs: 100 } },
    );
    const errors: Error[] = [];
    pool.on('factoryCreateError', (error: Error) => errors.push(error));
    const acquired = pool.acquire();
    await pass(200);
    await acquired;
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_POOL_TIMEOUT' })]);
  });

  it('tells a failed creation to the caller, with onGiveUp reject-waiters', async () => {
    const pool = dropIn(
      { create: () => Promise.reject(new Error('no route')), destroy: () => {} },
      { rockpool: { createRetry: { onGiveUp: 'reject-waiters' } } },
    );
    await expect(pool.acquire()).rejects.toMatchObject({
      code: 'ERR_POOL_CREATE',
      cause: expect.objectContaining({ message: 'no route' }),
    });
  });

  it('gives the reason of a failed creation with a time-out', async () => {
    const pool = dropIn(
      { create: () => Promise.reject(new Error('no route')), destroy: () => {} },
      { acquireTimeoutMillis: 50 },
    );
    const acquired = pool.acquire().catch((error: Error) => error);
    await pass(60);
    const error = (await acquired) as Error & { cause: Error & { cause: unknown } };
    expect(error.name).toBe('TimeoutError');
    expect(error.cause.cause).toMatchObject({ message: 'no route' });
  });
});
