import { describe, expect, it } from 'vitest';
import { GuestStore } from '../../src/guest/store.js';
import { RewriteError, rewriteModule } from '../../src/rewrite/index.js';
import { portableBackend } from '../../src/snapshot/portable.js';
import { Snapshot } from '../../src/snapshot/snapshot.js';
import { wat } from '../support/wat.js';

const everything = { metering: 'metered', memory: 'virtual', state: 'restorable' } as const;

/** V8 12 and later. */
const multiMemory = WebAssembly.validate(wat('(module (memory 1) (memory 1))'));

/** Instantiates the rewritten module as a program does. */
function guest(text: string, imports: WebAssembly.Imports = {}) {
  const { bytes, manifest } = rewriteModule(wat(text), everything);
  const store = new GuestStore({ limitPages: 64, now: () => performance.now() });
  store.meter.disarm();
  const module = new WebAssembly.Module(new Uint8Array(bytes));
  const instance = store.instantiate({ name: 'test', module, manifest }, imports);
  const exports = instance.exports as Record<string, (...values: unknown[]) => unknown>;
  const snapshot = () => new Snapshot(store, { backend: portableBackend, check: 'paranoid' });
  return {
    store,
    exports,
    snapshot,
    call: (name: string, ...v: unknown[]) => exports[name]?.(...v),
  };
}

describe('a rewritten module', () => {
  it('gives back a hidden global, memory and a hidden table', () => {
    const { call, snapshot } = guest(`(module
      (memory 1) (global $count (mut i64) (i64.const 7))
      (table $t 4 funcref) (func $one (result i32) i32.const 1) (elem declare func $one)
      (func (export "bump") (result i64)
        (global.set $count (i64.add (global.get $count) (i64.const 1)))
        (i64.store (i32.const 8) (global.get $count))
        (global.get $count))
      (func (export "stored") (result i64) (i64.load (i32.const 8)))
      (func (export "fill") (table.set $t (i32.const 2) (ref.func $one)))
      (func (export "filled") (result i32) (i32.eqz (ref.is_null (table.get $t (i32.const 2))))))`);
    const image = snapshot();
    for (let round = 0; round < 3; round += 1) {
      expect(call('bump')).toBe(8n);
      expect(call('stored')).toBe(8n);
      call('fill');
      expect(call('filled')).toBe(1);
      expect(image.restore().kind).toBe('restored');
      expect(call('stored')).toBe(0n);
      expect(call('filled')).toBe(0);
      image.restore();
    }
  });

  it('keeps memory that grew, hides it from the guest and zeroes it', () => {
    const { call, snapshot, store } = guest(`(module (memory 1 10)
      (func (export "size") (result i32) memory.size)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "poke") (param i32) (i32.store8 (local.get 0) (i32.const 9)))
      (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0))))`);
    const image = snapshot();
    for (let round = 0; round < 3; round += 1) {
      expect(call('grow', 3)).toBe(1);
      call('poke', 200_000);
      expect(call('size')).toBe(4);
      image.restore();
      expect(call('size')).toBe(1);
      expect(call('peek', 200_000)).toBe(0);
      image.restore();
    }
    expect(store.memories[0]?.physicalPages).toBe(4);
    expect(call('grow', 10)).toBe(-1);
    expect(call('grow', -1)).toBe(-1);
    expect(store.growthFailures).toBe(2);
  });

  it.runIf(multiMemory)('virtualises every memory of a module with several', () => {
    const { call, snapshot } = guest(`(module (memory $a 1) (memory $b 2)
      (func (export "a") (result i32) (memory.size $a)) (func (export "b") (result i32) (memory.size $b))
      (func (export "growB") (result i32) (memory.grow $b (i32.const 5)))
      (func (export "poke") (i32.store $b (i32.const 0) (i32.const 77)))
      (func (export "peek") (result i32) (i32.load $b (i32.const 0))))`);
    const image = snapshot();
    expect(call('growB')).toBe(2);
    call('poke');
    expect([call('a'), call('b'), call('peek')]).toEqual([1, 7, 77]);
    image.restore();
    expect([call('a'), call('b'), call('peek')]).toEqual([1, 2, 0]);
  });

  it('traps on a dropped segment and finds it again after a restore', () => {
    const { call, snapshot } = guest(`(module (memory 1) (data $d "abc") (table 3 funcref)
      (func $f) (elem $e func $f $f)
      (func (export "init") (param i32) (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)))
      (func (export "drop") (data.drop $d))
      (func (export "initTable") (param i32) (table.init $e (i32.const 0) (i32.const 0) (local.get 0)))
      (func (export "dropTable") (elem.drop $e))
      (func (export "peek") (result i32) (i32.load8_u (i32.const 0))))`);
    const image = snapshot();
    for (let round = 0; round < 2; round += 1) {
      call('init', 3);
      expect(call('peek')).toBe(97);
      call('drop');
      call('init', 0); // nothing of a dropped segment may still be copied
      expect(() => call('init', 1)).toThrow(WebAssembly.RuntimeError);
      call('initTable', 2);
      call('dropTable');
      expect(() => call('initTable', 1)).toThrow(WebAssembly.RuntimeError);
      image.restore();
    }
  });

  it('uses table entries again that an earlier call added', () => {
    const { call, snapshot } = guest(`(module (table $t 1 100 externref)
      (func (export "add") (param externref i32) (result i32) (table.grow $t (local.get 0) (local.get 1)))
      (func (export "size") (result i32) (table.size $t))
      (func (export "get") (param i32) (result externref) (table.get $t (local.get 0)))
      (func (export "copy") (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1))))`);
    const image = snapshot();
    for (let round = 0; round < 3; round += 1) {
      expect(call('add', 'x', 5)).toBe(1);
      expect(call('add', 'y', 2)).toBe(6);
      expect([call('size'), call('get', 5), call('get', 7)]).toEqual([8, 'x', 'y']);
      call('copy');
      expect(call('get', 0)).toBe('x');
      image.restore();
      expect([call('size'), call('get', 0), call('get', 5)]).toEqual([1, null, null]);
      image.restore();
    }
    expect(call('add', 'z', 100)).toBe(-1);
  });

  it('undoes what glue code writes to an exported table', () => {
    const { exports, snapshot } = guest(`(module (table (export "t") 2 funcref)
      (func $f (export "f")) (elem (i32.const 0) $f))`);
    const table = exports['t'] as unknown as WebAssembly.Table;
    const image = snapshot();
    table.set(0, null);
    table.set(1, exports['f'] as () => unknown);
    expect(image.restore()).toMatchObject({ kind: 'restored' });
    expect([table.get(0), table.get(1)]).toEqual([exports['f'], null]);
    table.grow(1);
    expect(image.restore()).toMatchObject({ kind: 'lost' });
  });

  it('runs its start function under the meter', () => {
    const text = `(module (global $g (mut i32) (i32.const 0)) (start $s)
      (func $s (local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))
        (global.set $g (local.get 0)))
      (func (export "g") (result i32) (global.get $g)))`;
    const { call, store } = guest(text);
    expect(call('g')).toBe(1000);
    expect(store.meter.used).toBeGreaterThan(1000);
  });

  it('shows glue code only the exports of the original', () => {
    const { exports } = guest(
      `(module (memory 1) (func (export "f")) (global (mut i32) (i32.const 1)))`,
    );
    expect(Object.keys(exports)).toEqual(['f']);
  });

  it('keeps its custom sections where they were', () => {
    const original = wat('(module (func (export "f")))');
    const custom = Uint8Array.of(0, 5, 3, 97, 98, 99, 1);
    const withCustom = new Uint8Array([...original.slice(0, 8), ...custom, ...original.slice(8)]);
    const { bytes } = rewriteModule(withCustom, everything);
    const module = new WebAssembly.Module(new Uint8Array(bytes));
    expect(
      new Uint8Array(WebAssembly.Module.customSections(module, 'abc')[0] as ArrayBuffer),
    ).toEqual(Uint8Array.of(1));
    expect([...bytes.slice(8, 15)]).toEqual([...custom]);
  });
});

describe('fuel', () => {
  const looper = `(module (memory 1)
    (func (export "loop") (param i32) (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if 0 (local.get 0))))
    (func $even (param i32) (result i32) (if (result i32) (local.get 0)
      (then (call $odd (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))
    (func $odd (param i32) (result i32) (if (result i32) (local.get 0)
      (then (call $even (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0))))
    (export "even" (func $even))
    (func (export "fill") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)))
    (func (export "double") (param i32) (if (local.get 0) (then
      (call 4 (i32.sub (local.get 0) (i32.const 1))) (call 4 (i32.sub (local.get 0) (i32.const 1)))))))`;

  it('is counted exactly, whatever the size of the grants', () => {
    const used = [];
    for (const fuel of [undefined, 1_000_000]) {
      for (const deadlineMs of [undefined, 10_000]) {
        const { call, store } = guest(looper);
        store.meter.arm({ deadlineMs, fuel });
        call('loop', 50_000);
        used.push(store.meter.used);
      }
    }
    expect(new Set(used).size).toBe(1);
    expect(used[0]).toBe(50_001);
  });

  it('allows exactly as much as was given', () => {
    for (const [fuel, outcome] of [
      [50_001, 'ran'],
      [50_000, 'stopped'],
    ] as const) {
      const { call, store } = guest(looper);
      store.meter.arm({ deadlineMs: undefined, fuel });
      if (outcome === 'ran') call('loop', 50_000);
      else expect(() => call('loop', 50_000)).toThrow(WebAssembly.RuntimeError);
      expect(store.meter.stopped).toBe(outcome === 'ran' ? undefined : 'fuel');
    }
  });

  it.each(['loop', 'double', 'fill'])('stops endless %s at its deadline', (name) => {
    const { call, store } = guest(looper);
    store.meter.arm({ deadlineMs: 20, fuel: undefined });
    const before = performance.now();
    expect(() => call(name, name === 'double' ? 60 : 0)).toThrow(WebAssembly.RuntimeError);
    expect(store.meter.stopped).toBe('deadline');
    expect(performance.now() - before).toBeGreaterThanOrEqual(20);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('stops a guest for good, even where glue swallows the trap', () => {
    let tries = 0;
    const { call, store } = guest(
      `(module (import "h" "retry" (func $retry)) (func (export "spin") (loop (br 0)))
        (func (export "main") (loop (call $retry) (br 0))))`,
      {
        h: {
          retry: () => {
            tries += 1;
            try {
              call('spin');
            } catch {
              // swallowed on purpose
            }
          },
        },
      },
    );
    store.meter.arm({ deadlineMs: 10, fuel: undefined });
    expect(() => call('main')).toThrow(WebAssembly.RuntimeError);
    expect(tries).toBe(1);
  });

  it('cannot be caught by a guest that catches everything', () => {
    const { call, store } = guest(`(module (func (export "main")
      (loop (try (do (loop (br 0))) (catch_all)) (br 0))))`);
    store.meter.arm({ deadlineMs: 10, fuel: undefined });
    expect(() => call('main')).toThrow(WebAssembly.RuntimeError);
  });
});

describe('hostile bytes', () => {
  it('are refused with an error of the rewriter, wherever the file is cut or changed', () => {
    const whole = wat(`(module (import "m" "f" (func (param i32))) (memory 1 2) (table 2 funcref)
      (global $g (mut i32) (i32.const 3)) (func $s (loop (br_if 0 (global.get $g)) (call 0 (i32.const 1))))
      (start $s) (elem (i32.const 0) $s) (data (i32.const 0) "hello") (export "s" (func $s)))`);
    const attempt = (bytes: Uint8Array): void => {
      try {
        rewriteModule(bytes, everything);
      } catch (error) {
        expect(error).toBeInstanceOf(RewriteError);
      }
    };
    for (let length = 0; length < whole.length; length += 1) attempt(whole.subarray(0, length));
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = whole.slice();
        changed[at] = value;
        attempt(changed);
      }
    }
  });
});
