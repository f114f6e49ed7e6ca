import { PoolTimeoutError } from '@rockpool/core';
import { auditStats, EventRecorder, ManualClock } from '@rockpool/core/testing';
import {
  compilerCounters,
  createWasmPool,
  readWasmEnvironment,
  type WasmPool,
  type WasmPoolOptions,
  WasmProgram,
} from '@rockpool/wasm-adapter';
import { afterEach, describe, expect, it } from 'vitest';
import wabt from 'wabt';

/** The guest of the tests. */
interface Guest {
  count(): number;
  hog(): number;
  need(pages: number): number;
  spin(): void;
  trap(): void;
}

const { parseWat } = await wabt();
const bytes = new Uint8Array(
  parseWat(
    'guest.wat',
    `(module
      (memory 1) (global $calls (mut i32) (i32.const 0))
      (func (export "count") (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.get $calls))
      (func (export "hog") (result i32)
        (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) memory.size)
      (func (export "need") (param i32) (result i32)
        (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable)) memory.size)
      (func (export "spin") (loop (br 0)))
      (func (export "trap") unreachable))`,
  ).toBinary({}).buffer,
);
const program = await WasmProgram.load<Guest>(bytes, { name: 'guest' });

const open: { close(options: { force: boolean }): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close({ force: true })));
});

function poolOf(options: WasmPoolOptions<Guest> = {}): WasmPool<Guest> {
  const pool = createWasmPool(program, { onWarning: () => undefined, ...options });
  open.push(pool);
  return pool;
}

describe('the instance pool of the seed', () => {
  it('compiles once for any number of pools and instances', async () => {
    const { compiled } = compilerCounters();
    const again = await WasmProgram.load<Guest>(bytes.slice());
    const pools = [poolOf({ min: 3 }), poolOf({ min: 3, isolation: 'fresh' })];
    open.push(createWasmPool(again, { min: 1 }));
    for (const pool of pools) await pool.ready();
    expect(pools.map((pool) => pool.wasmStats().instantiations)).toEqual([3, 3]);
    expect(compilerCounters().compiled).toBe(compiled);
  });

  it('never has more than max instances, and serves whoever waits in the order they came', async () => {
    const pool = poolOf({ max: 2 });
    const held = [await pool.acquire(), await pool.acquire()];
    const order: number[] = [];
    const waiting = [1, 2, 3, 4].map(async (number) => {
      const lease = await pool.acquire();
      order.push(number);
      lease.release();
    });
    expect(pool.stats()).toMatchObject({ size: 2, borrowed: 2, waiting: 4 });
    for (const lease of held) lease.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3, 4]);
    expect(pool.wasmStats().instantiations).toBe(2);
  });

  it('lets nobody wait longer than acquireTimeoutMs, and loses no place by it', async () => {
    const clock = new ManualClock();
    const pool = poolOf({ max: 1, acquireTimeoutMs: 30_000, clock });
    const lease = await pool.acquire();
    const refused = expect(pool.acquire()).rejects.toBeInstanceOf(PoolTimeoutError);
    await clock.advance(30_000);
    await refused;
    lease.release();
    expect(await pool.call('count')).toBe(1);
    expect(auditStats(pool.stats())).toEqual([]);
  });

  it('makes min instances, ready to be called, before the first call', async () => {
    const pool = poolOf({ min: 2, max: 4 });
    await pool.ready();
    expect(pool.wasmStats()).toMatchObject({ instantiations: 2, calls: 0 });
    expect(await pool.call('count')).toBe(1);
    expect(pool.wasmStats().instantiations).toBe(2);
    await pool.ready({ idle: 4 });
    expect(pool.stats()).toMatchObject({ size: 4, idle: 4 });
    await expect(pool.ready({ idle: 5 })).rejects.toThrow(/from 0 to max/);
  });

  it('is sized, limited and timed by the variables of its environment', async () => {
    const { pool: options } = readWasmEnvironment({
      RIPTIDE_WASM_MAX_POOL_SIZE: '3',
      RIPTIDE_WASM_INITIAL_POOL_SIZE: '2',
      RIPTIDE_WASM_MEMORY_LIMIT_PAGES: '5',
      RIPTIDE_WASM_TIMEOUT_SECS: '0.02',
      RIPTIDE_WASM_ENABLE_REUSE: 'false',
      RIPTIDE_WASM_ENABLE_METRICS: 'false',
      WASM_HEALTH_CHECK_INTERVAL_MS: '1000',
    });
    const pool = poolOf(options);
    await pool.ready();
    expect(pool).toMatchObject({ min: 2, max: 3, isolation: 'fresh' });
    expect(await pool.call('hog')).toBe(5);
    await expect(pool.call('spin')).rejects.toMatchObject({
      code: 'ERR_WASM_DEADLINE',
      deadlineMs: 20,
    });
    expect(await pool.call('count')).toBe(1);
  });

  it('lends the same instance again where reuse is on, and another guest where it is off', async () => {
    for (const [reuse, guests] of [
      ['true', [1, 1, 1]],
      ['false', [1, 2, 3]],
    ] as const) {
      const { pool: options } = readWasmEnvironment({ RIPTIDE_WASM_ENABLE_REUSE: reuse });
      const pool = poolOf({ max: 1, ...options });
      const seen: number[] = [];
      for (let loan = 0; loan < 3; loan += 1) {
        const lease = await pool.acquire();
        expect(lease.resource.call('count')).toBe(1);
        seen.push(lease.resource.info.incarnation);
        await lease.releaseAsync();
      }
      expect(seen).toEqual(guests);
    }
  });

  it('has its instances checked while nobody uses them, and replaces those that fail', async () => {
    const clock = new ManualClock();
    const { pool: options } = readWasmEnvironment({ WASM_HEALTH_CHECK_INTERVAL_MS: '30000' });
    // A stateful instance is not put back after each loan, so what spoils it stays.
    const pool = poolOf({ min: 2, ...options, clock, isolation: 'stateful' });
    await pool.ready();
    const lease = await pool.acquire();
    const { resource } = lease;
    await lease.releaseAsync();
    expect(() => resource.call('trap')).toThrow('trapped');
    await clock.advance(60_000);
    await pool.ready();
    expect(pool.stats()).toMatchObject({ size: 2, counters: { invalid: 1 } });
    const leases = [await pool.acquire(), await pool.acquire()];
    expect(leases.map((each) => each.resource.call('count'))).toEqual([1, 1]);
    for (const each of leases) each.release();
  });

  it('knows of each instance who it is, how old, how often lent, and what memory it really has', async () => {
    const clock = new ManualClock();
    const pool = poolOf({ max: 1, clock, isolation: 'stateful' });
    await pool.call('count');
    await clock.advance(500);
    const lease = await pool.acquire();
    const { info, resource } = lease;
    expect(info.uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(info).toMatchObject({ uses: 2, errors: 0, createdAt: expect.any(Number) });
    expect(info.lastUsedAt).toBeGreaterThanOrEqual(info.createdAt);
    expect(resource.info).toMatchObject({ pages: 1, peakPages: 1, growthFailures: 0 });
    resource.call('need', 6);
    expect(resource.info).toMatchObject({ pages: 7, peakPages: 7 });
    lease.fail(new Error('extraction failed'));
    expect(pool.stats().counters.failures).toBe(1);
  });

  it('moves each of its figures when what it counts happens, and no other', async () => {
    const pool = poolOf({ max: 1, memory: { maxPages: 8 }, deadline: { ms: 20 } });
    const before = pool.wasmStats();
    expect(before).toMatchObject({ calls: 0, traps: 0, peakPages: 0 });
    await pool.call('count');
    expect(pool.wasmStats()).toMatchObject({ calls: 1, traps: 0, deadlineStops: 0, peakPages: 1 });
    await pool.call('trap').catch(() => undefined);
    expect(pool.wasmStats()).toMatchObject({ traps: 1, deadlineStops: 0, growthFailures: 0 });
    await pool.call('hog');
    expect(pool.wasmStats()).toMatchObject({ growthFailures: 1, peakPages: 8 });
    await pool.call('need', 9).catch(() => undefined);
    expect(pool.wasmStats()).toMatchObject({ growthFailures: 2, memoryLimitFailures: 1, traps: 1 });
    await pool.call('spin').catch(() => undefined);
    expect(pool.wasmStats()).toMatchObject({
      deadlineStops: 1,
      epochTimeouts: 1,
      calls: 5,
      instantiations: 1,
    });
  });

  it('goes from compilation to instance, check, loan and end, in that order', async () => {
    const { compiled } = compilerCounters();
    const once = await WasmProgram.load<Guest>(bytes, { metering: 'unmetered' });
    expect(compilerCounters().compiled).toBe(compiled + 1);
    const pool = createWasmPool(once, { testOnBorrow: true, validateAfterIdleMs: 0 });
    const recorder = new EventRecorder(pool);
    await pool.call('count');
    await pool.call('count');
    await pool.close();
    expect(
      recorder.names.filter((name) => /^(create|acquire|release|destroy)$/.test(name)),
    ).toEqual(['create', 'acquire', 'release', 'acquire', 'release', 'destroy']);
    expect(pool.wasmStats()).toMatchObject({ instantiations: 1, calls: 2 });
  });
});
