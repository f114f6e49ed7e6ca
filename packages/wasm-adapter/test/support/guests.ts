import { WasmProgram } from '../../src/index.js';
import { wat } from './wat.js';

/** Functions of {@link toolbox}. */
export interface Toolbox {
  add(a: number, b: number): number;
  /** Counts its calls in a global and in memory. */
  count(): number;
  spin(): void;
  /** Recurses without end. */
  dive(): void;
  /** Grows until it is refused, then gives the pages it got. */
  hog(): number;
  /** Grows by one page and traps if it is refused. */
  need(pages: number): number;
  trap(): void;
  pages(): number;
}

/** One small guest with everything that can go wrong. */
export const toolboxText = `(module
  (memory (export "memory") 1 300) (global $calls (mut i32) (i32.const 0))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "count") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 1024) (i32.add (i32.load (i32.const 1024)) (i32.const 1)))
    (if (i32.ne (global.get $calls) (i32.load (i32.const 1024))) (then unreachable))
    (global.get $calls))
  (func (export "spin") (loop (i32.store (i32.const 1024) (i32.const 77)) (br 0)))
  (func $dive (export "dive") (call $dive) (i32.store (i32.const 0) (i32.const 1)))
  (func (export "hog") (result i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size))
  (func (export "need") (param i32) (result i32)
    (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable)) (memory.size))
  (func (export "trap") (i32.store (i32.const 1024) (i32.const 99)) unreachable)
  (func (export "pages") (result i32) memory.size)
  ;; bytes in, bytes out
  (global $free (mut i32) (i32.const 4096))
  (func (export "alloc") (param i32) (result i32) (local i32)
    (local.set 1 (global.get $free)) (global.set $free (i32.add (global.get $free) (local.get 0))) (local.get 1))
  (func (export "echo") (param i32 i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))
  (func (export "lie") (param i32 i32) (result i64) (i64.const -1)))`;

export const toolbox = (
  options: { metering?: 'metered' | 'unmetered' } = {},
): Promise<WasmProgram<Toolbox>> =>
  WasmProgram.load<Toolbox>(wat(toolboxText), { name: 'toolbox', ...options });
