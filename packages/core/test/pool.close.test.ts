import { describe, expect, it } from 'vitest';
import { type CloseOptions, type Lease, type Pool, PoolError } from '../src/index.js';
import { auditStats, EventRecorder, settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import {
  acquireAll,
  GATES,
  LONG_MS,
  newWorld,
  type Product,
  releaseAll,
  type World,
} from './support/world.js';

expectNoUnhandledRejection();

/** Brings a pool into some state; what it returns cleans up afterwards. */
type Situation = (world: World) => Promise<void>;

const SITUATIONS: Record<string, Situation> = {
  'that was never used': () => Promise.resolve(),
  'that was never started': async () => {},
  'with idle resources': async ({ pool }) => {
    releaseAll(await acquireAll(pool, 2));
    await settle();
  },
  'with a lease that comes back': async ({ pool, clock }) => {
    const [lease] = await acquireAll(pool, 1);
    clock.setTimeout(() => lease?.release(), 30);
  },
  'with a lease that never comes back': async ({ pool }) => {
    await acquireAll(pool, 1);
  },
  'with callers in line': async ({ pool }) => {
    await acquireAll(pool, 2);
    for (let index = 0; index < 3; index++) void pool.acquire().catch(isPoolError);
  },
  'that is paused, with callers in line': async ({ pool }) => {
    pool.pause();
    for (let index = 0; index < 3; index++) void pool.acquire().catch(isPoolError);
  },
  'that is draining': async ({ pool }) => {
    await acquireAll(pool, 1);
    void pool.drain().catch(isPoolError);
  },
  'that somebody waits to be ready': async ({ pool, workshop }) => {
    workshop.gates.set('create', 'hangs');
    void pool.ready({ idle: 2 }).catch(isPoolError);
    await settle();
  },
};

for (const hook of ['create', 'validate', 'reset', 'destroy'] as const) {
  for (const gate of GATES) {
    SITUATIONS[`in the middle of a ${hook} that ${gate}`] = async ({ pool, workshop }) => {
      if (hook === 'create') {
        workshop.gates.set('create', gate);
        for (let index = 0; index < 2; index++) void pool.acquire().catch(isPoolError);
        return;
      }
      const [one, other] = await acquireAll(pool, 2);
      workshop.gates.set(hook, gate);
      if (hook === 'destroy') one?.destroy();
      else one?.release();
      other?.release();
      await settle();
    };
  }
}

SITUATIONS['between two attempts to create'] = async ({ pool, workshop }) => {
  workshop.gates.set('create', 'fails');
  void pool.acquire().catch(isPoolError);
  await settle();
};

const WAYS: Record<string, CloseOptions> = {
  patiently: {},
  'with a limit': { timeoutMs: 60 },
  'by force': { force: true },
};

describe('close', () => {
  for (const [situation, prepare] of Object.entries(SITUATIONS)) {
    for (const [way, options] of Object.entries(WAYS)) {
      it(`settles ${way} in a pool ${situation}`, async () => {
        const world = newWorld({
          max: 2,
          testOnCreate: true,
          testOnReturn: true,
          ...(situation === 'that was never started' && { autostart: false, min: 1 }),
        });
        await prepare(world);
        await closeAndAsk(world, options);
      });
    }
  }

  it('may be called twice, from inside hooks and listeners, and settles for all callers', async () => {
    const { pool, clock } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const calls: Promise<void>[] = [pool.close(), pool.close()];
    pool.on('state', () => void calls.push(pool.close()));
    clock.setTimeout(() => lease?.release(), 10);
    await clock.advance(50);
    calls.push(pool.close(), pool.close({ force: true }));
    await Promise.all(calls);
    expect(pool.state).toBe('closed');
  });

  it('refuses callers at once, names the state, and gives those in line the same answer', async () => {
    const { pool, clock } = newWorld({ max: 1, name: 'closing-pool' });
    const [lease] = await acquireAll(pool, 1);
    const inLine = pool.acquire().catch((error: unknown) => error);
    const closing = pool.close();
    expect(await inLine).toMatchObject({ code: 'ERR_POOL_CLOSED', pool: 'closing-pool' });
    const late = await pool.acquire().catch((error: unknown) => error);
    expect(String(late)).toContain('closing-pool is closing: it lends nothing any more');
    lease?.release();
    await clock.advance(0);
    await closing;
    expect(String(await pool.acquire().catch((error: unknown) => error))).toContain('is closed');
    await expect(pool.ready()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    await pool.drain();
    await pool.clear();
    pool.pause();
    pool.resume();
    pool.start();
    expect(pool.state).toBe('closed');
  });

  it('waits closeTimeoutMs for leases, then takes them away, tells their holders and warns', async () => {
    const { pool, clock, workshop } = newWorld({ max: 2, closeTimeoutMs: 100 });
    const warnings = new EventRecorder(pool, ['warn']);
    const [lease] = await acquireAll(pool, 1);
    const held = lease as Lease<Product>;
    const { signal } = held;
    let closed = false;
    void pool.close().then(() => {
      closed = true;
    });
    await clock.advance(99);
    expect([closed, signal.aborted]).toEqual([false, false]);
    await clock.advance(30);
    expect([closed, signal.aborted, held.active]).toEqual([true, true, false]);
    expect([...workshop.ended.values()]).toEqual(['abandoned']);
    expect(warnings.of('warn')).toMatchObject([{ code: 'ABANDONED_LEASES' }]);
    expect(pool.stats().counters.reclaimed).toBe(1);
    held.release();
    expect(pool.stats().counters.lateReleases).toBe(1);
  });

  it('ends by force what a patient close was still waiting for', async () => {
    const { pool, clock } = newWorld({ max: 1, closeTimeoutMs: 0 });
    await acquireAll(pool, 1);
    const patient = pool.close();
    await clock.advance(100_000);
    expect(pool.state).toBe('closing');
    void pool.close({ force: true });
    await clock.advance(20);
    await patient;
    expect(pool.state).toBe('closed');
  });

  it('by force also settles releaseAsync and clear, when what they wait for hangs', async () => {
    for (const hook of ['reset', 'validate', 'destroy'] as const) {
      const { pool, clock, workshop } = newWorld({
        max: 2,
        testOnReturn: true,
        resetTimeoutMs: 0,
        validateTimeoutMs: 0,
        destroyTimeoutMs: 0,
      });
      const [lease, idle] = await acquireAll(pool, 2);
      await idle?.releaseAsync();
      workshop.gates.set(hook, 'hangs');
      const settled: string[] = [];
      void lease?.releaseAsync().then(() => settled.push('releaseAsync'));
      if (hook === 'destroy') void pool.clear().then(() => settled.push('clear'));
      await settle();
      void pool.close({ force: true }).then(() => settled.push('close'));
      await clock.advance(LONG_MS);
      const expected =
        hook === 'destroy' ? ['clear', 'close', 'releaseAsync'] : ['close', 'releaseAsync'];
      expect(settled.sort(), hook).toEqual(expected);
    }
  });

  it('leaves no timer behind, from the moment it has settled', async () => {
    for (const options of [{ force: true }, { timeoutMs: 50 }, {}]) {
      const { pool, clock } = newWorld({ max: 3, idleTimeoutMs: 1_000, leakThresholdMs: 500 });
      const [lease, other] = await acquireAll(pool, 3);
      other?.release();
      clock.setTimeout(() => lease?.release(), 10);
      let left: number | undefined;
      const closing = pool.close(options).then(() => {
        left = clock.pending;
      });
      await clock.advance(9);
      await clock.advance(1_000);
      await closing;
      // By force it settles before the timer of this test has rung.
      expect(left, JSON.stringify(options)).toBe('force' in options ? 1 : 0);
    }
  });

  it('by force aborts the signals of hooks in progress', async () => {
    for (const hook of ['create', 'reset'] as const) {
      let seen: AbortSignal | undefined;
      const { pool, clock } = newWorld({ max: 1 });
      await pool.close();
      const { createPool } = await import('../src/index.js');
      const watched = createPool<object>(
        {
          create: ({ signal }) => {
            if (hook !== 'create') return {};
            seen = signal;
            return new Promise<object>((_, reject) => {
              signal.addEventListener('abort', () => reject(new Error('stopped')));
            });
          },
          reset: (_resource, { signal }) => {
            seen = signal;
            return new Promise<void>(() => {});
          },
        },
        { max: 1, clock },
      );
      const acquired = watched.acquire().catch(isPoolError);
      await settle();
      if (hook === 'reset') ((await acquired) as Lease<object>).release();
      await settle();
      const closing = watched.close({ force: true });
      expect(seen?.aborted).toBe(true);
      expect(PoolError.is(seen?.reason, 'ERR_POOL_CLOSED')).toBe(true);
      await clock.advance(5_000);
      await closing;
    }
  });

  it('is what await using does', async () => {
    let escaped: Pool<Product>;
    {
      const { pool } = newWorld({ max: 1 });
      await using scoped = pool;
      escaped = scoped;
      await scoped.use(() => undefined);
    }
    expect(escaped.state).toBe('closed');
  });
});

describe('drain', () => {
  it('serves who is in line, refuses newcomers, settles when all is back, and keeps the resources', async () => {
    const { pool } = newWorld({ max: 1 });
    const [lease] = await acquireAll(pool, 1);
    const inLine = pool.acquire();
    let drained = false;
    const draining = pool.drain().then(() => {
      drained = true;
    });
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_DRAINING' });
    expect(pool.tryAcquire()).toBeUndefined();
    lease?.release();
    const served = await inLine;
    await settle();
    expect(drained).toBe(false);
    served.release();
    await draining;
    expect(pool.stats()).toMatchObject({ state: 'draining', size: 1, idle: 1 });
    pool.resume();
    (await pool.acquire()).release();
    await pool.close();
  });

  it('creates for those in line, but nothing else', async () => {
    const { pool, workshop } = newWorld({ max: 3, min: 2, autostart: false });
    pool.start();
    pool.pause();
    const inLine = [pool.acquire(), pool.acquire(), pool.acquire()];
    const draining = pool.drain();
    for (const acquired of inLine) (await acquired).release();
    await draining;
    await pool.clear();
    await settle();
    expect(workshop.made, 'no replacement for min while draining').toBeLessThanOrEqual(3);
    expect(pool.size).toBe(0);
    await pool.close();
  });

  it('gives up at its deadline or signal, and goes on draining', async () => {
    const { pool, clock } = newWorld({ max: 1, name: 'slow-drain' });
    const [lease] = await acquireAll(pool, 1);
    const late = pool.drain({ timeoutMs: 50 }).catch((error: unknown) => error);
    const controller = new AbortController();
    const aborted = pool.drain({ signal: controller.signal }).catch((error: unknown) => error);
    await clock.advance(50);
    controller.abort();
    expect(await late).toMatchObject({ code: 'ERR_POOL_TIMEOUT', phase: 'drain', timeoutMs: 50 });
    expect(await aborted).toMatchObject({ code: 'ERR_POOL_ABORTED' });
    const already = pool.drain({ signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(await already).toMatchObject({ code: 'ERR_POOL_ABORTED' });
    expect(pool.state).toBe('draining');
    lease?.release();
    await pool.drain();
    await pool.close();
  });
});

describe('ready', () => {
  it('settles when so many are idle, and creates them', async () => {
    const { pool, workshop } = newWorld({ max: 4, min: 1 });
    await pool.ready();
    expect(pool.available).toBe(1);
    await pool.ready({ idle: 3 });
    expect(pool.available).toBe(3);
    await pool.ready({ idle: 2 });
    expect(workshop.made).toBe(3);
    await pool.close();
  });

  it('rejects as soon as a creation has given up, with its cause', async () => {
    const { pool, workshop, clock } = newWorld({ max: 2 });
    workshop.gates.set('create', 'fails');
    const failed = pool.ready({ idle: 2 }).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await failed).toMatchObject({ code: 'ERR_POOL_CREATE', cause: { hook: 'create' } });
    await pool.close();
  });

  it('rejects when the pool closes, at its deadline, and at its signal', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1 });
    workshop.gates.set('create', 'hangs');
    const controller = new AbortController();
    const outcomes = Promise.all(
      [{ timeoutMs: 10 }, { signal: controller.signal }, {}].map((options) =>
        pool.ready({ idle: 1, ...options }).catch((error: PoolError) => error.code),
      ),
    );
    await clock.advance(10);
    controller.abort();
    void pool.close({ force: true });
    await clock.advance(100);
    expect(await outcomes).toEqual(['ERR_POOL_TIMEOUT', 'ERR_POOL_ABORTED', 'ERR_POOL_CLOSED']);
    await expect(
      newWorld().pool.ready({ idle: 1, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'ERR_POOL_ABORTED' });
  });
});

async function closeAndAsk(world: World, options: CloseOptions): Promise<void> {
  const { pool, clock, workshop } = world;
  let closed = false;
  void pool.close(options).then(() => {
    closed = true;
  });
  await clock.advance(LONG_MS);
  expect(closed, 'close settles').toBe(true);
  expect(pool.stats()).toMatchObject({ state: 'closed', size: 0, waiting: 0 });
  expect(auditStats(pool.stats())).toEqual([]);
  expect(workshop.faults).toEqual([]);
  expect(workshop.ended.size, 'each that was made was ended').toBe(workshop.made);
  expect(workshop.alive.size).toBe(0);
  const { made } = workshop;
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
  await clock.advance(LONG_MS);
  expect(workshop.made, 'nothing is made after close').toBe(made);
  expect(clock.pending, 'no timer is left').toBe(0);
}

function isPoolError(error: unknown): void {
  expect(PoolError.is(error), String(error)).toBe(true);
}
