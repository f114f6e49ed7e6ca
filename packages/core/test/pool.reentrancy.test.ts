import { describe, expect, it } from 'vitest';
import { createPool, type Lease, PoolError } from '../src/index.js';
import { auditStats, settle } from '../src/testing/index.js';
import { Counted } from './support/counted.js';
import { expectNoUnhandledRejection } from './support/rejections.js';

expectNoUnhandledRejection();

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
    const waiting = [pool.acquire(), pool.acquire(), pool.acquire()];
    await Promise.all([
      pool.clear({ failWaiters: true }),
      ...waiting.map((acquired) => expect(acquired).rejects.toThrow(PoolError)),
    ]);
    expect(again).toBe(3);
    expect(pool.pending).toBe(3);
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
