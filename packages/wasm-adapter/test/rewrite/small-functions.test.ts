import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WasmProgram } from '../../src/index.js';
import { readModule } from '../../src/rewrite/module.js';
import { smallFunctions } from '../../src/rewrite/small-functions.js';
import { instanceOf } from '../support/guest.js';
import { wat } from '../support/wat.js';

const weightsOf = (text: string): number[] => [...smallFunctions(readModule(wat(text)))];

describe('functions without a check at their entry', () => {
  it('are short and straight, and weigh what they call as well', () => {
    const [host, one, both] = weightsOf(`(module
      (import "h" "f" (func $host))
      (func $one (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
      (func (call $host) (drop (call $one (call $one (i32.const 1))))))`);
    expect(host).toBe(0);
    expect(one).toBeGreaterThan(0);
    expect(both).toBeGreaterThan(2 * one!);
  });

  it.each([
    ['a loop', '(func (loop (br_if 0 (i32.const 0))))'],
    ['a call through a table', '(table 1 funcref) (func (call_indirect (i32.const 0)))'],
    ['a call of itself', '(func $self (call $self))'],
    ['a tail call of itself', '(func $self (return_call $self))'],
    ['many instructions', `(func ${'(drop (i32.const 1000000))'.repeat(150)})`],
  ])('have none of them: %s', (_name, text) => {
    expect(weightsOf(`(module ${text})`)).toEqual([0]);
  });

  it('never come back to themselves, and weigh no more than is allowed, whoever calls whom', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(11), { maxLength: 6 }), { minLength: 12, maxLength: 12 }),
        (callees) => {
          const functions = callees.map((calls, index) => {
            return `(func $f${index} ${calls.map((callee) => `(call $f${callee})`).join(' ')})`;
          });
          const weights = weightsOf(`(module ${functions.join('\n')})`);
          const free = (index: number): boolean => weights[index]! > 0;
          const reached = (from: number, seen = new Set<number>()): Set<number> => {
            for (const callee of callees[from]!) {
              if (!free(callee) || seen.has(callee)) continue;
              seen.add(callee);
              reached(callee, seen);
            }
            return seen;
          };
          callees.forEach((calls, index) => {
            if (!free(index)) return;
            expect(reached(index).has(index)).toBe(false);
            const called = calls.reduce((sum, callee) => sum + weights[callee]!, 0);
            // Two bytes for each call, one for no locals, one for the end.
            expect(weights[index]).toBe(calls.length * 2 + 2 + called);
            expect(weights[index]).toBeLessThanOrEqual(512);
          });
        },
      ),
    );
  });
});

describe('a guest that only calls small functions', () => {
  /** Forty functions, each of which calls the next one twice: a million million calls, no loop, no recursion. */
  const tree = `(module
    ${Array.from({ length: 40 }, (_, index) => `(func $f${index} (call $f${index + 1}) (call $f${index + 1}))`).join('\n')}
    (func $f40)
    (func (export "run") (call $f0)))`;

  it('is stopped by its fuel', async () => {
    const program = await WasmProgram.load<{ run(): void }>(wat(tree));
    const { instance } = await instanceOf(program, { fuel: 100_000 });
    expect(() => instance.call('run')).toThrow(expect.objectContaining({ code: 'ERR_WASM_FUEL' }));
  });

  it('is stopped soon after its deadline', async () => {
    const program = await WasmProgram.load<{ run(): void }>(wat(tree));
    const { instance } = await instanceOf(program, { deadline: { ms: 20 } });
    expect(() => instance.call('run')).toThrow(
      expect.objectContaining({ code: 'ERR_WASM_DEADLINE' }),
    );
  });
});
