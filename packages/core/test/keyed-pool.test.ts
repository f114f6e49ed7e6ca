import { createKeyedPool, type KeyedPool, type Lease, PoolError } from '@rockpool/core';
import { ManualClock, settle } from '@rockpool/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface Connection {
  readonly host: string;
  readonly number: number;
}

const keyed = (options: Parameters<typeof createKeyedPool<string, Connection>>[1] = {}) => {
  const clock = new ManualClock();
  const made: Connection[] = [];
  const ended: Connection[] = [];
  const pool = createKeyedPool<string, Connection>(
    {
      create: ({ key, id }) => {
        const connection = { host: key, number: id };
        made.push(connection);
        return connection;
      },
      destroy: (connection) => {
        ended.push(connection);
      },
    },
    { clock, ...options },
  );
  return { clock, pool, made, ended };
};

const isDone = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = Symbol();
  await settle();
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
};

describe('a keyed pool', () => {
  it('tells every hook the key, and lends a resource of that key', async () => {
    const { pool } = keyed();
    await expect(pool.use('a', ({ host }) => host)).resolves.toBe('a');
    await expect(pool.use('b', ({ host }) => host)).resolves.toBe('b');
    expect([...pool.keys()]).toEqual(['b', 'a']);
  });

  it('lends an idle resource of its key again and never that of another', async () => {
    const { pool, made } = keyed();
    (await pool.acquire('a')).release();
    (await pool.acquire('a')).release();
    expect(pool.tryAcquire('b')).toBeUndefined();
    expect(made).toHaveLength(1);
  });

  it('has no more than maxPerKey under one key', async () => {
    const { pool } = keyed({ maxPerKey: 2 });
    const [first] = [await pool.acquire('a'), await pool.acquire('a')];
    const third = pool.acquire('a');
    expect(await isDone(third)).toBe(false);
    first.release();
    await expect(third).resolves.toMatchObject({ resource: { host: 'a' } });
  });

  it('wakes a waiter of another key with a place that becomes free', async () => {
    const { pool, ended } = keyed({ maxTotal: 2 });
    const a = await pool.acquire('a');
    await pool.acquire('a');
    const b = pool.acquire('b');
    expect(await isDone(b)).toBe(false);
    a.release();
    await expect(b).resolves.toMatchObject({ resource: { host: 'b' } });
    expect(ended).toEqual([{ host: 'a', number: 1 }]);
    expect(pool.stats()).toMatchObject({ size: 2, borrowed: 2, waiting: 0 });
  });

  it('ends the idle resource of the key used least recently for a waiter who finds no place', async () => {
    const { pool, ended } = keyed({ maxTotal: 2 });
    (await pool.acquire('old')).release();
    (await pool.acquire('young')).release();
    await pool.acquire('new');
    expect(ended.map(({ host }) => host)).toEqual(['old']);
  });

  it('gives a freed place to the key whose waiter came first', async () => {
    const { pool, clock } = keyed({ maxTotal: 1 });
    const held = await pool.acquire('a');
    const order: string[] = [];
    const wait = (key: string): Promise<Lease<Connection>> =>
      pool.acquire(key).then((lease) => {
        order.push(key);
        return lease;
      });
    const first = wait('b');
    await clock.advance(1);
    const second = wait('a');
    await clock.advance(1);
    const third = wait('c');
    held.release();
    (await first).release();
    (await second).release();
    (await third).release();
    expect(order).toEqual(['b', 'a', 'c']);
  });

  it('keeps a place under its key when fairness across keys is off', async () => {
    const { pool, clock, made } = keyed({ maxTotal: 1, fairAcrossKeys: false });
    const held = await pool.acquire('a');
    const other = pool.acquire('b');
    await clock.advance(1);
    const own = pool.acquire('a');
    held.release();
    (await own).release();
    await expect(other).resolves.toMatchObject({ resource: { host: 'b' } });
    expect(made.map(({ host }) => host)).toEqual(['a', 'b']);
  });

  it('closes the idle key used least recently when there are maxKeys', async () => {
    const { pool, ended } = keyed({ maxKeys: 2 });
    (await pool.acquire('a')).release();
    (await pool.acquire('b')).release();
    (await pool.acquire('a')).release();
    (await pool.acquire('c')).release();
    await settle();
    expect([...pool.keys()].sort()).toEqual(['a', 'c']);
    expect(ended.map(({ host }) => host)).toEqual(['b']);
    expect(pool.stats().keysEvicted).toBe(1);
  });

  it('refuses a further key, and says so, when all maxKeys are in use', async () => {
    const { pool } = keyed({ maxKeys: 1 });
    const lease = await pool.acquire('a');
    const refusal: unknown = await pool.acquire('b').catch((error: unknown) => error);
    expect(PoolError.is(refusal, 'ERR_POOL_EXHAUSTED')).toBe(true);
    expect(String(refusal)).toMatch(/maxKeys/);
    lease.release();
    await expect(pool.acquire('b')).resolves.toBeDefined();
  });

  it('drops a key without resources: a million keys once used leave nothing behind', async () => {
    const { pool, clock } = keyed({ idleTimeoutMs: 1_000 });
    for (const key of ['a', 'b', 'c']) (await pool.acquire(key)).release();
    await clock.advance(5_000);
    expect([...pool.keys()]).toEqual([]);
    expect(pool.stats()).toMatchObject({ size: 0, keys: 0 });
    expect(clock.pending).toBe(0);
  });

  it('tells keys apart by their hash', async () => {
    const pool = createKeyedPool<{ host: string; port: number }, Connection>(
      ({ key, id }) => ({ host: key.host, number: id }),
      { hash: ({ host, port }) => `${host}:${port}` },
    );
    (await pool.acquire({ host: 'x', port: 1 })).release();
    const again = await pool.acquire({ host: 'x', port: 1 });
    expect(again.resource.number).toBe(1);
    expect(pool.stats().keys).toBe(1);
  });

  it('lets leases of a deleted key end in peace', async () => {
    const { pool, ended } = keyed();
    const lease = await pool.acquire('a');
    const deleted = pool.delete('a');
    expect(lease.active).toBe(true);
    lease.release();
    await deleted;
    expect(ended).toHaveLength(1);
  });

  it('tells listeners the key, of keys that come later too', async () => {
    const { pool } = keyed();
    const heard: string[] = [];
    (await pool.acquire('a')).release();
    const off = pool.on('acquire', (_, key) => heard.push(key));
    (await pool.acquire('a')).release();
    (await pool.acquire('b')).release();
    off();
    (await pool.acquire('b')).release();
    expect(heard).toEqual(['a', 'b']);
  });

  it('lends nothing after close and has ended everything', async () => {
    const { pool, made, ended } = keyed();
    (await pool.acquire('a')).release();
    (await pool.acquire('b')).release();
    await pool.close();
    await pool.close();
    expect(ended).toHaveLength(made.length);
    await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
  });

  it.each([
    [{ maxTotal: 0 }, /maxTotal/],
    [{ maxPerKey: -1 }, /maxPerKey/],
    [{ maxKeys: 1.5 }, /maxKeys/],
    [{ maxPerkey: 3 }, /did you mean maxPerKey/],
    [{ hash: 'id' }, /hash/],
    [{ max: 3 }, /^createKeyedPool options: max: is not an option/],
    [{ maxi: 3 }, /maxi: is not an option; known are (?!.* max,)/],
    [{ idleTimeout: 3 }, /did you mean idleTimeoutMs/],
    [{ idleTimeoutMs: -3 }, /idleTimeoutMs: must be milliseconds/],
  ])('says what is wrong with %j', (options, message) => {
    expect(() => keyed(options as never)).toThrow(message);
  });

  it('never has more than maxTotal and maxPerKey, and serves everybody, in any history', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('acquire' as const),
          key: fc.constantFrom('a', 'b', 'c', 'd'),
        }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy' as const), pick: fc.nat() }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(3_000) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        async (steps, maxTotal, maxPerKey, fairAcrossKeys) => {
          const { pool, clock, made, ended } = keyed({
            maxTotal,
            maxPerKey,
            fairAcrossKeys,
            maxKeys: 4,
            idleTimeoutMs: 1_000,
            acquireTimeoutMs: 0,
          });
          const leases: Lease<Connection>[] = [];
          const waits: Promise<void>[] = [];
          const check = (): void => {
            const alive = made.filter((each) => !ended.includes(each));
            expect(alive.length).toBeLessThanOrEqual(maxTotal);
            expect(pool.stats().size).toBe(alive.length);
            for (const key of ['a', 'b', 'c', 'd']) {
              expect(alive.filter(({ host }) => host === key).length).toBeLessThanOrEqual(
                maxPerKey,
              );
            }
            expect(new Set(leases.map(({ resource }) => resource)).size).toBe(leases.length);
          };
          for (const each of steps) {
            if (each.do === 'acquire') {
              waits.push(
                pool.acquire(each.key).then((lease) => {
                  expect(lease.resource.host).toBe(each.key);
                  leases.push(lease);
                }),
              );
            } else if (each.do === 'advance') await clock.advance(each.ms);
            else if (leases.length > 0) leases.splice(each.pick % leases.length, 1)[0]?.[each.do]();
            await settle();
            check();
          }
          for (let left = waits.length; left >= 0; left--) {
            leases.shift()?.release();
            await settle();
            check();
          }
          await Promise.all(waits);
          for (const lease of leases) lease.release();
          await pool.close();
          expect(ended).toHaveLength(made.length);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the pool of one key', () => {
  const one = (): KeyedPool<string, Connection> => keyed().pool;

  it('is the same for the same key, and named after it', () => {
    const pool = one();
    expect(pool.pool('a')).toBe(pool.pool('a'));
    expect(pool.pool('a').name).toBe('pool[a]');
    expect(pool.has('b')).toBe(false);
  });
});
