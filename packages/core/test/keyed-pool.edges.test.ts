import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createKeyedPool } from '@rockpool/core';
import { EventRecorder, ManualClock, settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

interface Connection {
  readonly host: unknown;
}

type Options = Parameters<typeof createKeyedPool<unknown, Connection>>[1];

function keyed(options: Options = {}) {
  const clock = new ManualClock();
  const pool = createKeyedPool<unknown, Connection>(({ key }) => ({ host: key }), {
    clock,
    idleTimeoutMs: 0,
    ...options,
  });
  return { clock, pool };
}

describe('the factory of a keyed pool', () => {
  it('has each of its hooks called as its method, with the key', async () => {
    const factory = {
      called: [] as string[],
      create({ key }: { readonly key: string }): Connection {
        this.called.push(`create ${key}`);
        return { host: key };
      },
      validate(_: Connection, { key, phase }: { readonly key: string; readonly phase: string }) {
        this.called.push(`validate ${key} ${phase}`);
      },
      reset(_: Connection, { key }: { readonly key: string }) {
        this.called.push(`reset ${key}`);
      },
      destroy(_: Connection, { key, reason }: { readonly key: string; readonly reason: string }) {
        this.called.push(`destroy ${key} ${reason}`);
      },
    };
    const pool = createKeyedPool<string, Connection>(factory, { testOnReturn: true });
    (await pool.acquire('a')).release();
    await pool.close();
    expect(factory.called).toEqual(['create a', 'reset a', 'validate a return', 'destroy a close']);
  });

  it('needs no more hooks than it has', async () => {
    const { pool } = keyed();
    (await pool.acquire('a')).release();
    expect(pool.pool('a').stats().counters).toMatchObject({ resets: 0, validated: 0 });
    await pool.close();
  });
});

describe('the names of a keyed pool', () => {
  it('are its own, and that of each key in brackets', async () => {
    const { pool } = keyed({ name: 'hosts' });
    expect([pool.name, pool.stats().name]).toEqual(['hosts', 'hosts']);
    const names = ['a', 7, undefined, null, { host: 'x' }].map((key) => pool.pool(key).name);
    expect(names).toEqual([
      'hosts[a]',
      'hosts[7]',
      'hosts[undefined]',
      'hosts[null]',
      'hosts[object]',
    ]);
    await pool.close();
    await expect(pool.acquire('b')).rejects.toMatchObject({
      code: 'ERR_POOL_CLOSED',
      message: 'hosts is closed: it lends nothing any more',
      pool: 'hosts',
    });
  });
});

describe('a key', () => {
  it('has a pool from the first question on until it is deleted', async () => {
    const { pool } = keyed();
    expect(pool.has('a')).toBe(false);
    (await pool.acquire('a')).release();
    expect(pool.has('a')).toBe(true);
    expect([...pool.keys()]).toEqual(['a']);
    await pool.delete('nobody');
    await pool.delete('a');
    expect(pool.has('a')).toBe(false);
    expect(pool.stats()).toMatchObject({ keys: 0, size: 0, idle: 0 });
    await pool.close();
  });

  it('that somebody waits under is not closed to make place for another', async () => {
    const { pool } = keyed({ maxKeys: 1, maxTotal: 1 });
    const lease = await pool.acquire('a');
    const waiting = pool.acquire('a');
    lease.detach();
    await expect(pool.acquire('b')).rejects.toMatchObject({
      code: 'ERR_POOL_EXHAUSTED',
      message: 'pool: all 1 keys are in use; release some, or raise maxKeys',
      pool: 'pool',
    });
    (await waiting).release();
    (await pool.acquire('b')).release();
    expect(pool.stats().keysEvicted).toBe(1);
    await pool.close();
  });

  it('that somebody waits under for the first resource is not closed for another either', async () => {
    let give: (connection: Connection) => void = () => {};
    const create = (): Promise<Connection> =>
      new Promise((resolve) => {
        give = resolve;
      });
    const pool = createKeyedPool<string, Connection>(create, { maxKeys: 1 });
    const waiting = pool.acquire('a');
    await expect(pool.acquire('b')).rejects.toMatchObject({ code: 'ERR_POOL_EXHAUSTED' });
    give({ host: 'a' });
    (await waiting).release();
    await pool.close();
  });

  it.each([undefined, null, '', 0])(
    'may be %s, and goes like any other when room is needed',
    async (key) => {
      const { pool } = keyed({ maxKeys: 1 });
      (await pool.acquire(key)).release();
      (await pool.acquire('b')).release();
      expect([...pool.keys()]).toEqual(['b']);
      await pool.close();
      expect([...pool.keys()]).toEqual([]);
    },
  );

  it('whose pool was closed by itself has a new one when it is next asked for', async () => {
    const { pool } = keyed({ min: 1, createRetry: false });
    (await pool.acquire('a')).release();
    const first = pool.pool('a');
    await first.close();
    expect(pool.has('a')).toBe(false);
    const lease = await pool.acquire('a');
    expect(pool.pool('a')).not.toBe(first);
    lease.release();
    await pool.close();
  });

  it('keeps its pool while there is one more resource, or a caller in line', async () => {
    const { pool } = keyed({ maxPerKey: 2 });
    const one = await pool.acquire('a');
    const two = await pool.acquire('a');
    const named = pool.pool('a');
    one.destroy();
    await settle();
    expect(pool.has('a')).toBe(true);
    two.destroy();
    await settle();
    expect(pool.has('a')).toBe(false);
    expect(named.state).toBe('closed');
    await pool.close();
  });

  it('that is to keep resources keeps its pool when the last of them ends', async () => {
    const { pool } = keyed({ min: 1, createRetry: false });
    const lease = await pool.acquire('a');
    lease.destroy();
    await settle();
    expect(pool.has('a')).toBe(true);
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 });
    await pool.close();
  });
});

describe('a keyed pool as one', () => {
  it('gives options of a call to the pool of the key', async () => {
    const { pool, clock } = keyed({ maxPerKey: 1 });
    const lease = await pool.acquire('a');
    const refused = [
      pool.acquire('a', { timeoutMs: 5 }).catch((error: Error) => error.message),
      pool
        .use('a', () => 7, { timeoutMs: 5, label: 'seven' })
        .catch((error: Error) => error.message),
    ];
    await clock.advance(5);
    expect(await refused[0]).toContain('within 5 ms');
    expect(await refused[1]).toContain('for seven within 5 ms');
    lease.release();
    expect(pool.tryAcquire('a', { where: () => false })).toBeUndefined();
    expect(pool.tryAcquire('a')?.resource.host).toBe('a');
    await pool.close({ force: true });
  });

  it('begins a new generation under every key', async () => {
    const { pool } = keyed();
    for (const key of ['a', 'b']) (await pool.acquire(key)).release();
    const held = await pool.acquire('a');
    await pool.clear();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 0 });
    held.release();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 0, keys: 0 });
    await pool.close();
  });

  it('counts over all keys', async () => {
    const { pool } = keyed({ maxPerKey: 1 });
    const leases = [await pool.acquire('a'), await pool.acquire('b')];
    (await pool.acquire('c')).release();
    const waiting = [pool.acquire('a'), pool.acquire('b')];
    expect(pool.stats()).toEqual({
      name: 'pool',
      keys: 3,
      size: 3,
      idle: 1,
      borrowed: 2,
      waiting: 2,
      keysEvicted: 0,
    });
    for (const lease of leases) lease.release();
    for (const lease of await Promise.all(waiting)) lease.release();
    await pool.close();
  });

  it('is not heard any more under any key when its listener was taken back', async () => {
    const { pool } = keyed();
    const keys: unknown[] = [];
    const off = pool.on('release', (_, key) => keys.push(key));
    (await pool.acquire('a')).release();
    off();
    (await pool.acquire('a')).release();
    (await pool.acquire('b')).release();
    expect(keys).toEqual(['a']);
    await pool.close();
  });

  it('leaves nothing of keys that are gone to those who listen to all', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { pool } = keyed();
    let heard = 0;
    pool.on('destroy', () => heard++);
    const come = async (keys: number): Promise<number> => {
      for (let key = 0; key < keys; key++) {
        (await pool.acquire(key)).release();
        await pool.delete(key);
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = await come(500);
    const after = await come(2_000);
    expect(heard).toBe(2_500);
    // A pool is some kilobytes: kept, they would be more than ten megabytes.
    expect(after - before).toBeLessThan(2_000_000);
    await pool.close();
  });

  it('closes with its scope', async () => {
    const { pool } = keyed();
    (await pool.acquire('a')).release();
    const member = pool.pool('a');
    await pool[Symbol.asyncDispose]();
    expect([member.state, pool.stats().keys]).toEqual(['closed', 0]);
  });

  it('closes by force what was deleted before and has not ended yet', async () => {
    const { pool } = keyed({ closeTimeoutMs: 60_000 });
    const lease = await pool.acquire('a');
    const deleted = pool.delete('a');
    await settle();
    expect(lease.active).toBe(true);
    await pool.close({ force: true });
    await deleted;
    expect(lease.active).toBe(false);
  });

  it('can be closed by force after a close that waits', async () => {
    const { pool } = keyed({ closeTimeoutMs: 60_000 });
    const lease = await pool.acquire('a');
    const closing = pool.close();
    await settle();
    expect(lease.active).toBe(true);
    await pool.close({ force: true });
    await closing;
    expect(lease.active).toBe(false);
  });
});

describe('places that keys have in common', () => {
  it('are given back by each key as it ends a resource, and taken by who waits for longest', async () => {
    const { pool, clock } = keyed({ maxTotal: 2 });
    const a = await pool.acquire('a');
    const b = await pool.acquire('b');
    const first = pool.acquire('c');
    await clock.advance(1);
    const second = pool.acquire('d');
    await clock.advance(1);
    b.destroy();
    expect((await first).resource.host).toBe('c');
    expect(pool.stats()).toMatchObject({ size: 2, waiting: 1 });
    a.destroy();
    expect((await second).resource.host).toBe('d');
    for (const lease of [await first, await second]) lease.release();
    await pool.close();
  });

  it('are not taken from a key while there is room', async () => {
    const { pool } = keyed({ maxTotal: 3 });
    (await pool.acquire('a')).release();
    const recorder = new EventRecorder(pool.pool('a'), ['destroy']);
    const leases = [await pool.acquire('b'), await pool.acquire('c')];
    expect(recorder.names).toEqual([]);
    const third = await pool.acquire('d');
    expect(recorder.of('destroy')).toMatchObject([{ resource: { host: 'a' }, reason: 'surplus' }]);
    for (const lease of [...leases, third]) lease.release();
    await pool.close();
  });

  it('cost one idle resource for each that waits, and no more', async () => {
    const { pool, clock } = keyed({ maxTotal: 3 });
    const leases = [await pool.acquire('a'), await pool.acquire('a'), await pool.acquire('b')];
    for (const lease of leases) lease.release();
    const c = await pool.acquire('c');
    expect(pool.stats()).toMatchObject({ size: 3, idle: 2, borrowed: 1 });
    await clock.advance(1);
    c.release();
    expect(pool.stats()).toMatchObject({ size: 3, idle: 3 });
    await pool.close();
  });

  it('cost nothing where the last of them is being filled for who waits', async () => {
    let give: (connection: Connection) => void = () => {};
    const pool = createKeyedPool<string, Connection>(
      ({ key }) =>
        key === 'a'
          ? { host: key }
          : new Promise<Connection>((resolve) => {
              give = resolve;
            }),
      { maxTotal: 2, clock: new ManualClock() },
    );
    (await pool.acquire('a')).release();
    const waiting = pool.acquire('b');
    await settle();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 1, waiting: 1 });
    give({ host: 'b' });
    (await waiting).release();
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2 });
    await pool.close();
  });

  it('go on to the next who waits when the first has given up', async () => {
    const { pool, clock } = keyed({ maxTotal: 1 });
    const held = await pool.acquire('a');
    const impatient = pool.acquire('b', { timeoutMs: 5 }).catch((error: Error) => error);
    await clock.advance(1);
    const patient = pool.acquire('c');
    await clock.advance(10);
    expect(await impatient).toMatchObject({ code: 'ERR_POOL_TIMEOUT' });
    held.release();
    expect((await patient).resource.host).toBe('c');
    (await patient).release();
    await pool.close();
  });

  it('are no longer wanted by a key that was deleted', async () => {
    const { pool } = keyed({ maxTotal: 1 });
    const held = await pool.acquire('a');
    const refused = pool.acquire('b').catch((error: Error) => error);
    await pool.delete('b');
    expect(await refused).toMatchObject({ code: 'ERR_POOL_CLOSED' });
    held.release();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1, keys: 1 });
    await pool.close();
  });

  it('stay with the key whose own caller waits, where keys need not be fair', async () => {
    const { pool, clock } = keyed({ maxTotal: 1, fairAcrossKeys: false });
    const held = await pool.acquire('a');
    const other = pool.acquire('b');
    await clock.advance(1);
    const own = pool.acquire('a');
    held.release();
    const lease = await own;
    expect(pool.stats().waiting).toBe(1);
    lease.release();
    expect((await other).resource.host).toBe('b');
    (await other).release();
    await pool.close();
  });

  describe('while one of another key is being ended for who waits', () => {
    /** Two resources of `a`, and a caller under `b`; `end` lets the next ending that hangs come to its end. */
    async function ending() {
      const hanging: (() => void)[] = [];
      const pool = createKeyedPool<unknown, Connection>(
        {
          create: ({ key }) => ({ host: key }),
          destroy: () => new Promise<void>((resolve) => hanging.push(resolve)),
        },
        { clock: new ManualClock(), idleTimeoutMs: 0, maxTotal: 2, destroyTimeoutMs: 0 },
      );
      const end = async (): Promise<void> => {
        hanging.shift()?.();
        await settle();
      };
      // What was ended before anybody lacked a place is of no account later.
      for (const key of ['x', 'y', 'z']) {
        (await pool.acquire(key)).destroy();
        await end();
      }
      const one = await pool.acquire('a');
      const two = await pool.acquire('a');
      return { pool, hanging, end, one, two };
    }

    it('are not taken a second time, whoever else asks and gives up meanwhile', async () => {
      const { pool, hanging, end, one, two } = await ending();
      one.release();
      two.release();
      const waiting = pool.acquire('b');
      await settle();
      expect(hanging).toHaveLength(1);
      const abort = new AbortController();
      const gaveUp = pool.acquire('b', { signal: abort.signal }).catch((error: Error) => error);
      await settle();
      abort.abort();
      expect(await gaveUp).toMatchObject({ code: 'ERR_POOL_ABORTED' });
      expect(hanging).toHaveLength(1);
      await end();
      expect((await waiting).resource.host).toBe('b');
      expect(pool.stats()).toMatchObject({ size: 2, idle: 1, borrowed: 1 });
      void pool.close({ force: true });
    });

    it('are not taken from what comes back meanwhile', async () => {
      const { pool, hanging, end, one, two } = await ending();
      one.release();
      const waiting = pool.acquire('b');
      await settle();
      expect(hanging).toHaveLength(1);
      two.release();
      await settle();
      expect(hanging).toHaveLength(1);
      expect(pool.stats().idle).toBe(1);
      await end();
      expect((await waiting).resource.host).toBe('b');
      void pool.close({ force: true });
    });
  });

  it('are not taken for who has given up', async () => {
    const { pool } = keyed({ maxTotal: 1 });
    const held = await pool.acquire('a');
    const abort = new AbortController();
    const gaveUp = pool.acquire('b', { signal: abort.signal }).catch((error: Error) => error);
    abort.abort();
    expect(await gaveUp).toMatchObject({ code: 'ERR_POOL_ABORTED' });
    held.release();
    await settle();
    expect(pool.pool('a').available).toBe(1);
    await pool.close();
  });
});
