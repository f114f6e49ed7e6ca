import { describe, expect, it } from 'vitest';
import { createWasmPool, WasmProgram } from '../src/index.js';
import { backends } from './support/backends.js';
import { instanceOf } from './support/guest.js';
import { type Toolbox, toolboxText } from './support/guests.js';
import { realGuests } from './support/real-guests.js';
import { wat } from './support/wat.js';

const code = (expected: string) => expect.objectContaining({ code: expected });

/** V8 12 and later. */
const multiMemory = WebAssembly.validate(wat('(module (memory 1) (memory 1))'));

const epochToolbox = () =>
  WasmProgram.load<Toolbox>(wat(toolboxText), { name: 'toolbox', metering: 'epoch' });

describe.runIf(!multiMemory)('epochs on an engine with one memory in a module', () => {
  it('are refused with what to use instead', async () => {
    await expect(epochToolbox()).rejects.toThrow(code('ERR_WASM_OPTIONS'));
    await expect(epochToolbox()).rejects.toThrow(/second memory.*Node 22 or later, or "metered"/);
  });
});

describe.runIf(multiMemory)('a deadline kept by epoch', () => {
  it.each(backends)('stops a guest that never ends, and heals it ($name)', async (backend) => {
    const program = await epochToolbox();
    expect(program.isolationReport()).toMatchObject({ metering: 'epoch', recommended: 'snapshot' });
    const { instance, counters } = await instanceOf(
      program,
      { deadline: { ms: 60_000 }, check: 'paranoid' },
      backend,
    );
    for (let round = 1; round <= 20; round += 1) {
      expect(instance.call('count')).toBe(1);
      const before = performance.now();
      expect(() => instance.run((api) => api.spin(), { deadlineMs: 5 })).toThrow(
        expect.objectContaining({ code: 'ERR_WASM_DEADLINE', deadlineMs: 5 }),
      );
      const took = performance.now() - before;
      expect(took).toBeGreaterThanOrEqual(5);
      expect(took).toBeLessThan(5_000);
      expect(() => instance.call('add', 1, 2)).toThrow(code('ERR_WASM_POISONED'));
      expect(instance.restore()).toBe(true);
      expect(counters).toMatchObject({ heals: round, deadlineStops: round });
    }
    instance.destroy();
  });

  it('does not touch guests that end in time, however many run one after the other', async () => {
    const { instance, counters } = await instanceOf(await epochToolbox(), { deadline: { ms: 50 } });
    const until = performance.now() + 200;
    while (performance.now() < until) {
      expect(instance.call('add', 20, 22)).toBe(42);
      instance.call('need', 1);
      instance.restore();
    }
    expect(counters.deadlineStops).toBe(0);
    instance.destroy();
  });

  it('stops each of several instances at its own time', async () => {
    const program = await epochToolbox();
    const instances = await Promise.all(
      [1, 2, 3].map(async () => (await instanceOf(program)).instance),
    );
    for (const [index, instance] of instances.entries()) {
      const deadlineMs = 4 * (3 - index);
      expect(() => instance.run((api) => api.spin(), { deadlineMs })).toThrow(
        expect.objectContaining({ code: 'ERR_WASM_DEADLINE', deadlineMs }),
      );
      instance.destroy();
    }
  });

  it('stops a start function that never ends', async () => {
    const program = await WasmProgram.load(wat('(module (func $s (loop (br 0))) (start $s))'), {
      metering: 'epoch',
    });
    await expect(instanceOf(program, { startDeadlineMs: 20 })).rejects.toThrow(
      code('ERR_WASM_DEADLINE'),
    );
  });

  it('stops a guest in a worker, which serves on', async () => {
    const pool = createWasmPool(await epochToolbox(), {
      execution: 'worker',
      max: 2,
      spares: 0,
      deadline: { ms: 50, hardKillAfterMs: 20_000 },
      onWarning: () => undefined,
    });
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        [1, 2].map(() => expect(pool.call('spin')).rejects.toThrow(code('ERR_WASM_DEADLINE'))),
      );
      expect(await Promise.all([pool.call('count'), pool.call('count')])).toEqual([1, 1]);
    }
    expect(pool.wasmStats()).toMatchObject({ hardKills: 0, deadlineStops: 6 });
    await pool.close();
  });

  it('stops every guest, however often one is told a moment too early while another is told', async () => {
    const pool = createWasmPool(await epochToolbox(), {
      execution: 'worker',
      max: 3,
      spares: 0,
      deadline: { ms: 2, hardKillAfterMs: 2_000 },
      onWarning: () => undefined,
    });
    const spin = async (): Promise<void> => {
      for (let round = 0; round < 400; round += 1) {
        await expect(pool.call('spin')).rejects.toThrow(code('ERR_WASM_DEADLINE'));
      }
    };
    await Promise.all([spin(), spin(), spin()]);
    expect(pool.wasmStats()).toMatchObject({ hardKills: 0, deadlineStops: 1_200 });
    await pool.close();
  });

  it('stops a real guest with glue, and heals it', async () => {
    const sqlite = realGuests.find(({ name }) => name === 'sql.js');
    const program = await sqlite!.load({ metering: 'epoch' });
    const { instance } = await instanceOf(program, { deadline: { ms: 60_000 } });
    expect(instance.call('call', 'select 1')).toBe('[[[1]]]');
    const endless =
      'with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c';
    for (let round = 0; round < 3; round += 1) {
      expect(() => instance.run((api) => api.call(endless), { deadlineMs: 20 })).toThrow(
        code('ERR_WASM_DEADLINE'),
      );
      expect(instance.restore()).toBe(true);
      expect(instance.call('call', 'select 1')).toBe('[[[1]]]');
    }
    instance.destroy();
  });

  it('counts no fuel, and says so', async () => {
    const program = await epochToolbox();
    expect(() => createWasmPool(program, { fuel: 5 })).toThrow(/fuel.*metering: "metered"/);
    const metered = await WasmProgram.load<Toolbox>(wat(toolboxText));
    expect(() => createWasmPool(metered, { deadline: { ms: 5, mechanism: 'epoch' } })).toThrow(
      /"epoch" needs a program loaded with `metering: "epoch"`/,
    );
  });
});
