import { describe, expect, it } from 'vitest';
import { createPool, type TestPhase } from '../src/index.js';
import { auditStats, EventRecorder, ManualClock, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld, releaseAll } from './support/world.js';

expectNoUnhandledRejection();

/** A pool that writes down in which phases it checks. */
function watchedPool(options: Parameters<typeof createPool<object>>[1]) {
  const clock = new ManualClock();
  const phases: TestPhase[] = [];
  const pool = createPool<object>(
    {
      create: () => ({}),
      validate: (_resource, { phase }) => {
        phases.push(phase);
      },
    },
    { max: 2, idleTimeoutMs: 0, clock, ...options },
  );
  return { clock, phases, pool };
}

describe('a check', () => {
  it('is made in the phases that the options name, and in no other', async () => {
    const loan = async (options: Parameters<typeof watchedPool>[0]): Promise<TestPhase[]> => {
      const { pool, clock, phases } = watchedPool(options);
      for (let round = 0; round < 2; round++) {
        const lease = await pool.acquire();
        await lease.releaseAsync();
        await clock.advance(1_000);
      }
      await pool.close();
      return phases;
    };
    expect(await loan({})).toEqual([]);
    expect(await loan({ testOnCreate: true })).toEqual(['create']);
    expect(await loan({ testOnBorrow: true })).toEqual(['borrow']);
    expect(await loan({ testOnReturn: true })).toEqual(['return', 'return']);
    expect(await loan({ testWhileIdle: true, keepAliveMs: 800 })).toEqual(['idle', 'idle']);
  });

  it('on borrow is left out for a resource used within validateAfterIdleMs, and for a new one', async () => {
    const { pool, clock, phases } = watchedPool({ testOnBorrow: true, validateAfterIdleMs: 500 });
    (await pool.acquire()).release();
    await clock.advance(499);
    (await pool.acquire()).release();
    expect(phases).toEqual([]);
    await clock.advance(500);
    (await pool.acquire()).release();
    expect(phases).toEqual(['borrow']);
    await pool.close();
  });

  it('on borrow is made for each loan with validateAfterIdleMs 0, also from hand to hand', async () => {
    const { pool, phases } = watchedPool({ max: 1, testOnBorrow: true, validateAfterIdleMs: 0 });
    const first = await pool.acquire();
    expect(phases, 'a brand-new one is not checked').toEqual([]);
    const second = pool.acquire();
    first.release();
    (await second).release();
    (await pool.acquire()).release();
    expect(phases).toEqual(['borrow', 'borrow']);
    await pool.close();
  });

  it('that says false, 0 or anything that is no health ends the resource and another one is lent', async () => {
    for (const answer of [false, 0, 1.5, -1, Number.NaN]) {
      let answers = 0;
      const ended: string[] = [];
      const pool = createPool<object>(
        {
          create: () => ({}),
          validate: () => (answers++ === 0 ? answer : true),
          destroy: (_resource, { reason }) => void ended.push(reason),
        },
        { max: 1, testOnBorrow: true, validateAfterIdleMs: 0 },
      );
      (await pool.acquire()).release();
      const lease = await pool.acquire();
      expect(ended, String(answer)).toEqual(['invalid']);
      lease.release();
      expect(pool.stats().counters).toMatchObject({ validated: 1, invalid: 1 });
      await pool.close();
    }
  });

  it('that says true, nothing or a share leaves the resource in use', async () => {
    for (const answer of [true, undefined, 1, 0.4]) {
      const pool = createPool<object>(
        { create: () => ({}), validate: () => answer },
        { max: 1, testOnReturn: true },
      );
      await (await pool.acquire()).releaseAsync();
      expect(pool.available, String(answer)).toBe(1);
      expect(pool.stats().health).toBe(answer === 0.4 ? 70 : 100);
      await pool.close();
    }
  });

  it('that throws or rejects counts as failed: the slot is replaced and nothing is unhandled', async () => {
    for (const manner of ['at-once', 'in-a-promise'] as const) {
      const { pool, workshop, clock } = newWorld(
        { max: 1, testOnBorrow: true, validateAfterIdleMs: 0 },
        manner,
      );
      releaseAll(await acquireAll(pool, 1));
      await settle();
      workshop.gates.set('validate', 'fails');
      const lease = await pool.acquire();
      expect(lease.resource.serial).toBe(2);
      expect([...workshop.ended.values()]).toEqual(['invalid']);
      lease.release();
      await clock.advance(10);
      await pool.close();
      expect(auditStats(pool.stats())).toEqual([]);
    }
  });

  it('that hangs is over at its limit and does not hold up the line', async () => {
    const { pool, workshop, clock } = newWorld({
      max: 2,
      testOnBorrow: true,
      validateAfterIdleMs: 0,
      validateTimeoutMs: 20,
    });
    releaseAll(await acquireAll(pool, 2));
    await settle();
    workshop.gates.set('validate', 'hangs');
    const waiting = [pool.acquire(), pool.acquire()];
    await clock.advance(21);
    const leases = await Promise.all(waiting);
    expect(leases.map(({ resource }) => resource.serial).sort()).toEqual([3, 4]);
    releaseAll(leases);
    workshop.gates.heal();
    await clock.advance(50);
    await pool.close();
  });

  it('in the background finds out a spoilt resource, and min is kept', async () => {
    const { pool, workshop, clock } = newWorld({
      min: 2,
      max: 2,
      testWhileIdle: true,
      keepAliveMs: 100,
    });
    await pool.ready();
    workshop.gates.set('validate', 'fails');
    await clock.advance(130);
    workshop.gates.heal();
    await clock.advance(50);
    expect(pool.available).toBe(2);
    expect([...workshop.ended.values()]).toEqual(['invalid', 'invalid']);
    await pool.close();
  });

  it('in the background makes no resource beyond minIdle', async () => {
    const { pool, workshop, clock } = newWorld({
      minIdle: 1,
      max: 5,
      testWhileIdle: true,
      keepAliveMs: 100,
    });
    await pool.ready();
    await clock.advance(5_000);
    expect(pool.stats().counters.validated).toBeGreaterThan(20);
    expect(workshop.made).toBe(1);
    await pool.close();
  });

  it('in the background does not keep a resource young', async () => {
    const { pool, clock } = newWorld({
      max: 2,
      testWhileIdle: true,
      keepAliveMs: 50,
      idleTimeoutMs: 400,
    });
    releaseAll(await acquireAll(pool, 2));
    await clock.advance(800);
    expect(pool.size).toBe(0);
    await pool.close();
  });

  it('is the resource’s own method, under either name, unless the factory has one', async () => {
    const asked: string[] = [];
    const own = (name: string) => ({
      [name]: () => {
        asked.push(name);
        return true;
      },
    });
    for (const name of ['validate', 'isHealthy']) {
      const pool = createPool<object>(() => own(name), { max: 1, testOnReturn: true });
      await (await pool.acquire()).releaseAsync();
      await pool.close();
    }
    const pool = createPool<object>(
      { create: () => own('validate'), validate: () => void asked.push('factory') },
      { max: 1, testOnReturn: true },
    );
    await (await pool.acquire()).releaseAsync();
    await pool.close();
    expect(asked).toEqual(['validate', 'isHealthy', 'factory']);
  });

  it('is announced with its phase, its answer and the score afterwards', async () => {
    const { pool, workshop } = newWorld({ max: 1, testOnReturn: true });
    const recorder = new EventRecorder(pool, ['validate']);
    const [lease] = await acquireAll(pool, 1);
    workshop.gates.set('validate', 'fails');
    await lease?.releaseAsync();
    expect(recorder.of('validate')).toMatchObject([
      { phase: 'return', ok: false, health: 75, error: { code: 'ERR_POOL_INVALID' } },
    ]);
    expect(recorder.of('validate')[0]?.error).toMatchObject({
      message: 'Health check failed: the gate of validate fails',
      cause: { hook: 'validate' },
    });
    await pool.close();
  });
});

describe('a reset', () => {
  it('that says false, throws, rejects or hangs ends the resource, and the waiter gets another one', async () => {
    const resets: (() => unknown)[] = [
      () => false,
      () => {
        throw new Error('cannot be cleaned');
      },
      () => Promise.resolve(false),
      () => Promise.reject(new Error('cannot be cleaned')),
      () => new Promise(() => {}),
    ];
    for (const [index, reset] of resets.entries()) {
      const clock = new ManualClock();
      let made = 0;
      let resetting = true;
      const ended: string[] = [];
      const pool = createPool<{ id: number }>(
        {
          create: () => ({ id: ++made }),
          reset: () => (resetting ? (reset() as boolean) : true),
          destroy: (_resource, { reason }) => void ended.push(reason),
        },
        { max: 1, clock, resetTimeoutMs: 20, idleTimeoutMs: 0 },
      );
      const lease = await pool.acquire();
      const waiting = pool.acquire();
      lease.release();
      await clock.advance(20);
      expect((await waiting).resource.id, `reset ${index}`).toBe(2);
      expect(ended).toEqual(['reset-failed']);
      expect(pool.stats().counters.resetErrors).toBe(1);
      resetting = false;
      (await waiting).release();
      await pool.close();
    }
  });

  it('comes between any two loans, so that no borrower sees what another one left', async () => {
    class Notebook {
      readonly notes: string[] = [];

      reset(): void {
        this.notes.length = 0;
      }
    }
    const pool = createPool(() => new Notebook(), { max: 2 });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        pool.use(({ notes }) => {
          expect(notes).toEqual([]);
          notes.push(`borrower ${index}`);
        }),
      ),
    );
    expect(pool.stats().counters.resets).toBe(20);
    await pool.close();
  });
});

describe('a destroy', () => {
  it('that throws, rejects or hangs is counted, and its place is free all the same', async () => {
    for (const gate of ['fails', 'hangs', 'late'] as const) {
      for (const manner of ['at-once', 'in-a-promise'] as const) {
        const { pool, workshop, clock } = newWorld({ max: 1, destroyTimeoutMs: 20 }, manner);
        const recorder = new EventRecorder(pool, ['destroyError', 'destroy']);
        const [lease] = await acquireAll(pool, 1);
        workshop.gates.set('destroy', gate);
        lease?.destroy();
        const next = pool.acquire();
        await clock.advance(20);
        expect((await next).resource.serial).toBe(2);
        expect(recorder.names).toEqual(['destroyError', 'destroy']);
        expect(pool.stats().counters).toMatchObject({ destroyed: 1, destroyErrors: 1 });
        workshop.gates.heal();
        (await next).release();
        await clock.advance(200);
        await pool.close();
        expect(workshop.faults).toEqual([]);
      }
    }
  });

  it('keeps its place until it has answered: never more than max are alive', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    workshop.gates.set('destroy', 'slow');
    lease?.destroy();
    const next = pool.acquire();
    await settle();
    expect(pool.stats()).toMatchObject({ size: 1, destroying: 1, creating: 0, waiting: 1 });
    await clock.advance(10);
    expect((await next).resource.serial).toBe(2);
    workshop.gates.heal();
    (await next).release();
    await clock.advance(100);
    await pool.close();
  });

  it('is told the reason', async () => {
    const { pool, workshop } = newWorld({ max: 4, maxUses: 2 }, 'at-once');
    const [one, two, three] = await acquireAll(pool, 3);
    one?.destroy();
    two?.resource.die();
    two?.release();
    three?.release();
    (await pool.acquire()).release();
    expect([...workshop.ended.values()]).toEqual(['borrower', 'died', 'uses']);
    expect(pool.stats().destroyedBy).toMatchObject({ borrower: 1, died: 1, uses: 1, idle: 0 });
    await pool.close();
  });
});

describe('a resource that dies', () => {
  it('while it is idle is removed and replaced for min', async () => {
    const { pool, workshop } = newWorld({ min: 1, max: 1 });
    await pool.ready();
    const recorder = new EventRecorder(pool, ['died']);
    const [product] = [...workshop.alive];
    const cause = new Error('the server hung up');
    product?.die(cause);
    product?.die(cause);
    await pool.ready();
    expect(recorder.of('died')).toMatchObject([{ error: cause, info: { id: 1 } }]);
    expect(workshop.made).toBe(2);
    await pool.close();
  });

  it('on loan aborts the signal of its lease and is not lent again', async () => {
    const { pool } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const { signal, resource } = lease as NonNullable<typeof lease>;
    const waiting = pool.acquire();
    const cause = new Error('the server hung up');
    resource.die(cause);
    expect([signal.aborted, signal.reason, lease?.active]).toEqual([true, cause, true]);
    lease?.release();
    expect((await waiting).resource).not.toBe(resource);
    (await waiting).release();
    await pool.close();
  });

  it('while it is checked or reset is ended when that is over, with the reason died', async () => {
    for (const hook of ['validate', 'reset'] as const) {
      const { pool, workshop, clock } = newWorld({ max: 1, testOnReturn: true });
      const [lease] = await acquireAll(pool, 1);
      const product = lease?.resource;
      workshop.gates.set(hook, 'slow');
      lease?.release();
      await settle();
      product?.die();
      await clock.advance(10);
      expect([...workshop.ended.values()], hook).toEqual(['died']);
      await pool.close();
    }
  });
});
