import { describe, expect, it } from 'vitest';
import { createPool, describeOptions, type PoolOptions, STRATEGIES } from '../src/index.js';
import { EventRecorder, ManualClock, settle } from '../src/testing/index.js';
import { acquireAll, newWorld, type Product, releaseAll } from './support/world.js';

/** What each option does, seen from outside. An option without an entry here fails the first test. */
const EFFECTS: Record<string, () => Promise<void>> = {
  name: async () => {
    const pool = createPool<object>(() => ({}), { name: 'the-name' });
    expect(pool.name).toBe('the-name');
    await pool.close();
    await expect(pool.acquire()).rejects.toThrow('the-name is closed');
  },
  min: async () => {
    const { pool } = newWorld({ min: 2 });
    await pool.ready();
    expect(pool.size).toBe(2);
    await pool.close();
  },
  max: async () => {
    const { pool } = newWorld({ max: 2 });
    const leases = await acquireAll(pool, 2);
    void pool.acquire().catch(() => undefined);
    await settle();
    expect(pool.stats()).toMatchObject({ size: 2, waiting: 1 });
    releaseAll(leases);
    await pool.close({ force: true });
  },
  minIdle: async () => {
    const { pool } = newWorld({ minIdle: 2, max: 5 });
    const [lease] = await acquireAll(pool, 1);
    await settle();
    expect(pool.stats()).toMatchObject({ borrowed: 1, idle: 2 });
    lease?.release();
    await pool.close();
  },
  maxIdle: async () => {
    const { pool } = newWorld({ maxIdle: 1 }, 'at-once');
    releaseAll(await acquireAll(pool, 3));
    expect(pool.size).toBe(1);
    await pool.close();
  },
  maxCreating: async () => {
    for (const [maxCreating, expected] of [
      [2, 2],
      [undefined, 4],
    ] as const) {
      const { pool, workshop } = newWorld({ max: 9, ...(maxCreating && { maxCreating }) });
      workshop.gates.set('create', 'hangs');
      for (let index = 0; index < 9; index++) void pool.acquire().catch(() => undefined);
      await settle();
      expect(pool.stats().creating).toBe(expected);
      await pool.close({ force: true });
    }
  },
  autoscale: async () => {
    const autoscale = { min: 1, max: 4, scaleUpAfterMs: 100, scaleDownAfterMs: 500 };
    const { pool, clock } = newWorld({ autoscale }, 'at-once');
    const [lease] = await acquireAll(pool, 1);
    const waiting = [1, 2].map(() => pool.acquire({ timeoutMs: 10_000 }));
    expect(pool.max).toBe(1);
    await clock.advance(200);
    releaseAll(await Promise.all(waiting));
    lease?.release();
    expect(pool.max).toBeGreaterThan(1);
    await clock.advance(5_000);
    expect([pool.max, pool.size]).toEqual([1, 1]);
    await pool.close();
  },
  concurrency: async () => {
    const { pool } = newWorld({ max: 1, concurrency: 2 });
    const leases = await acquireAll(pool, 2);
    expect(leases[0]?.resource).toBe(leases[1]?.resource);
    releaseAll(leases);
    await pool.close();
  },
  strategy: async () => {
    for (const [strategy, expected] of [
      ['lifo', 2],
      ['fifo', 1],
    ] as const) {
      const { pool } = newWorld({ max: 2, strategy }, 'at-once');
      releaseAll(await acquireAll(pool, 2));
      expect(pool.useSync(({ serial }) => serial)).toBe(expected);
      await pool.close();
    }
    for (const strategy of STRATEGIES) await newWorld({ strategy }).pool.close();
  },
  autostart: async () => {
    for (const autostart of [true, false]) {
      const { pool, workshop } = newWorld({ min: 1, autostart });
      await settle();
      expect(workshop.made).toBe(autostart ? 1 : 0);
      await pool.close();
    }
  },
  maxQueue: async () => {
    const { pool } = newWorld({ max: 1, maxQueue: 1 });
    const leases = await acquireAll(pool, 1);
    const first = pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' });
    releaseAll(leases);
    releaseAll([await first]);
    await pool.close();
  },
  priorities: async () => {
    const { pool } = newWorld({ max: 1, priorities: 3 });
    expect(pool.stats().waitingByPriority).toHaveLength(3);
    await pool.close();
  },
  agingMs: async () => {
    for (const [agingMs, expected] of [
      [10, 'patient'],
      [0, 'urgent'],
    ] as const) {
      const { pool, clock } = newWorld({ max: 1, priorities: 2, agingMs }, 'at-once');
      const leases = await acquireAll(pool, 1);
      const order: string[] = [];
      const wait = (name: string, priority: number) =>
        pool.acquire({ priority }).then((lease) => {
          order.push(name);
          lease.release();
        });
      const patient = wait('patient', 1);
      await clock.advance(20);
      const urgent = wait('urgent', 0);
      releaseAll(leases);
      await Promise.all([patient, urgent]);
      expect(order[0]).toBe(expected);
      await pool.close();
    }
  },
  acquireTimeoutMs: async () => {
    const { pool, clock } = newWorld({ max: 1, acquireTimeoutMs: 40 });
    const leases = await acquireAll(pool, 1);
    const refused = expect(pool.acquire()).rejects.toMatchObject({ timeoutMs: 40 });
    await clock.advance(40);
    await refused;
    releaseAll(leases);
    await pool.close();
  },
  createTimeoutMs: () => overLimit('create', 'createTimeoutMs'),
  createRetry: async () => {
    const { pool, workshop, clock } = newWorld({ createRetry: { maxAttempts: 4, initialMs: 1 } });
    workshop.gates.set('create', 'fails');
    const refused = expect(pool.acquire()).rejects.toMatchObject({ attempts: 4 });
    await clock.advance(1_000);
    await refused;
    await pool.close();
  },
  testOnCreate: () => checkedIn('create', { testOnCreate: true }),
  testOnBorrow: () => checkedIn('borrow', { testOnBorrow: true, validateAfterIdleMs: 0 }),
  testOnReturn: () => checkedIn('return', { testOnReturn: true }),
  testWhileIdle: () => checkedIn('idle', { testWhileIdle: true, keepAliveMs: 100 }),
  validateAfterIdleMs: async () => {
    const { pool, clock, workshop } = newWorld(
      { testOnBorrow: true, validateAfterIdleMs: 100 },
      'at-once',
    );
    for (const idleMs of [0, 99, 100]) {
      await clock.advance(idleMs);
      await pool.use(() => undefined);
    }
    expect(workshop.gates.calls.validate).toBe(1);
    await pool.close();
  },
  validateTimeoutMs: () => overLimit('validate', 'validateTimeoutMs'),
  resetTimeoutMs: () => overLimit('reset', 'resetTimeoutMs'),
  destroyTimeoutMs: () => overLimit('destroy', 'destroyTimeoutMs'),
  keepAliveMs: async () => {
    const { pool, clock, workshop } = newWorld({ min: 1, testWhileIdle: true, keepAliveMs: 200 });
    await pool.ready();
    await clock.advance(2_050);
    expect(workshop.gates.calls.validate).toBeGreaterThanOrEqual(8);
    expect(workshop.gates.calls.validate).toBeLessThanOrEqual(10);
    await pool.close();
  },
  idleTimeoutMs: () => sizeAfterIdle({ idleTimeoutMs: 100, min: 1 }, 1),
  hardIdleTimeoutMs: async () => {
    const { pool, clock, workshop } = newWorld({ min: 1, hardIdleTimeoutMs: 100 });
    await pool.ready();
    await clock.advance(1_000);
    expect(workshop.made).toBeGreaterThan(4);
    await pool.close();
  },
  maxLifetimeMs: () => sizeAfterIdle({ maxLifetimeMs: 100 }, 0),
  jitter: async () => {
    for (const [jitter, expected] of [
      [0, 1],
      [0.9, 0],
    ] as const) {
      const { pool, clock } = newWorld({ maxLifetimeMs: 1_000, jitter });
      releaseAll(await acquireAll(pool, 1));
      await clock.advance(900);
      expect(pool.size).toBe(expected);
      await pool.close();
    }
  },
  maxUses: async () => {
    const { pool, workshop } = newWorld({ maxUses: 2 }, 'at-once');
    for (let loan = 0; loan < 4; loan++) await pool.use(() => settle());
    expect(workshop.made).toBe(2);
    await pool.close();
  },
  closeTimeoutMs: async () => {
    const { pool, clock } = newWorld({ closeTimeoutMs: 70 });
    await acquireAll(pool, 1);
    const closing = pool.close();
    await clock.advance(69);
    expect(pool.state).toBe('closing');
    await clock.advance(1);
    await closing;
  },
  leakThresholdMs: async () => {
    const { pool, clock } = newWorld({ leakThresholdMs: 50 });
    const recorder = new EventRecorder(pool, ['leak']);
    const lease = await pool.acquire({ label: 'the report' });
    await clock.advance(50);
    expect(recorder.of('leak')).toMatchObject([{ heldMs: 50, label: 'the report' }]);
    expect(lease.active).toBe(true);
    lease.release();
    await pool.close();
  },
  reclaimAfterMs: async () => {
    const { pool, clock } = newWorld({ reclaimAfterMs: 50 });
    const [lease] = await acquireAll(pool, 1);
    await clock.advance(50);
    expect(lease?.active).toBe(false);
    await pool.close();
  },
  captureStacks: async () => {
    for (const captureStacks of [true, false]) {
      const { pool, clock } = newWorld({ leakThresholdMs: 50, captureStacks });
      const recorder = new EventRecorder(pool, ['leak']);
      const leases = await acquireAll(pool, 1);
      await clock.advance(50);
      expect(recorder.of('leak')[0]?.stack !== undefined).toBe(captureStacks);
      releaseAll(leases);
      await pool.close();
    }
  },
  // Shown in pool.leaks.test.ts, which can collect garbage.
  trackCollectedLeases: () => newWorld({ trackCollectedLeases: true }).pool.close(),
  memoryLimitBytes: async () => {
    const factory = {
      create: () => ({ bytes: 5 }),
      memoryBytes: (it: { bytes: number }) => it.bytes,
    };
    const pool = createPool(factory, { memoryLimitBytes: 10 });
    const lease = await pool.acquire();
    lease.resource.bytes = 11;
    lease.release();
    expect(pool.stats().destroyedBy.memory).toBe(1);
    await pool.close();
  },
  poolMemoryLimitBytes: async () => {
    const factory = { create: () => ({}), memoryBytes: () => 5 };
    const pool = createPool(factory, { poolMemoryLimitBytes: 12, createRetry: false });
    const leases = await acquireAll(pool, 3);
    await expect(pool.acquire()).rejects.toThrow('Memory limit exceeded');
    releaseAll(leases);
    await pool.close();
  },
  minHealth: async () => {
    const { pool, workshop } = newWorld({ minHealth: 90 }, 'at-once');
    await pool.use((_, lease) => lease.fail());
    expect([...workshop.ended.values()]).toEqual(['unhealthy']);
    await pool.close();
  },
  stats: async () => {
    const { pool, clock } = newWorld({ stats: 'exact' }, 'at-once');
    await pool.use(() => clock.advance(3));
    expect(pool.stats().timings.hold).toMatchObject({ count: 1, sumMs: 3 });
    await pool.close();
  },
  // What it does to a process is shown in pool.process-exit.test.ts; here, that it sets a timer, and clears it.
  keepProcessAlive: async () => {
    const { pool, clock } = newWorld({ keepProcessAlive: true });
    expect(clock.pending).toBe(1);
    await clock.advance(1_000_000);
    expect(clock.pending).toBe(1);
    await pool.close();
    expect(clock.pending).toBe(0);
  },
  clock: async () => {
    const clock = new ManualClock(5);
    const pool = createPool<object>(() => ({}), { clock });
    const lease = await pool.acquire();
    expect(lease.info.createdAt).toBe(5);
    lease.release();
    await pool.close();
  },
};

describe('every option', () => {
  it('has an effect, and a test that shows it', () => {
    expect(Object.keys(EFFECTS).sort()).toEqual(
      describeOptions()
        .map(({ name }) => name)
        .sort(),
    );
  });

  for (const [name, effect] of Object.entries(EFFECTS)) it(`${name} does what it says`, effect);

  it('is described, with its default as written in code', () => {
    for (const { name, description } of describeOptions()) {
      expect(description, name).toMatch(/^[A-Z].*\.$/);
    }
    const defaults = Object.fromEntries(
      describeOptions().map(({ name, defaultValue }) => [name, defaultValue]),
    );
    expect(defaults).toMatchObject({
      max: '10',
      name: '"pool"',
      maxQueue: 'Infinity',
      idleTimeoutMs: '30000',
      strategy: '"lifo"',
      autostart: 'true',
      captureStacks: 'false',
      trackCollectedLeases: 'false',
      maxIdle: '',
    });
  });

  it('may be undefined, which is as if it were left out', async () => {
    const nothing = Object.fromEntries(describeOptions().map(({ name }) => [name, undefined]));
    const pool = createPool<object>(() => ({}), nothing as PoolOptions<object>);
    expect([pool.max, pool.min, pool.name]).toEqual([10, 0, 'pool']);
    await pool.close();
  });
});

/** A hook that answers later than its limit is over at its limit. */
async function overLimit(
  hook: 'create' | 'validate' | 'reset' | 'destroy',
  option: keyof PoolOptions<Product>,
): Promise<void> {
  const { pool, workshop, clock } = newWorld({
    max: 1,
    testOnReturn: true,
    createRetry: false,
    createTimeoutMs: 1_000,
    validateTimeoutMs: 1_000,
    resetTimeoutMs: 1_000,
    destroyTimeoutMs: 1_000,
    [option]: 33,
  });
  if (hook !== 'create') {
    const [lease] = await acquireAll(pool, 1);
    workshop.gates.set(hook, 'hangs');
    if (hook === 'destroy') lease?.destroy();
    else lease?.release();
  } else {
    workshop.gates.set(hook, 'hangs');
    void pool.acquire().catch(() => undefined);
  }
  await clock.advance(32);
  expect(pool.size).toBe(1);
  await clock.advance(1);
  expect(pool.size).toBe(0);
  await pool.close();
}

async function checkedIn(phase: string, options: PoolOptions<Product>): Promise<void> {
  const { pool, clock } = newWorld(options, 'at-once');
  const recorder = new EventRecorder(pool, ['validate']);
  for (let loan = 0; loan < 2; loan++) await pool.use(() => undefined);
  await clock.advance(150);
  expect(recorder.of('validate').map((event) => event.phase)).toContain(phase);
  expect(new Set(recorder.of('validate').map((event) => event.phase)).size).toBe(1);
  await pool.close();
}

async function sizeAfterIdle(options: PoolOptions<Product>, expected: number): Promise<void> {
  const { pool, clock } = newWorld(options);
  releaseAll(await acquireAll(pool, 3));
  await clock.advance(50);
  expect(pool.size).toBe(3);
  await clock.advance(100);
  expect(pool.size).toBe(expected);
  await pool.close();
}
