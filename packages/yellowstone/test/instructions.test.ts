import { create, fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { InstructionError, instructionTree, walk } from '../src/index.js';
import { WireTransactionSchema } from '../src/wire/update.js';
import { realData } from './support/data.js';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const A = '4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi'; // 32 times 1
const B = '8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR'; // 32 times 2

/** Two instructions: the first calls three, of which the second calls one. */
function transaction(overrides: { logs?: string[]; account?: number } = {}) {
  const call = (programIdIndex: number, stackHeight: number, data: number) => ({
    programIdIndex,
    accounts: Uint8Array.of(overrides.account ?? 0),
    data: Uint8Array.of(data),
    stackHeight,
  });
  return create(WireTransactionSchema, {
    transaction: {
      signature: new Uint8Array(64),
      transaction: {
        message: {
          accountKeys: [key(7), key(1)],
          instructions: [
            { programIdIndex: 1, accounts: Uint8Array.of(0, 2), data: Uint8Array.of(0) },
            { programIdIndex: 2, accounts: Uint8Array.of(), data: Uint8Array.of(9) },
          ],
        },
      },
      meta: {
        loadedWritableAddresses: [key(2)],
        innerInstructions: [
          { index: 0, instructions: [call(2, 2, 1), call(2, 2, 2), call(1, 3, 3), call(2, 2, 4)] },
        ],
        logMessages: overrides.logs ?? [
          `Program ${A} invoke [1]`,
          `Program ${B} invoke [2]`,
          'Program log: first',
          `Program ${B} success`,
          `Program ${B} invoke [2]`,
          `Program ${A} invoke [3]`,
          `Program ${A} success`,
          `Program ${B} success`,
          `Program ${B} invoke [2]`,
          `Program ${B} success`,
          `Program ${A} success`,
          `Program ${B} invoke [1]`,
          `Program ${B} failed: custom program error: 0x1`,
        ],
      },
    },
  }).transaction as NonNullable<
    ReturnType<typeof create<typeof WireTransactionSchema>>['transaction']
  >;
}

describe('the tree of instructions', () => {
  it('nests what was called by its height, with paths and flat indexes', () => {
    const tree = instructionTree(transaction());
    expect([...walk(tree)].map(({ path, flatIndex, data }) => [path, flatIndex, data[0]])).toEqual([
      [[0], 0, 0],
      [[0, 0], 1, 1],
      [[0, 1], 2, 2],
      [[0, 1, 0], 3, 3],
      [[0, 2], 4, 4],
      [[1], 5, 9],
    ]);
    expect(tree[0]?.accounts).toEqual([key(7), key(2)]);
    expect(tree[0]?.program).toEqual(key(1));
  });

  it('gives each instruction its logs, with those of what it called', () => {
    const logs = [...walk(instructionTree(transaction()))].map((node) => node.logs.length);
    expect(logs).toEqual([11, 3, 4, 2, 2, 2]);
  });

  it('gives no logs to an instruction behind the place where they were cut off', () => {
    const cut = [`Program ${A} invoke [1]`, `Program ${B} invoke [2]`, 'Log truncated'];
    const logs = [...walk(instructionTree(transaction({ logs: cut })))].map((node) => node.logs);
    expect(logs).toEqual([cut, cut.slice(1), [], [], [], []]);
  });

  it('is refused when an instruction names an account that is not there', () => {
    expect(() => instructionTree(transaction({ account: 9 }))).toThrow(InstructionError);
    expect(() => instructionTree(transaction({ account: 9 }))).toThrow(
      'instruction 0.0 names account 9: the transaction has 3',
    );
  });
});

const bytes = realData('transaction-dp4.bin');
const expected = realData('transaction-dp4.json');

it.skipIf(bytes === undefined || expected === undefined)(
  'a real transaction has the instructions that another implementation finds, in its order',
  () => {
    const info = fromBinary(WireTransactionSchema, bytes as Uint8Array).transaction;
    const ours = [...walk(instructionTree(info as NonNullable<typeof info>))];
    const { instructions } = JSON.parse(Buffer.from(expected as Uint8Array).toString()) as {
      instructions: { program: number[]; accounts: number[][]; data: number[] }[];
    };
    expect(
      ours.map(({ program, accounts, data }) => ({
        program: [...program],
        accounts: accounts.map((each) => [...each]),
        data: [...data],
      })),
    ).toEqual(instructions.map(({ program, accounts, data }) => ({ program, accounts, data })));
    expect(Math.max(...ours.map(({ path }) => path.length))).toBe(4);
  },
);
