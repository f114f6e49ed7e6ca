import { describe, expect, it } from 'vitest';
import { PoolError } from '../src/index.js';
import { auditStats, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, GATES, newWorld, releaseAll } from './support/world.js';

expectNoUnhandledRejection();

describe('a deadline', () => {
  it('rejects with the state of the pool, the limit, the label and the last failure of create', async () => {
    const { pool, clock, workshop } = newWorld({ max: 2, name: 'wasm:extractor' });
    const leases = await acquireAll(pool, 1);
    workshop.gates.set('create', 'fails');
    const late = pool.acquire({ timeoutMs: 2, label: 'the nightly job' });
    const rejection = late.catch((error: unknown) => error);
    await clock.advance(2);
    const error = await rejection;
    expect(error).toMatchObject({
      name: 'PoolTimeoutError',
      code: 'ERR_POOL_TIMEOUT',
      phase: 'wait',
      timeoutMs: 2,
      pool: 'wasm:extractor',
      counts: { borrowed: 1, max: 2, waiting: 1 },
    });
    expect(String(error)).toContain(
      'wasm:extractor: leased 1, idle 0, creating 1 of 2; waiting 1; last creation failed: the gate of create fails; ' +
        'no resource for the nightly job within 2 ms.',
    );
    expect((error as Error).cause).toMatchObject({ hook: 'create' });
    releaseAll(leases);
    await pool.close({ force: true });
  });

  it('is the option of the pool unless the call brings its own', async () => {
    const { pool, clock } = newWorld({ max: 1, acquireTimeoutMs: 100 });
    const [lease] = await acquireAll(pool, 1);
    const outcomes: string[] = [];
    for (const timeoutMs of [undefined, 40, 300]) {
      pool.acquire(timeoutMs === undefined ? {} : { timeoutMs }).catch((error: unknown) => {
        expect(PoolError.is(error, 'ERR_POOL_TIMEOUT')).toBe(true);
        outcomes.push(String(timeoutMs));
      });
    }
    await clock.advance(99);
    expect(outcomes).toEqual(['40']);
    await clock.advance(1);
    expect(outcomes).toEqual(['40', 'undefined']);
    await clock.advance(200);
    expect(outcomes).toEqual(['40', 'undefined', '300']);
    lease?.release();
    await pool.close();
  });

  it('is absolute: retries, failed checks and other waiters do not prolong it', async () => {
    const { pool, clock, workshop } = newWorld({
      max: 1,
      createRetry: { maxAttempts: 100, initialMs: 10, maxMs: 10 },
      testOnCreate: true,
    });
    workshop.gates.set('validate', 'fails');
    let refusedAt = 0;
    const start = clock.now();
    void pool.acquire({ timeoutMs: 95 }).catch(() => {
      refusedAt = clock.now();
    });
    await clock.advance(1_000);
    expect(refusedAt - start).toBe(95);
    expect(workshop.made).toBeGreaterThan(5);
    await pool.close({ force: true });
  });

  it('that passes while the pool is paused is a deadline all the same', async () => {
    const { pool, clock } = newWorld();
    pool.pause();
    const refused = expect(pool.acquire({ timeoutMs: 10 })).rejects.toThrow(/within 10 ms/);
    await clock.advance(10);
    await refused;
    await pool.close();
  });
});

describe('a waiter that has given up', () => {
  it('does not get the resource: it goes on to the next one in line', async () => {
    const { pool, clock } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const early = pool.acquire({ timeoutMs: 10 }).catch((error: unknown) => error);
    const patient = pool.acquire({ timeoutMs: 1_000 });
    await clock.advance(10);
    expect(PoolError.is(await early, 'ERR_POOL_TIMEOUT')).toBe(true);
    lease?.release();
    (await patient).release();
    await settle();
    expect(pool.stats()).toMatchObject({ idle: 1, waiting: 0, borrowed: 0 });
    await pool.close();
  });

  it('leaves the creation that was begun for it to the next one, or to the shelf', async () => {
    const { pool, clock, workshop } = newWorld({ max: 1 });
    workshop.gates.set('create', 'slow');
    const controller = new AbortController();
    const given = pool.acquire({ signal: controller.signal });
    controller.abort(new Error('not needed any more'));
    await expect(given).rejects.toMatchObject({
      code: 'ERR_POOL_ABORTED',
      cause: { message: 'not needed any more' },
    });
    const next = pool.acquire();
    await clock.advance(10);
    expect((await next).resource.serial).toBe(1);
    (await next).release();
    expect(workshop.made).toBe(1);
    const other = newWorld({ max: 1 });
    other.workshop.gates.set('create', 'slow');
    const refused = expect(other.pool.acquire({ timeoutMs: 5 })).rejects.toThrow();
    await other.clock.advance(50);
    await refused;
    expect(other.pool.stats()).toMatchObject({ idle: 1, size: 1 });
    await pool.close();
    await other.pool.close();
  });

  it('costs nothing when its signal had aborted before it called', async () => {
    const { pool, workshop } = newWorld({ max: 1 });
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(pool.acquire({ signal })).rejects.toMatchObject({ code: 'ERR_POOL_ABORTED' });
    await settle();
    expect([workshop.made, pool.pending]).toEqual([0, 0]);
    expect(pool.stats().counters).toMatchObject({ aborted: 1, enqueued: 0 });
    await pool.close();
  });

  it('can leave from anywhere in the line without disturbing the order of the others', async () => {
    const { pool } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const controllers = Array.from({ length: 30 }, () => new AbortController());
    const served: number[] = [];
    const waiting = controllers.map(async ({ signal }, index) => {
      const mine = await pool.acquire({ signal });
      served.push(index);
      mine.release();
    });
    const settled = Promise.allSettled(waiting);
    const leaving = [29, 0, 15, 14, 16, 1, 28];
    for (const index of leaving) controllers[index]?.abort();
    lease?.release();
    await settled;
    const staying = controllers.map((_, index) => index).filter((at) => !leaving.includes(at));
    expect(served).toEqual(staying);
    expect(pool.stats().counters.aborted).toBe(leaving.length);
    await pool.close();
  });

  it('that was in the way of others lets them pass at once', async () => {
    const { pool } = newWorld({ max: 1, concurrency: 2 });
    const [lease] = await acquireAll(pool, 1);
    const controller = new AbortController();
    const alone = pool.acquire({ exclusive: true, signal: controller.signal });
    const shared = pool.acquire();
    await settle();
    expect(pool.pending, 'nobody passes one who wants a resource for himself').toBe(2);
    controller.abort();
    await expect(alone).rejects.toMatchObject({ code: 'ERR_POOL_ABORTED' });
    releaseAll([await shared]);
    lease?.release();
    await pool.close();
  });

  it('with a signal that others wait on too takes all of them along, and those that got through keep their lease', async () => {
    const { pool } = newWorld({ max: 1, concurrency: 2 });
    const [lease] = await acquireAll(pool, 1);
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [
      pool.acquire({ exclusive: true, signal }),
      pool.acquire({ signal }),
      pool.acquire({ signal }),
    ];
    const outcomes = Promise.allSettled(calls);
    controller.abort();
    const leases = (await outcomes).flatMap((each) =>
      each.status === 'fulfilled' ? [each.value] : [],
    );
    expect(auditStats(pool.stats())).toEqual([]);
    expect(pool.stats()).toMatchObject({ waiting: 0, leases: 1 + leases.length });
    releaseAll(leases);
    lease?.release();
    await settle();
    expect(pool.stats()).toMatchObject({ idle: 1, leases: 0 });
    await pool.close();
  });

  it('does not keep listeners on a signal that outlives it', async () => {
    const { pool } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    const waiting = Array.from({ length: 100 }, () => pool.acquire({ signal }));
    expect(listeners, 'a hundred waiters put one listener on their signal').toBe(1);
    lease?.release();
    for (const acquired of waiting) (await acquired).release();
    expect(listeners).toBe(0);
    await pool.close();
  });
});

describe('giving up at the moment of hand-over', () => {
  /** Either the lease arrives, or the resource is free again: never neither. */
  async function race(
    act: (world: ReturnType<typeof newWorld>, abort: () => void, release: () => void) => void,
  ): Promise<void> {
    const world = newWorld({ max: 1, testOnBorrow: true, validateAfterIdleMs: 0 });
    const { pool, clock } = world;
    const [lease] = await acquireAll(pool, 1);
    const controller = new AbortController();
    const acquired = pool.acquire({ signal: controller.signal, timeoutMs: 20 });
    const outcome = acquired.then(
      (mine) => mine,
      () => undefined,
    );
    act(
      world,
      () => controller.abort(),
      () => lease?.release(),
    );
    await clock.advance(200);
    const mine = await outcome;
    expect(pool.stats()).toMatchObject({ leases: mine === undefined ? 0 : 1, waiting: 0 });
    mine?.release();
    await clock.advance(200);
    expect(pool.available).toBe(1);
    expect(auditStats(pool.stats())).toEqual([]);
    await pool.close();
  }

  it('abort, then release, in one turn', () =>
    race((_, abort, release) => {
      abort();
      release();
    }));

  it('release, then abort, in one turn', () =>
    race((_, abort, release) => {
      release();
      abort();
    }));

  it('abort in each of the microtasks after the release', async () => {
    for (let turns = 0; turns < 8; turns++) {
      await race((_, abort, release) => {
        release();
        let at = Promise.resolve();
        for (let turn = 0; turn < turns; turn++) at = at.then(() => {});
        void at.then(abort);
      });
    }
  });

  it('the deadline rings at the very moment of the release', () =>
    race(({ clock }, _, release) => {
      clock.setTimeout(release, 20);
    }));

  it('abort while the resource is being checked, reset or made for this waiter', async () => {
    for (const hook of ['validate', 'reset', 'create'] as const) {
      for (const gate of GATES) {
        const { pool, clock, workshop } = newWorld({
          max: 1,
          testOnBorrow: true,
          validateAfterIdleMs: 0,
          testOnReturn: true,
        });
        const [lease] = await acquireAll(pool, 1);
        workshop.gates.set(hook, gate);
        const controller = new AbortController();
        const outcome = pool.acquire({ signal: controller.signal }).catch(() => undefined);
        if (hook === 'create') lease?.destroy();
        else lease?.release();
        await clock.advance(5);
        controller.abort();
        const mine = await outcome;
        workshop.gates.heal();
        mine?.release();
        await clock.advance(500);
        const next = await pool.acquire();
        expect(next.active, `${hook} ${gate}`).toBe(true);
        next.release();
        expect(auditStats(pool.stats()), `${hook} ${gate}`).toEqual([]);
        await pool.close();
      }
    }
  });
});
