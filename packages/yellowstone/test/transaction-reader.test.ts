import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWireTransaction } from '../src/wire/transaction-reader.js';
import { type WireTransaction, WireTransactionSchema } from '../src/wire/update.js';
import { realData } from './support/data.js';

type Init = MessageInitShape<typeof WireTransactionSchema>;

const bytes = (max = 70): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ maxLength: max }) as fc.Arbitrary<Uint8Array<ArrayBuffer>>;
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/** Without the two characters that are left to protobuf-es. */
const text = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((each) => each.replaceAll(/[\uFFFD\uFEFF]/g, ''));
const some = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> =>
  fc.array(arbitrary, { maxLength: 4 });

const balance = fc.record(
  {
    accountIndex: u32,
    mint: text,
    owner: text,
    programId: text,
    uiTokenAmount: fc.record({
      uiAmount: fc.double({ noNaN: true }),
      decimals: u32,
      amount: text,
      uiAmountString: text,
    }),
  },
  { requiredKeys: [] },
);
const instruction = { programIdIndex: u32, accounts: bytes(), data: bytes() };

const wire: fc.Arbitrary<Init> = fc.record(
  {
    slot: u64,
    transaction: fc.record(
      {
        signature: bytes(),
        isVote: fc.boolean(),
        index: u64,
        transaction: fc.record({
          signatures: some(bytes()),
          message: fc.record(
            {
              header: fc.record({
                numRequiredSignatures: u32,
                numReadonlySignedAccounts: u32,
                numReadonlyUnsignedAccounts: u32,
              }),
              accountKeys: some(bytes()),
              recentBlockhash: bytes(),
              instructions: some(fc.record(instruction)),
              versioned: fc.boolean(),
              addressTableLookups: some(
                fc.record({
                  accountKey: bytes(),
                  writableIndexes: bytes(),
                  readonlyIndexes: bytes(),
                }),
              ),
            },
            { requiredKeys: [] },
          ),
        }),
        meta: fc.record(
          {
            err: fc.record({ err: bytes() }),
            fee: u64,
            preBalances: some(u64),
            postBalances: some(u64),
            innerInstructions: some(
              fc.record({
                index: u32,
                instructions: some(
                  fc.record(
                    { ...instruction, stackHeight: u32 },
                    { requiredKeys: ['programIdIndex', 'accounts', 'data'] },
                  ),
                ),
              }),
            ),
            innerInstructionsNone: fc.boolean(),
            logMessages: some(text),
            logMessagesNone: fc.boolean(),
            preTokenBalances: some(balance),
            postTokenBalances: some(balance),
            loadedWritableAddresses: some(bytes()),
            loadedReadonlyAddresses: some(bytes()),
            returnData: fc.record({ programId: bytes(), data: bytes() }),
            returnDataNone: fc.boolean(),
            computeUnitsConsumed: u64,
            costUnits: u64,
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Init>;

describe('the reader of transactions', () => {
  it('reads what protobuf-es reads, field by field', () => {
    fc.assert(
      fc.property(wire, fc.nat(9), (init, offset) => {
        const encoded = toBinary(WireTransactionSchema, create(WireTransactionSchema, init));
        expectSame(within(encoded, offset), offset, offset + encoded.length);
      }),
      { numRuns: 200 },
    );
  });

  it('leaves to protobuf-es whatever is not as usual', () => {
    const usual = toBinary(
      WireTransactionSchema,
      create(WireTransactionSchema, { slot: 7n, transaction: { index: 1n } }),
    );
    const unusual: readonly (readonly number[])[] = [
      [...usual, 0xf8, 0x01, 1], // field 31, which nobody knows
      [...usual, ...usual], // the same message twice, to be merged
      [...usual, 0x0a, 5, 1], // a message that ends too early
      [0x0a, 3, 0x22, 1, 0x32], // the tag of a log message, and nothing behind it
      [0x0a, 6, 0x22, 4, 0x32, 2, 0xff, 0xfe], // a log message that is no text
      [0x0a, 7, 0x22, 5, 0x32, 3, 0xef, 0xbb, 0xbf], // one that begins with a byte order mark
    ];
    for (const each of unusual) {
      expect(readWireTransaction(Uint8Array.from(each), 0, each.length)).toBeUndefined();
    }
  });

  it('gives up on any part of a transaction, or reads it as protobuf-es does', () => {
    fc.assert(
      fc.property(wire, fc.nat(), fc.nat(255), (init, place, byte) => {
        const encoded = toBinary(WireTransactionSchema, create(WireTransactionSchema, init));
        if (encoded.length === 0) return;
        encoded[place % encoded.length] = byte;
        const found = readWireTransaction(encoded, 0, encoded.length);
        if (found !== undefined) expectSame(encoded, 0, encoded.length);
      }),
      { numRuns: 500 },
    );
  });

  const captured = realData('transaction-dp4.bin');
  it.skipIf(captured === undefined)(
    'reads a captured transaction (skipped where it is not there)',
    () => {
      const encoded = Uint8Array.from(captured as Uint8Array);
      expectSame(encoded, 0, encoded.length);
    },
  );
});

function expectSame(encoded: Uint8Array, start: number, end: number): void {
  const found = readWireTransaction(encoded, start, end);
  expect(found).toBeDefined();
  expect(found).toEqual(fromBinary(WireTransactionSchema, encoded.slice(start, end)));
  // What was read is a message like any other.
  expect(toBinary(WireTransactionSchema, found as WireTransaction)).toEqual(
    toBinary(WireTransactionSchema, fromBinary(WireTransactionSchema, encoded.slice(start, end))),
  );
}

function within(encoded: Uint8Array, offset: number): Uint8Array {
  const result = new Uint8Array(encoded.length + offset + 3).fill(0xee);
  result.set(encoded, offset);
  return result;
}
