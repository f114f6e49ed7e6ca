import { createKeyedPool } from '@rockpool/core';
import { EventRecorder, ManualClock, settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { type Connection, keyed } from './support/keyed.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

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
