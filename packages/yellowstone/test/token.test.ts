import { fromBinary } from '@bufbuild/protobuf';
import { FILTERED } from '@rockpool/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  instructionTree,
  LayoutError,
  readMint,
  readTokenAccount,
  readTokenInstruction,
  TOKEN_PROGRAM,
  tokenAccountParser,
  walk,
} from '../src/index.js';
import { WireTransactionSchema } from '../src/wire/update.js';
import { realData } from './support/data.js';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const mark = (set: boolean) => Buffer.from([set ? 1 : 0, 0, 0, 0]);
const bytes = (...parts: (Uint8Array | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)));
const accounts = [key(1), key(2), key(3), key(4)];

describe('accounts of the token program', () => {
  it('are read as they are laid out, with options that are there and that are not', () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.boolean(),
        fc.boolean(),
        fc.nat(2),
        (held, given, has, wrapped, state) => {
          const data = bytes(
            key(1),
            key(2),
            u64(held),
            mark(has),
            key(3),
            state,
            mark(wrapped),
            u64(9n),
            u64(given),
            mark(has),
            key(4),
          );
          expect(readTokenAccount(key(9), data)).toEqual({
            type: 'account',
            address: key(9),
            mint: Buffer.from(key(1)),
            owner: Buffer.from(key(2)),
            amount: held,
            delegate: has ? Buffer.from(key(3)) : undefined,
            state: ['uninitialized', 'initialized', 'frozen'][state],
            nativeReserve: wrapped ? 9n : undefined,
            delegatedAmount: given,
            closeAuthority: has ? Buffer.from(key(4)) : undefined,
          });
        },
      ),
    );
  });

  it('are mints when they have 82 bytes', () => {
    const data = bytes(mark(true), key(1), u64(1_000n), 6, 1, mark(false), key(0));
    expect(data).toHaveLength(82);
    expect(readMint(key(9), data)).toMatchObject({
      type: 'mint',
      supply: 1_000n,
      decimals: 6,
      isInitialized: true,
      freezeAuthority: undefined,
    });
  });

  it('are refused when they are cut off or marked wrongly, and left out when they are neither', () => {
    expect(() => readTokenAccount(key(9), new Uint8Array(100))).toThrow(LayoutError);
    expect(() => readMint(key(9), new Uint8Array(82).fill(7))).toThrow(LayoutError);
    const update = { owner: key(0), pubkey: key(9), data: new Uint8Array(165) };
    expect(tokenAccountParser().parse(update as never, undefined as never)).toBe(FILTERED);
  });
});

describe('instructions of the token program', () => {
  const table: readonly (readonly [string, Uint8Array, object])[] = [
    [
      'Transfer',
      bytes(3, u64(5n)),
      { type: 'transfer', source: key(1), destination: key(2), authority: key(3), amount: 5n },
    ],
    [
      'TransferChecked',
      bytes(12, u64(5n), 6),
      {
        type: 'transfer',
        source: key(1),
        mint: key(2),
        destination: key(3),
        authority: key(4),
        amount: 5n,
        decimals: 6,
      },
    ],
    [
      'MintTo',
      bytes(7, u64(5n)),
      { type: 'mintTo', mint: key(1), account: key(2), authority: key(3), amount: 5n },
    ],
    [
      'MintToChecked',
      bytes(14, u64(5n), 6),
      { type: 'mintTo', mint: key(1), account: key(2), amount: 5n },
    ],
    [
      'Burn',
      bytes(8, u64(5n)),
      { type: 'burn', account: key(1), mint: key(2), authority: key(3), amount: 5n },
    ],
    [
      'BurnChecked',
      bytes(15, u64(5n), 6),
      { type: 'burn', account: key(1), mint: key(2), amount: 5n },
    ],
    [
      'InitializeAccount',
      bytes(1),
      { type: 'initializeAccount', account: key(1), mint: key(2), owner: key(3) },
    ],
    [
      'InitializeAccount2',
      bytes(16, key(8)),
      { type: 'initializeAccount', account: key(1), mint: key(2), owner: Buffer.from(key(8)) },
    ],
    [
      'InitializeAccount3',
      bytes(18, key(8)),
      { type: 'initializeAccount', account: key(1), mint: key(2), owner: Buffer.from(key(8)) },
    ],
    [
      'InitializeMint',
      bytes(0, 6, key(8), 0),
      { type: 'initializeMint', mint: key(1), decimals: 6, freezeAuthority: undefined },
    ],
    [
      'InitializeMint2',
      bytes(20, 6, key(8), 1, key(7)),
      { type: 'initializeMint', decimals: 6, freezeAuthority: Buffer.from(key(7)) },
    ],
    [
      'CloseAccount',
      bytes(9),
      { type: 'closeAccount', account: key(1), destination: key(2), authority: key(3) },
    ],
    [
      'Approve',
      bytes(4, u64(5n)),
      { type: 'approve', source: key(1), delegate: key(2), owner: key(3), amount: 5n },
    ],
    ['Revoke', bytes(5), { type: 'revoke', source: key(1), owner: key(2) }],
    [
      'SetAuthority',
      bytes(6, 2, 1, key(8)),
      { type: 'setAuthority', authorityType: 'accountOwner', newAuthority: Buffer.from(key(8)) },
    ],
    ['FreezeAccount', bytes(10), { type: 'freezeAccount', account: key(1), mint: key(2) }],
    ['ThawAccount', bytes(11), { type: 'thawAccount', account: key(1), mint: key(2) }],
    ['SyncNative', bytes(17), { type: 'syncNative', account: key(1) }],
    ['one that is not known', bytes(200), { type: 'other', tag: 200 }],
  ];

  it.each(table)('%s', (_, data, expected) => {
    expect(readTokenInstruction(data, accounts)).toMatchObject(expected);
  });

  it('are refused when data or accounts are missing', () => {
    expect(() => readTokenInstruction(bytes(3, 1), accounts)).toThrow(LayoutError);
    expect(() => readTokenInstruction(bytes(3, u64(1n)), accounts.slice(0, 2))).toThrow(
      'token instruction 3 has only 2 accounts',
    );
  });

  const real = realData('transaction-dp4.bin');
  it.skipIf(real === undefined)('are found in a real transaction', () => {
    const info = fromBinary(WireTransactionSchema, real as Uint8Array).transaction;
    const found = [...walk(instructionTree(info as NonNullable<typeof info>))]
      .filter(({ program }) => addressOf(program) === TOKEN_PROGRAM)
      .map(({ data, accounts: keys }) => readTokenInstruction(data, keys).type);
    expect(found).toContain('transfer');
    expect(found).toContain('initializeAccount');
  });
});
