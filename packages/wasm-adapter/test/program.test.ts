import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { compilerCounters, WasmProgram } from '../src/index.js';
import { instanceOf } from './support/guest.js';
import { toolboxText } from './support/guests.js';
import { wat } from './support/wat.js';

const code = (expected: string) => expect.objectContaining({ code: expected });
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rockpool-wasm-'));
  folders.push(path);
  return path;
}

/** A module that no other test has loaded. */
const unique = (() => {
  let count = 0;
  return () => {
    count += 1;
    return wat(`(module (func (export "f") (result i32) (i32.const ${count}${process.pid})))`);
  };
})();

describe('bad input', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /is empty/],
    ['text', Buffer.from('(module)'), /wat2wasm/],
    ['a web page', Buffer.from('<!doctype html>'), /HTML/],
    ['other bytes', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), /begins with 01020304/],
    ['a truncated header', Uint8Array.of(0, 0x61, 0x73, 0x6d), /truncated/],
    ['a truncated module', wat(toolboxText).subarray(0, 200), /cannot be loaded|not valid/],
    ['another version', Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 0, 0), /version 9/],
  ])('%s is refused in words', async (_name, bytes, message) => {
    await expect(WasmProgram.load(bytes)).rejects.toThrow(code('ERR_WASM_PROGRAM'));
    await expect(WasmProgram.load(bytes)).rejects.toThrow(message);
  });

  it('names a file that is missing', async () => {
    await expect(WasmProgram.load('/nowhere/x.wasm')).rejects.toThrow(/nowhere.*cannot be read/);
  });

  it('names every missing import', async () => {
    const bytes = wat('(module (import "a" "f" (func)) (import "b" "m" (memory 1)))');
    await expect(WasmProgram.load(bytes)).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_WASM_IMPORTS',
        missing: ['a.f (function)', 'b.m (memory)'],
      }),
    );
  });

  it('refuses imports that would be shared by all instances', async () => {
    const bytes = wat('(module (import "b" "m" (memory 1)) (func (export "f")))');
    const memory = new WebAssembly.Memory({ initial: 1 });
    await expect(WasmProgram.load(bytes, { imports: { b: { m: memory } } })).rejects.toThrow(
      /shared by all instances/,
    );
    const program = await WasmProgram.load(bytes, {
      imports: () => ({ b: { m: new WebAssembly.Memory({ initial: 1 }) } }),
    });
    expect(program.isolationReport().recommended).toBe('snapshot');
  });

  it('says which option is unknown', async () => {
    await expect(WasmProgram.load(unique(), { meterring: 'x' } as never)).rejects.toThrow(
      /meterring.*did you mean `metering`/,
    );
  });

  it('lists the exports when one is missing', async () => {
    const { instance } = await instanceOf(await WasmProgram.load(unique()));
    expect(() => instance.call('nothing' as never)).toThrow(/no function `nothing`; it has f/);
  });
});

describe('a program that cannot be restored', () => {
  it.each<[string, string, RegExp]>([
    [
      'v128 global',
      '(module (global (mut v128) (v128.const i32x4 0 0 0 0)) (func (export "f")))',
      /v128/,
    ],
    [
      'imported table that grows',
      '(module (import "t" "t" (table 1 funcref)) (func (export "f") (drop (table.grow 0 (ref.null func) (i32.const 1)))))',
      /imported and grown/,
    ],
  ])('runs fresh and says why: %s', async (_name, text, reason) => {
    const program = await WasmProgram.load(wat(text), {
      imports: () => ({ t: { t: new WebAssembly.Table({ initial: 1, element: 'anyfunc' }) } }),
    });
    const report = program.isolationReport();
    expect(report.recommended).toBe('fresh');
    expect(report.reasons.join()).toMatch(reason);
    expect(report).toMatchObject({ metering: 'metered', memoryLimit: 'enforced' });
    const { instance } = await instanceOf(program);
    instance.call('f' as never);
  });

  it.each<[string, string, RegExp]>([
    ['64-bit memory', '(module (memory i64 1) (func (export "f")))', /memory64|64-bit/],
    ['shared memory', '(module (memory 1 1 shared) (func (export "f")))', /shared/],
  ])('runs fresh and says why where the engine has it: %s', async (_name, text, reason) => {
    const bytes = wat(text);
    if (!WebAssembly.validate(bytes)) return; // memory64: Node 24 and later
    const program = await WasmProgram.load(bytes);
    const report = program.isolationReport();
    expect(report.recommended).toBe('fresh');
    expect(report.reasons.join()).toMatch(reason);
    const { instance } = await instanceOf(program);
    instance.call('f' as never);
  });

  it('runs as it came if the rewriter does not know its features', async () => {
    // (module (type (struct)) (func (export "f")))
    const gc = Uint8Array.of(
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 2, 0x5f, 0, 0x60, 0, 0, 3, 2, 1, 1],
      ...[7, 5, 1, 1, 0x66, 0, 0, 10, 4, 1, 2, 0, 0x0b],
    );
    if (!WebAssembly.validate(gc)) return; // Node 20
    const program = await WasmProgram.load(gc);
    expect(program.isolationReport()).toMatchObject({
      recommended: 'fresh',
      metering: 'unmetered',
      memoryLimit: 'not-enforced',
    });
    const { instance } = await instanceOf(program);
    instance.call('f' as never);
  });
});

describe('compilation', () => {
  it('happens once for the same content', async () => {
    const bytes = unique();
    const before = compilerCounters();
    await Promise.all([WasmProgram.load(bytes), WasmProgram.load(bytes.slice())]);
    await WasmProgram.load(bytes, { name: 'other name' });
    expect(compilerCounters().compiled - before.compiled).toBe(1);
    await WasmProgram.load(bytes, { metering: 'unmetered' });
    expect(compilerCounters().compiled - before.compiled).toBe(2);
  });

  it('takes the rewritten module from disk, and makes it again if the file is damaged', async () => {
    const cacheDirectory = await folder();
    const { DiskCache } = await import('../src/program/disk-cache.js');
    const cache = new DiskCache(cacheDirectory);
    const header = { manifest: { a: 1 } };
    await cache.write('key', header, Uint8Array.of(1, 2, 10, 3));
    expect(await cache.read('key')).toEqual({ header, bytes: Uint8Array.of(1, 2, 10, 3) });
    const [file] = await readdir(cacheDirectory);
    const path = join(cacheDirectory, file as string);
    const whole = await readFile(path);
    for (const damaged of [whole.subarray(0, -1), Buffer.from(''), Buffer.from('x\n{}\n')]) {
      await writeFile(path, damaged);
      expect(await cache.read('key')).toBeUndefined();
      expect(await readdir(cacheDirectory)).toEqual([]);
    }
    await writeFile(path, whole);
    whole[whole.length - 1] = 0;
    await writeFile(path, whole);
    expect(await cache.read('key')).toBeUndefined();
    expect(cache.problems.length).toBe(4);
  });

  it('lets many writers share a folder', async () => {
    const cacheDirectory = await folder();
    const { DiskCache } = await import('../src/program/disk-cache.js');
    const bytes = new Uint8Array(100_000).fill(7);
    const caches = Array.from({ length: 8 }, () => new DiskCache(cacheDirectory));
    await Promise.all(caches.map((cache) => cache.write('k', { n: 1 }, bytes)));
    for (const cache of caches) {
      const read = (await cache.read('k'))?.bytes ?? new Uint8Array();
      expect(Buffer.compare(read, bytes)).toBe(0);
    }
    expect(await readdir(cacheDirectory)).toHaveLength(1);
  });

  it('goes on without a cache folder that cannot be used', async () => {
    const file = join(await folder(), 'file');
    await writeFile(file, '');
    const warnings: string[] = [];
    const program = await WasmProgram.load(unique(), {
      cacheDirectory: file,
      name: 'unlucky',
      onWarning: (message) => warnings.push(message),
    });
    // One sentence, although it could neither be read nor written.
    expect(warnings).toEqual([
      expect.stringMatching(
        /^unlucky: the cache folder could not be used: .*file.*\(and \d more\)$/,
      ),
    ]);
    expect(program.isolationReport().recommended).toBe('snapshot');
  });
});
