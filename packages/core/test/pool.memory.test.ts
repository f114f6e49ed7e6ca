import { createPool, type MemoryPressureLevel, PoolError, type PoolOptions } from '@rockpool/core';
import { PoolHealthMonitor, poolSource } from '@rockpool/core/health';
import { ManualClock, settle } from '@rockpool/core/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { acquireAll, releaseAll } from './support/world.js';

interface Guest {
  bytes: number;
}

/** A pool of things that use as much memory as a test says. */
function poolOfGuests(options: PoolOptions<Guest> = {}, startBytes = 100) {
  const clock = new ManualClock();
  const made: Guest[] = [];
  const create = (): Guest => {
    const guest = { bytes: startBytes };
    made.push(guest);
    return guest;
  };
  const pool = createPool<Guest>(
    { create, memoryBytes: ({ bytes }) => bytes },
    { clock, idleTimeoutMs: 0, createRetry: false, ...options },
  );
  const levels: MemoryPressureLevel[] = [];
  pool.on('memory', ({ to }) => levels.push(to));
  return { pool, clock, made, levels };
}

describe('the accounts of memory', () => {
  it('know what each resource uses: when it is made, after each loan, and when somebody measures', async () => {
    const { pool } = poolOfGuests({ max: 2 });
    const [one, two] = await acquireAll(pool, 2);
    expect(pool.memory.stats()).toMatchObject({ usedBytes: 200, inUseBytes: 200 });
    if (one === undefined || two === undefined) throw new Error('no leases');
    one.resource.bytes = 500;
    expect(pool.memory.stats().usedBytes).toBe(200);
    expect(pool.memory.measure()).toBe(600);
    two.resource.bytes = 300;
    two.release();
    const stats = pool.stats().memory;
    expect(stats).toMatchObject({
      usedBytes: 800,
      inUseBytes: 500,
      largestBytes: 500,
      peakBytes: 800,
    });
    expect(one.info.memoryBytes).toBe(500);
    one.destroy();
    expect(pool.memory.stats()).toMatchObject({ usedBytes: 300, peakBytes: 800 });
    await pool.close();
    expect(pool.memory.stats()).toMatchObject({ usedBytes: 0, inUseBytes: 0, peakBytes: 800 });
  });

  it('believe resources that tell it themselves', async () => {
    const pool = createPool(() => ({ memoryBytes: () => 42 }));
    const lease = await pool.acquire();
    expect(pool.memory.stats().usedBytes).toBe(42);
    lease.release();
    await pool.close();
  });

  it('take an answer that is no number of bytes for no answer, and say so', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { pool, made } = poolOfGuests({ max: 1 });
    const warnings: string[] = [];
    pool.on('warn', ({ code }) => warnings.push(code));
    (await pool.acquire()).release();
    for (const bytes of [Number.NaN, -5, Number.POSITIVE_INFINITY, 'much' as never]) {
      if (made[0]) made[0].bytes = bytes;
      pool.memory.measure();
      expect(pool.memory.stats().usedBytes).toBe(100);
    }
    expect(warnings).toEqual(Array.from({ length: 4 }, () => 'BAD_MEMORY_BYTES'));
    Object.defineProperty(made[0], 'bytes', {
      get: () => {
        throw new Error('unreadable');
      },
    });
    expect(pool.memory.measure()).toBe(100);
    expect(warnings.at(-1)).toBe('USER_FUNCTION_THREW');
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
    await pool.close();
  });

  it('forget a resource that was taken out of the pool', async () => {
    const { pool } = poolOfGuests();
    (await pool.acquire()).detach();
    expect(pool.memory.stats().usedBytes).toBe(0);
    await pool.close();
  });

  it('keep a snapshot a second, a hundred at most, and tell how fast memory grows', async () => {
    const { pool, clock, made } = poolOfGuests({ max: 1 });
    (await pool.acquire()).release();
    for (let second = 0; second < 150; second++) {
      if (made[0]) made[0].bytes += 2_000;
      await clock.advance(500);
      pool.memory.measure();
      await clock.advance(500);
      pool.memory.measure();
    }
    expect(pool.memory.snapshots.length).toBe(100);
    expect(pool.memory.stats().growthBytesPerS).toBeCloseTo(2_000);
    await pool.close();
  });

  it('cost a pool whose resources do not tell nothing: no entries, no snapshots', async () => {
    const pool = createPool(() => ({}));
    (await pool.acquire()).release();
    expect(pool.memory.snapshots).toEqual([]);
    expect(pool.memory.stats()).toMatchObject({ usedBytes: 0, share: 0, pressure: 'low' });
    await pool.close();
  });
});

describe('the limit of one resource', () => {
  it('ends the one that uses more, on its return, and gives its place to who waits', async () => {
    const { pool, made } = poolOfGuests({ max: 1, memoryLimitBytes: 1_000 });
    const lease = await pool.acquire();
    lease.resource.bytes = 1_000;
    lease.release();
    expect(pool.stats().destroyedBy.memory).toBe(0);
    const again = await pool.acquire();
    const waiting = pool.acquire();
    again.resource.bytes = 1_001;
    again.release();
    expect((await waiting).resource).toBe(made[1]);
    expect(pool.stats().destroyedBy.memory).toBe(1);
    (await waiting).release();
    await pool.close();
  });

  it('takes a resource that is too large from the start for one that could not be created', async () => {
    const { pool, made } = poolOfGuests({ max: 1, memoryLimitBytes: 50 });
    const error: unknown = await pool.acquire().catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'ERR_POOL_CREATE' });
    expect(PoolError.is((error as Error).cause, 'ERR_POOL_MEMORY_LIMIT')).toBe(true);
    expect((error as Error).cause).toMatchObject({ usedBytes: 100, limitBytes: 50 });
    expect(made.length).toBe(1);
    expect(pool.stats()).toMatchObject({ size: 0, memory: { usedBytes: 0 } });
    await pool.close();
  });
});

describe('the limit of the pool', () => {
  it('tells each level once, and falls only a little below where it rose', async () => {
    const { pool, made, levels } = poolOfGuests({ max: 1, min: 1, poolMemoryLimitBytes: 1_000 });
    const lease = await pool.acquire();
    const at = (bytes: number): void => {
      if (made[0]) made[0].bytes = bytes;
      pool.memory.measure();
    };
    for (const bytes of [499, 500, 480, 451, 449, 760, 740, 720, 699, 950, 870, 840, 0]) at(bytes);
    expect(levels).toEqual(['medium', 'low', 'high', 'medium', 'critical', 'high', 'low']);
    lease.release();
    await pool.close();
  });

  it('shrinks by stages: gives idle ones back down to min, then refuses to create, and serves again later', async () => {
    const { pool, levels, clock } = poolOfGuests({ min: 1, max: 6, poolMemoryLimitBytes: 1_000 });
    await pool.ready();
    const leases = await acquireAll(pool, 4);
    releaseAll(leases.slice(0, 3));
    expect(pool.stats()).toMatchObject({ size: 4, idle: 3 });
    const held = leases[3];
    if (held === undefined) throw new Error('no lease');
    held.resource.bytes = 600;
    pool.memory.measure();
    // 900 of 1,000: idle ones go until the pool is below 750 again.
    expect(pool.stats()).toMatchObject({ size: 2, idle: 1, destroyedBy: { memory: 2 } });
    held.resource.bytes = 1_200;
    pool.memory.measure();
    expect(pool.stats()).toMatchObject({ size: 1, idle: 0 });
    expect(levels).toEqual(['critical', 'high', 'critical']);
    const error: unknown = await pool.acquire().catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'ERR_POOL_CREATE', cause: { usedBytes: 1_200 } });
    held.resource.bytes = 100;
    pool.memory.measure();
    const served = pool.acquire();
    await clock.advance(10_000);
    releaseAll([await served, held]);
    await pool.close();
  });

  it('never ends what is on loan, and nothing below min', async () => {
    const { pool, made } = poolOfGuests({ min: 2, max: 2, poolMemoryLimitBytes: 1_000 });
    await pool.ready();
    for (const guest of made) guest.bytes = 600;
    pool.memory.measure();
    expect(pool.size).toBe(2);
    await pool.close();
  });
});

describe('a collection by hand', () => {
  it('ends spare idle resources and those that are too large, and reports what it freed', async () => {
    const { pool, made } = poolOfGuests({ min: 1, max: 4, memoryLimitBytes: 500 });
    releaseAll(await acquireAll(pool, 4));
    if (made[2]) made[2].bytes = 501;
    const report = await pool.memory.forceGc();
    expect(report).toMatchObject({
      usedBytesBefore: 801,
      usedBytesAfter: 100,
      freedBytes: 701,
      ended: 3,
    });
    expect(report.collector).toBe(typeof globalThis.gc === 'function' ? 'ran' : 'not-exposed');
    expect(pool.memory.stats().gcRuns).toBe(1);
    await pool.close();
  });

  it('has the remedies that a health monitor asks for', async () => {
    const { pool, clock } = poolOfGuests({
      max: 4,
      min: 4,
      memoryLimitBytes: 300,
      poolMemoryLimitBytes: 1_000,
    });
    await pool.ready();
    const monitor = new PoolHealthMonitor(poolSource(pool), { clock });
    const ended: string[] = [];
    monitor.onRemedy((report) => ended.push(`${report.remedy} ${report.ended}`));
    const use = async (...bytes: number[]): Promise<void> => {
      pool.idle().forEach(({ resource }, index) => {
        resource.bytes = bytes[index] ?? 100;
      });
      monitor.check();
      await clock.advance(1_000);
    };
    await use(150, 150, 150, 100);
    await use(250, 200, 200, 150);
    await use(290, 290, 250, 100);
    expect(ended).toEqual(['clean-up 0', 'clear-some 2', 'clear-high-memory 3']);
    expect(pool.stats()).toMatchObject({ size: 4, destroyedBy: { memory: 5 } });
    await pool.close();
  });

  it('dooms a large one that is on loan', async () => {
    const { pool } = poolOfGuests({ max: 1 });
    const lease = await pool.acquire();
    expect(pool.memory.endAbove(99)).toBe(1);
    expect(lease.active).toBe(true);
    lease.release();
    expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { memory: 1 } });
    await pool.close();
  });
});

describe('in any history', () => {
  it('the accounts are the sum of what is there, and nothing is ever negative', async () => {
    const step = fc.oneof(
      fc.constant({ kind: 'acquire' as const }),
      fc.record({ kind: fc.constant('grow' as const), which: fc.nat(5), bytes: fc.nat(1_500) }),
      fc.record({
        kind: fc.constantFrom('release' as const, 'destroy' as const, 'detach' as const),
        which: fc.nat(5),
      }),
      fc.constantFrom(
        { kind: 'measure' as const },
        { kind: 'gc' as const },
        { kind: 'clear' as const },
      ),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(5_000) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 0, max: 2 }),
        async (steps, min) => {
          const { pool, clock } = poolOfGuests({
            min,
            max: 4,
            memoryLimitBytes: 1_200,
            poolMemoryLimitBytes: 3_000,
          });
          const leases: Awaited<ReturnType<typeof pool.acquire>>[] = [];
          const held = (which: number) => leases.splice(which % (leases.length || 1), 1)[0];
          for (const each of steps) {
            if (each.kind === 'acquire') {
              const lease = pool.tryAcquire();
              if (lease === undefined) {
                void pool.acquire({ timeoutMs: 1 }).then(
                  (late) => leases.push(late),
                  () => undefined,
                );
              } else leases.push(lease);
            } else if (each.kind === 'grow') {
              const lease = leases[each.which % (leases.length || 1)];
              if (lease?.active) lease.resource.bytes = each.bytes;
            } else if (each.kind === 'measure') pool.memory.measure();
            else if (each.kind === 'gc') {
              expect((await pool.memory.forceGc()).freedBytes).toBeGreaterThanOrEqual(0);
            } else if (each.kind === 'clear') void pool.clear();
            else if (each.kind === 'pass') await clock.advance(each.ms);
            else held(each.which)?.[each.kind]();
            await settle();
            const stats = pool.memory.stats();
            for (const [name, value] of Object.entries(stats)) {
              if (typeof value === 'number' && name !== 'growthBytesPerS')
                expect(value, name).toBeGreaterThanOrEqual(0);
            }
            expect(stats.inUseBytes).toBeLessThanOrEqual(stats.usedBytes);
            expect(stats.usedBytes).toBeLessThanOrEqual(stats.peakBytes);
            const parts = [...pool.idle(), ...leases.filter(({ active }) => active)];
            const sum = parts.reduce((total, { info }) => total + info.memoryBytes, 0);
            expect(stats.usedBytes).toBe(sum);
          }
          await pool.close({ force: true });
          expect(pool.memory.stats().usedBytes).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});
