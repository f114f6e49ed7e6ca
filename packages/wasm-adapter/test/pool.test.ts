import { afterEach, describe, expect, it } from 'vitest';
import { createWasmPool, type WasmPool, type WasmPoolOptions } from '../src/index.js';
import { type Toolbox, toolbox } from './support/guests.js';

const code = (expected: string) => expect.objectContaining({ code: expected });
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});

async function poolOf(options: WasmPoolOptions<Toolbox> = {}): Promise<WasmPool<Toolbox>> {
  const pool = createWasmPool(await toolbox(), { max: 2, onWarning: () => undefined, ...options });
  open.push(pool);
  return pool;
}

describe('a pool of snapshots', () => {
  it('gives every borrower the state after initialisation', async () => {
    const pool = await poolOf();
    for (let round = 0; round < 20; round += 1) expect(await pool.call('count')).toBe(1);
    expect(pool.wasmStats()).toMatchObject({ isolation: 'snapshot', calls: 20, instantiations: 1 });
  });

  it('keeps state within a lease', async () => {
    const pool = await poolOf();
    await pool.use((instance) => {
      expect([instance.call('count'), instance.call('count')]).toEqual([1, 2]);
    });
    expect(await pool.call('count')).toBe(1);
  });

  it('restores off the path of the borrower, and before the next one whatever happens', async () => {
    const pool = await poolOf({ max: 1 });
    const lease = await pool.acquire();
    const { resource } = lease;
    resource.call('count');
    lease.release();
    expect(pool.wasmStats().restores).toBe(0);
    const next = await pool.acquire();
    expect(next.resource).toBe(resource);
    expect(pool.wasmStats().restores).toBe(1);
    next.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pool.wasmStats().restores).toBe(2);
  });

  it('never lends a poisoned instance, whatever stops the calls before', async () => {
    const pool = await poolOf({
      deadline: { ms: 150 },
      fuel: 2_000_000_000,
      memory: { maxPages: 8 },
    });
    const ends = ['spin', 'trap', 'need', 'hog', 'count'] as const;
    for (let round = 0; round < 30; round += 1) {
      const name = ends[round % ends.length] as (typeof ends)[number];
      await pool
        .run((api) => (api[name] as (pages: number) => unknown)(100))
        .catch((error: unknown) => expect(error).toHaveProperty('code'));
      expect(await pool.call('count')).toBe(1);
      expect(await pool.call('pages')).toBe(1);
    }
    expect(pool.size).toBeLessThanOrEqual(2);
    expect(pool.wasmStats()).toMatchObject({
      deadlineStops: 6,
      traps: 6,
      memoryLimitFailures: 6,
      heals: 18,
      lost: 0,
    });
  });

  it('runs many callers at once without mixing them up', async () => {
    const pool = await poolOf({ max: 3 });
    const sums = await Promise.all(
      Array.from({ length: 200 }, (_, index) => pool.call('add', index, index)),
    );
    expect(sums).toEqual(Array.from({ length: 200 }, (_, index) => index * 2));
  });
});

describe('a pool of fresh instances', () => {
  it('makes the next guest while nobody waits for it', async () => {
    const pool = await poolOf({ isolation: 'fresh', max: 1 });
    const incarnations = [];
    for (let round = 0; round < 3; round += 1) {
      const lease = await pool.acquire();
      expect(lease.resource.call('count')).toBe(1);
      incarnations.push(lease.resource.info.incarnation);
      await lease.releaseAsync();
    }
    expect(incarnations).toEqual([1, 2, 3]);
    expect(pool.wasmStats()).toMatchObject({ instantiations: 4, restores: 0 });
  });

  it('replaces a guest that trapped', async () => {
    const pool = await poolOf({ isolation: 'fresh', max: 1 });
    await expect(pool.call('trap')).rejects.toThrow(code('ERR_WASM_TRAP'));
    expect(await pool.call('count')).toBe(1);
  });
});

it('keeps the state of stateful instances between borrowers', async () => {
  const pool = await poolOf({ isolation: 'stateful', max: 1 });
  expect([await pool.call('count'), await pool.call('count')]).toEqual([1, 2]);
});

describe('a pool that cannot be', () => {
  it.each<[WasmPoolOptions<Toolbox>, RegExp]>([
    [{ isolaton: 'fresh' } as never, /isolaton.*did you mean `?isolation/],
    [{ memory: { maxPages: 0 } }, /0 pages, but the module begins with 1/],
    [{ memory: { maxPages: 1, limitBytes: 1 } }, /not both/],
    [{ deadline: { ms: 0 } }, /deadline\.ms/],
    [{ fuel: 1.5 }, /fuel/],
    [{ max: 20_000 }, /cannot live.*the most is/],
  ])('is refused before anything is made: %o', async (options, message) => {
    const program = await toolbox();
    expect(() => createWasmPool(program, options)).toThrow(message);
  });

  it('says why a snapshot is not possible', async () => {
    const program = await toolbox({ metering: 'unmetered' });
    expect(() => createWasmPool(program, { fuel: 5 })).toThrow(/fuel.*metered/);
    expect(() => createWasmPool(program, { deadline: { ms: 5, mechanism: 'fuel-clock' } })).toThrow(
      /use "vm"/,
    );
  });
});

it('counts instances that take longer than the cold-start target, and warns once', async () => {
  const warnings: string[] = [];
  const pool = await poolOf({
    coldStartTargetMs: 0.000001,
    min: 2,
    onWarning: (message) => warnings.push(message),
  });
  await pool.ready();
  expect(pool.wasmStats().coldStartsOverTarget).toBe(2);
  expect(warnings).toHaveLength(1);
});

it('uses the portable backend with a warning where the system cannot track pages, else the tracked one', async () => {
  const warnings: string[] = [];
  const pool = await poolOf({
    backend: 'os-tracked',
    onWarning: (message) => warnings.push(message),
  });
  expect(await pool.call('count')).toBe(1);
  expect(await pool.call('count')).toBe(1);
  const { backend } = pool.wasmStats();
  expect(warnings.filter((text) => text.includes('os-tracked'))).toHaveLength(
    backend === 'portable' ? 1 : 0,
  );
});
