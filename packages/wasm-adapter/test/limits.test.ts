import { describe, expect, it } from 'vitest';
import type { WasmInstanceOptions } from '../src/index.js';
import { WasmProgram } from '../src/index.js';
import { backends } from './support/backends.js';
import { instanceOf } from './support/guest.js';
import { type Toolbox, toolbox } from './support/guests.js';
import { wat } from './support/wat.js';

const code = (expected: string) => expect.objectContaining({ code: expected });
const give = async (options: WasmInstanceOptions<Toolbox>, metering?: 'metered' | 'unmetered') =>
  instanceOf(await toolbox(metering === undefined ? {} : { metering }), options);

describe.each([
  ['fuel-clock', 'metered'],
  ['vm', 'metered'],
  ['vm', 'unmetered'],
] as const)('a deadline kept by %s in %s code', (mechanism, metering) => {
  it('stops a guest that never ends, and heals it', async () => {
    const { instance, counters } = await give({ deadline: { ms: 60_000, mechanism } }, metering);
    expect(instance.call('count')).toBe(1);
    const before = performance.now();
    expect(() => instance.run((api) => api.spin(), { deadlineMs: 20 })).toThrow(
      expect.objectContaining({ code: 'ERR_WASM_DEADLINE', deadlineMs: 20 }),
    );
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(() => instance.call('add', 1, 2)).toThrow(code('ERR_WASM_POISONED'));
    expect(instance.restore()).toBe(true);
    expect(instance.call('count')).toBe(1);
    expect(counters).toMatchObject({ heals: 1, deadlineStops: 1 });
  });

  it('heals a guest that used up the stack before its deadline', async () => {
    const { instance, counters } = await give({ deadline: { ms: 60_000, mechanism } }, metering);
    expect(() => instance.call('dive')).toThrow(code('ERR_WASM_TRAP'));
    expect(instance.restore()).toBe(true);
    expect(instance.call('count')).toBe(1);
    expect(counters).toMatchObject({ heals: 1, traps: 1 });
  });

  it('does not touch a guest that ends in time', async () => {
    const { instance } = await give({ deadline: { ms: 5_000, mechanism } }, metering);
    expect(instance.call('add', 20, 22)).toBe(42);
  });
});

describe('a memory limit', () => {
  it('refuses growth, counts it, and lets the guest go on', async () => {
    const { instance, counters } = await give({ memory: { maxPages: 10 } });
    expect(instance.call('hog')).toBe(10);
    expect(counters).toMatchObject({ growthFailures: 1, memoryLimitFailures: 0, peakPages: 10 });
  });

  it('names the limit when the guest fails after a refusal', async () => {
    const { instance, counters } = await give({ memory: { limitBytes: 10 * 65_536 + 1 } });
    expect(() => instance.call('need', 30)).toThrow(
      expect.objectContaining({
        code: 'ERR_WASM_MEMORY_LIMIT',
        limitPages: 10,
        requestedPages: 31,
      }),
    );
    expect(counters.memoryLimitFailures).toBe(1);
    expect(instance.restore()).toBe(true);
    expect(instance.call('need', 3)).toBe(4);
  });

  it('can be set for one call', async () => {
    const { instance } = await give({ memory: { maxPages: 10 } });
    expect(instance.run((api) => api.hog(), { maxPages: 5 })).toBe(5);
    expect(instance.call('hog')).toBe(10);
  });

  it('holds where glue code grows the memory', async () => {
    const program = await WasmProgram.load<{ grow(pages: number): void }>(
      wat('(module (memory (export "m") 1))'),
      {
        glueState: 'stateless',
        glue: (context) => {
          const memory = context.instantiate({}).exports['m'] as WebAssembly.Memory;
          return { grow: (pages) => void memory.grow(pages) };
        },
      },
    );
    const { instance } = await instanceOf(program, { memory: { maxPages: 4 } });
    instance.call('grow', 3);
    expect(() => instance.call('grow', 1)).toThrow(code('ERR_WASM_MEMORY_LIMIT'));
  });

  it.each(backends)('hides grown pages from the next call ($name)', async (backend) => {
    const { instance } = await instanceOf(await toolbox(), { check: 'paranoid' }, backend);
    for (let round = 0; round < 3; round += 1) {
      expect(instance.call('need', 100)).toBe(101);
      expect(instance.restore()).toBe(true);
      expect(instance.call('pages')).toBe(1);
    }
  });

  it('throws a grown instance away if it is told to', async () => {
    const { instance } = await give({ memory: { growth: 'retire' } });
    expect(instance.validate()).toBe(true);
    instance.call('need', 1);
    expect(instance.reset()).toBe(true);
    expect(instance.validate()).toBe(false);
  });
});

describe('fuel', () => {
  it('is the same number for the same call, and stops a call that needs more', async () => {
    const { instance } = await give({ fuel: 1_000 });
    instance.call('count');
    const { fuelUsed } = instance.info;
    instance.restore();
    instance.call('count');
    expect(instance.info.fuelUsed).toBe(fuelUsed);
    expect(() => instance.call('spin')).toThrow(
      expect.objectContaining({ code: 'ERR_WASM_FUEL', fuel: 1_000 }),
    );
  });
});

describe('a trap', () => {
  it('poisons the instance until it is restored', async () => {
    const { instance, counters } = await give({});
    expect(() => instance.call('trap')).toThrow(code('ERR_WASM_TRAP'));
    expect(instance.validate()).toBe(false);
    expect(() => instance.call('count')).toThrow(code('ERR_WASM_POISONED'));
    expect(instance.restore()).toBe(true);
    expect(instance.call('count')).toBe(1);
    expect(counters).toMatchObject({ traps: 1, heals: 1 });
  });

  it('heals a stateful instance too, which else keeps its state', async () => {
    const { instance } = await give({ isolation: 'stateful' });
    instance.call('count');
    expect(instance.reset()).toBe(true);
    expect(instance.call('count')).toBe(2);
    expect(() => instance.call('trap')).toThrow(code('ERR_WASM_TRAP'));
    expect(instance.reset()).toBe(true);
    instance.onAcquire();
    expect(instance.call('count')).toBe(1);
  });
});

describe('initialisation', () => {
  it('is stopped when the start function never ends', async () => {
    const program = await WasmProgram.load(wat('(module (func $s (loop (br 0))) (start $s))'));
    await expect(instanceOf(program, { startDeadlineMs: 20 })).rejects.toThrow(
      code('ERR_WASM_DEADLINE'),
    );
  });

  it('says what went wrong when it traps', async () => {
    const program = await WasmProgram.load(wat('(module (func $s unreachable) (start $s))'));
    await expect(instanceOf(program)).rejects.toThrow(code('ERR_WASM_TRAP'));
  });

  it('runs the warm-up call before the snapshot, and the reseed hook after every restore', async () => {
    const seen: number[] = [];
    const { instance } = await give({
      warmUp: (api) => void api.count(),
      reseed: (api) => void seen.push(api.count()),
    });
    expect(instance.call('count')).toBe(2);
    instance.restore();
    expect(seen).toEqual([2]);
    expect(instance.call('count')).toBe(3);
  });
});

describe('bytes', () => {
  it('go in and come out', async () => {
    const { instance } = await give({});
    const text = Buffer.from('hello äöü');
    expect(Buffer.from(instance.callBytes('echo', text)).toString()).toBe('hello äöü');
    expect(instance.callBytes('echo', new Uint8Array())).toEqual(new Uint8Array());
  });

  it('are refused when the guest names some outside its memory', async () => {
    const { instance } = await give({});
    expect(() => instance.callBytes('lie', new Uint8Array(3))).toThrow(code('ERR_WASM_ABI'));
    expect(() => instance.callBytes('add', new Uint8Array(3))).toThrow(code('ERR_WASM_ABI'));
    expect(() => instance.callBytes('echo', new Uint8Array(200_000))).toThrow(code('ERR_WASM_ABI'));
  });
});
