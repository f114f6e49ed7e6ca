import wabt from 'wabt';

const { parseWat } = await wabt();
const assemble = (name: string, text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parseWat(name, text).toBinary({}).buffer);

/** Functions of {@link smallGuest}. */
export interface SmallGuest {
  add(a: number, b: number): number;
  /** Adds up the numbers below `n`, in a loop that no compiler folds. */
  sum(n: number): number;
  spin(): void;
}

/** Nothing that takes time, something that takes as long as it is told, and something that never ends. */
export const smallGuest: Uint8Array<ArrayBuffer> = assemble(
  'small.wat',
  `(module
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 4096))
    (func (export "alloc") (param i32) (result i32) (local i32)
      (local.set 1 (global.get $free))
      (global.set $free (i32.add (global.get $free) (local.get 0)))
      (local.get 1))
    (func (export "echo") (param i32 i32) (result i64)
      (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "sum") (param i32) (result i32) (local i32)
      (loop
        (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (local.get 0)))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1))
    (func (export "spin") (loop (i32.store (i32.const 1024) (i32.const 77)) (br 0))))`,
);

/** The same for Extism, whose plugins take no arguments and give back whether they succeeded. */
export const extismGuest: Uint8Array<ArrayBuffer> = assemble(
  'plugin.wat',
  `(module
    (memory (export "memory") 1)
    (func (export "nothing") (result i32) (i32.const 0))
    (func (export "spin") (result i32) (loop (br 0)) (i32.const 0)))`,
);
