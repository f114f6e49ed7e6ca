import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createKeyedPool } from '@rockpool/core';
import { settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { type Connection, keyed } from './support/keyed.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

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
