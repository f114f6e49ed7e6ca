import { parse } from '@bytecodealliance/jco';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWasmPool, WasmProgram } from '../src/index.js';
import { instanceOf } from './support/guest.js';

interface Dice {
  roll(): bigint;
  count(): bigint;
}

/** Throws dice with the random numbers of its host, and counts how often it was asked to. */
const text = `(component
  (import "wasi:random/random@0.2.3" (instance $random (export "get-random-u64" (func (result u64)))))
  (core func $get (canon lower (func $random "get-random-u64")))
  (core module $m
    (import "host" "get" (func $get (result i64)))
    (global $calls (mut i64) (i64.const 0))
    (func (export "roll") (result i64) (i64.rem_u (call $get) (i64.const 6)))
    (func (export "count") (result i64)
      (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
      (global.get $calls)))
  (core instance $i (instantiate $m (with "host" (instance (export "get" (func $get))))))
  (func (export "roll") (result u64) (canon lift (core func $i "roll")))
  (func (export "count") (result u64) (canon lift (core func $i "count"))))`;

let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await parse(text);
});

describe('a component that imports from WASI', () => {
  it('has the standard host when none is given', async () => {
    const { instance } = await instanceOf(await WasmProgram.load<Dice>(bytes));
    const rolls = new Set(Array.from({ length: 200 }, () => instance.call('roll')));
    expect([...rolls].toSorted()).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
  });

  it('has the host that it is given, and is restored between borrowers', async () => {
    let next = 10n;
    const program = await WasmProgram.load<Dice>(bytes, {
      imports: () => ({ 'wasi:random/random': { getRandomU64: () => next++ } }),
    });
    const pool = createWasmPool(program, { max: 1 });
    for (let round = 0; round < 3; round += 1) {
      await pool.use((instance) => {
        expect(instance.call('roll')).toBe((10n + BigInt(round)) % 6n);
        expect([instance.call('count'), instance.call('count')]).toEqual([1n, 2n]);
      });
    }
    await pool.close();
  });

  it('is refused when the host lacks what it imports, by name', async () => {
    await expect(
      WasmProgram.load<Dice>(bytes, { name: 'dice', imports: () => ({}) }),
    ).rejects.toMatchObject({
      code: 'ERR_WASM_IMPORTS',
      message: expect.stringContaining('wasi:random/random (instance)'),
    });
  });
});
