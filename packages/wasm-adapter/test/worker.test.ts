import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createWasmPool, WasmProgram, type WasmWorkerPoolOptions } from '../src/index.js';
import { type Extractor, extractorPath } from './support/built-guests.js';
import { type Toolbox, toolbox } from './support/guests.js';
import { wat } from './support/wat.js';

const code = (expected: string) => expect.objectContaining({ code: expected });
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});

async function workersOf(options: Omit<WasmWorkerPoolOptions<Toolbox>, 'execution'> = {}) {
  const pool = createWasmPool(await toolbox(), {
    execution: 'worker',
    max: 1,
    spares: 0,
    onWarning: () => undefined,
    ...options,
  });
  open.push(pool);
  return pool;
}

describe('a pool of workers', { timeout: 30_000 }, () => {
  it('calls guests, cleans them after every loan, and compiles nothing in a worker', async () => {
    const pool = await workersOf();
    expect(await pool.call('add', 20, 22)).toBe(42);
    for (let round = 0; round < 20; round += 1) expect(await pool.call('count')).toBe(1);
    await pool.use(async (instance) => {
      expect([await instance.call('count'), await instance.call('count')]).toEqual([1, 2]);
    });
    expect(await pool.call('count')).toBe(1);
    expect(pool.wasmStats()).toMatchObject({ compiledInWorkers: 0, instantiations: 1, calls: 24 });
  });

  it('carries bytes and strings of any size, as slots or as messages', async () => {
    const pool = await workersOf({ slotBytes: 2_048 });
    for (const size of [0, 1, 600, 2_000, 25_000]) {
      const text = 'ä'.repeat(size);
      expect(Buffer.from(await pool.callBytes('echo', text)).toString()).toBe(text);
      expect(await pool.callBytes('echo', Buffer.from(text))).toEqual(
        new Uint8Array(Buffer.from(text)),
      );
    }
  });

  it('carries numbers exactly, many and few, between calls of other kinds', async () => {
    const numbers = wat(`(module (memory (export "memory") 1)
      (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
      (func (export "ninth") (param f64 f64 f64 f64 f64 f64 f64 f64 f64) (result f64) (local.get 8))
      (func (export "eighth") (param f64 f64 f64 f64 f64 f64 f64 f64) (result f64) (local.get 7))
      (func (export "long") (param i64) (result i64) (local.get 0))
      (func (export "nothing")))`);
    type Numbers = Record<'half' | 'ninth' | 'eighth', (...values: number[]) => number> & {
      long(value: bigint): bigint;
      nothing(): void;
    };
    const pool = createWasmPool(await WasmProgram.load<Numbers>(numbers), {
      execution: 'worker',
      max: 1,
      spares: 0,
      onWarning: () => undefined,
    });
    open.push(pool);
    for (const value of [1, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 2 ** 53]) {
      expect(await pool.call('half', value)).toBe(value / 2);
      expect(await pool.call('eighth', 1, 2, 3, 4, 5, 6, 7, value)).toBe(value);
      expect(await pool.call('ninth', 1, 2, 3, 4, 5, 6, 7, 8, value)).toBe(value);
      expect(await pool.call('long', 2n ** 60n)).toBe(2n ** 60n);
      expect(await pool.call('nothing')).toBeUndefined();
    }
  });

  it('stops a guest inside the worker, which serves on', async () => {
    const pool = await workersOf({ deadline: { ms: 200, hardKillAfterMs: 20_000 } });
    await expect(pool.call('spin')).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_WASM_DEADLINE', deadlineMs: 200 }),
    );
    expect(await pool.call('count')).toBe(1);
    await expect(pool.call('trap')).rejects.toThrow(code('ERR_WASM_TRAP'));
    expect(await pool.call('count')).toBe(1);
    expect(pool.wasmStats()).toMatchObject({
      deadlineStops: 1,
      traps: 1,
      hardKills: 0,
      instantiations: 1,
    });
  });

  it('ends a worker that cannot be stopped otherwise, and a spare serves on', async () => {
    // Nothing in the guest counts fuel, and the deadline of the vm mechanism comes far too late.
    const program = await WasmProgram.load<Toolbox>(
      wat(
        '(module (func (export "spin") (loop (br 0))) (func (export "count") (result i32) (i32.const 1)))',
      ),
      { metering: 'unmetered' },
    );
    const pool = createWasmPool(program, {
      execution: 'worker',
      max: 1,
      spares: 1,
      deadline: { ms: 60_000, hardKillAfterMs: 500 },
      onWarning: () => undefined,
    });
    open.push(pool);
    expect(await pool.call('count')).toBe(1);
    await expect(pool.call('spin')).rejects.toThrow(code('ERR_WASM_DEADLINE'));
    expect(await pool.call('count')).toBe(1);
    expect(pool.wasmStats()).toMatchObject({ hardKills: 1 });
  });

  it.skipIf(isBuiltin('node:ffi'))(
    'does not track pages with koffi, which would end the process together with a worker',
    async () => {
      const warnings: string[] = [];
      const pool = await workersOf({
        backend: 'os-tracked',
        onWarning: (message) => warnings.push(message),
      });
      expect(await pool.call('count')).toBe(1);
      expect(warnings.join()).toMatch(
        /os-tracked snapshots are not available, portable ones are used/,
      );
    },
  );

  it('refuses a second call while one is running', async () => {
    const pool = await workersOf({ deadline: { ms: 400, hardKillAfterMs: 20_000 } });
    await pool.use(async (instance) => {
      const first = instance.call('spin');
      await expect(instance.call('add', 1, 2)).rejects.toThrow(/await it first/);
      await expect(first).rejects.toThrow(code('ERR_WASM_DEADLINE'));
    });
  });

  it('says which options cannot be sent', async () => {
    const program = await WasmProgram.load(wat('(module (import "a" "f" (func)))'), {
      imports: { a: { f: () => undefined } },
    });
    expect(() => createWasmPool(program, { execution: 'worker' })).toThrow(
      /cannot be sent.*module/,
    );
    const box = await toolbox();
    expect(() =>
      createWasmPool(box, { execution: 'worker', warmUp: (() => undefined) as never }),
    ).toThrow(/`warmUp` is a function/);
  });

  it('takes imports from a module file', async () => {
    const program = await WasmProgram.load<{ f(): number }>(
      wat(
        '(module (import "a" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f)))',
      ),
      {
        imports: {
          module: 'data:text/javascript,export const make = () => ({ a: { f: () => 7 } })',
          export: 'make',
        },
      },
    );
    const pool = createWasmPool(program, { execution: 'worker', max: 1, spares: 0 });
    open.push(pool);
    expect(await pool.call('f')).toBe(7);
  });

  it('fails to start with the error of the guest', async () => {
    const program = await WasmProgram.load(wat('(module (func $s unreachable) (start $s))'));
    const pool = createWasmPool(program, {
      execution: 'worker',
      max: 1,
      spares: 0,
      createRetry: { maxAttempts: 1 },
    });
    open.push(pool);
    await expect(pool.acquire()).rejects.toMatchObject({ cause: { code: 'ERR_WASM_TRAP' } });
  });

  it('runs the extractor component', async () => {
    const path = await extractorPath();
    const program = await WasmProgram.load<Extractor>(path, { cacheDirectory: dirname(path) });
    const pool = createWasmPool(program, {
      execution: 'worker',
      max: 1,
      spares: 0,
      onWarning: () => undefined,
    });
    open.push(pool);
    const html = `<html><body><article><h1>Title</h1><p>${'some words, '.repeat(10)}</p></article></body></html>`;
    expect(await pool.call('extract', html, 'https://e.com', { tag: 'article' })).toMatchObject({
      title: 'Title',
    });
    await expect(pool.call('extract', '', 'https://e.com', { tag: 'full' })).rejects.toMatchObject({
      payload: { tag: 'invalid-html' },
    });
  }, 120_000);
});
