import { beforeAll, describe, expect, it } from 'vitest';
import { WasmProgram } from '../src/index.js';
import { backends } from './support/backends.js';
import { buildGuest } from './support/build-guests.js';
import { instanceOf } from './support/guest.js';

/** Exports of `guests/counter.ts`. */
interface Counter {
  add(a: number, b: number): number;
  bump(): number;
  fibonacci(n: number): number;
  spin(): void;
  hog(bytes: number): number;
}

let program: WasmProgram<Counter>;

beforeAll(async () => {
  program = await WasmProgram.load<Counter>(await buildGuest('counter.wasm'));
}, 60_000);

describe.each(backends)('a guest in AssemblyScript, restored by $name', (backend) => {
  it('has its allocator, its collector and its globals put back', async () => {
    const { instance, counters } = await instanceOf(program, { check: 'paranoid' }, backend);
    for (let round = 0; round < 5; round += 1) {
      expect([instance.call('bump'), instance.call('bump'), instance.call('bump')]).toEqual([
        1, 2, 3,
      ]);
      expect(instance.call('fibonacci', 15)).toBe(610);
      expect(instance.call('hog', 300_000)).toBe(300_000);
      expect(instance.restore()).toBe(true);
      expect(instance.info.pages).toBe(program.minimumPages);
    }
    expect(counters).toMatchObject({ restores: 5, lost: 0 });
  });

  it('is stopped at its deadline and at its memory limit, and serves on', async () => {
    const { instance, counters } = await instanceOf(
      program,
      { deadline: { ms: 60_000 }, memory: { maxPages: 20 }, check: 'paranoid' },
      backend,
    );
    expect(() => instance.run((api) => api.spin(), { deadlineMs: 20 })).toThrow(
      expect.objectContaining({ code: 'ERR_WASM_DEADLINE' }),
    );
    expect(instance.restore()).toBe(true);
    expect(() => instance.call('hog', 4_000_000)).toThrow(
      expect.objectContaining({ code: 'ERR_WASM_MEMORY_LIMIT', limitPages: 20 }),
    );
    expect(instance.restore()).toBe(true);
    expect(instance.call('bump')).toBe(1);
    expect(counters).toMatchObject({ heals: 2, deadlineStops: 1, memoryLimitFailures: 1 });
  });
});

it('runs an AssemblyScript guest fresh and stateful as its language says', async () => {
  const { instance: stateful } = await instanceOf(program, { isolation: 'stateful' });
  expect([stateful.call('bump'), stateful.call('bump')]).toEqual([1, 2]);
  const { instance: fresh } = await instanceOf(program, { isolation: 'fresh' });
  expect(fresh.call('bump')).toBe(1);
  expect(await fresh.reset()).toBe(true);
  expect(fresh.call('bump')).toBe(1);
});
