import type { Parser } from '@rockpool/pipeline';
import type { InstructionUpdate } from '../updates/kinds.js';
import { LayoutError, LayoutReader } from './layout.js';
import { instructionParser } from './parser.js';
import { TOKEN_PROGRAM } from './token-accounts.js';

/** An account by its 32 bytes. */
type Key = Uint8Array;

/** What an instruction of the token program does. Amounts are in the smallest unit of the mint. */
export type TokenInstruction =
  | {
      readonly type: 'initializeMint';
      readonly mint: Key;
      readonly decimals: number;
      readonly mintAuthority: Key;
      readonly freezeAuthority: Key | undefined;
    }
  | {
      readonly type: 'initializeAccount';
      readonly account: Key;
      readonly mint: Key;
      readonly owner: Key;
    }
  | {
      readonly type: 'transfer';
      readonly source: Key;
      readonly destination: Key;
      readonly authority: Key;
      readonly amount: bigint;
      /** Known only of a `TransferChecked`. */
      readonly mint: Key | undefined;
      readonly decimals: number | undefined;
    }
  | {
      readonly type: 'approve';
      readonly source: Key;
      readonly delegate: Key;
      readonly owner: Key;
      readonly amount: bigint;
    }
  | { readonly type: 'revoke'; readonly source: Key; readonly owner: Key }
  | {
      readonly type: 'setAuthority';
      readonly account: Key;
      readonly authority: Key;
      readonly authorityType: AuthorityType;
      readonly newAuthority: Key | undefined;
    }
  | {
      readonly type: 'mintTo';
      readonly mint: Key;
      readonly account: Key;
      readonly authority: Key;
      readonly amount: bigint;
    }
  | {
      readonly type: 'burn';
      readonly account: Key;
      readonly mint: Key;
      readonly authority: Key;
      readonly amount: bigint;
    }
  | {
      readonly type: 'closeAccount';
      readonly account: Key;
      readonly destination: Key;
      readonly authority: Key;
    }
  | { readonly type: 'freezeAccount' | 'thawAccount'; readonly account: Key; readonly mint: Key }
  | { readonly type: 'syncNative'; readonly account: Key }
  /** Any other, such as those about multisigs. */
  | { readonly type: 'other'; readonly tag: number };

const AUTHORITY_TYPES = ['mintTokens', 'freezeAccount', 'accountOwner', 'closeAccount'] as const;

/** What an authority may do. */
export type AuthorityType = (typeof AUTHORITY_TYPES)[number];

/**
 * Parses the instructions of the token program.
 * @param id of the pipeline; default `'token-instructions'`
 */
export function tokenInstructionParser(
  id = 'token-instructions',
): Parser<InstructionUpdate, TokenInstruction> {
  return instructionParser({
    id,
    program: TOKEN_PROGRAM,
    parse: ({ data, accounts }) => readTokenInstruction(data, accounts),
  });
}

/**
 * Reads an instruction of the token program.
 * @throws LayoutError when its data or accounts are not as its first byte says
 */
export function readTokenInstruction(
  data: Uint8Array,
  accounts: readonly Uint8Array[],
): TokenInstruction {
  const reader = new LayoutReader(data, 'a token instruction');
  const tag = reader.u8();
  const read = READERS[tag];
  const account = (at: number): Key => {
    const key = accounts[at];
    if (key === undefined) {
      throw new LayoutError(`token instruction ${tag} has only ${accounts.length} accounts`);
    }
    return key;
  };
  return read === undefined ? { type: 'other', tag } : read(reader, account);
}

type Read = (reader: LayoutReader, account: (at: number) => Key) => TokenInstruction;

const initializeMint: Read = (reader, account) => ({
  type: 'initializeMint',
  mint: account(0),
  decimals: reader.u8(),
  mintAuthority: reader.key(),
  freezeAuthority: reader.shortOption(() => reader.key()),
});

/** From its second form on, the owner stands in the data. */
const initializeAccountWithOwner: Read = (reader, account) => ({
  type: 'initializeAccount',
  account: account(0),
  mint: account(1),
  owner: reader.key(),
});

const mintTo: Read = (reader, account) => ({
  type: 'mintTo',
  mint: account(0),
  account: account(1),
  authority: account(2),
  amount: reader.u64(),
});

const burn: Read = (reader, account) => ({
  type: 'burn',
  account: account(0),
  mint: account(1),
  authority: account(2),
  amount: reader.u64(),
});

/** By the first byte of the data. */
const READERS: Readonly<Record<number, Read>> = {
  0: initializeMint,
  1: (_reader, account) => ({
    type: 'initializeAccount',
    account: account(0),
    mint: account(1),
    owner: account(2),
  }),
  3: (reader, account) => ({
    type: 'transfer',
    source: account(0),
    destination: account(1),
    authority: account(2),
    amount: reader.u64(),
    mint: undefined,
    decimals: undefined,
  }),
  4: (reader, account) => ({
    type: 'approve',
    source: account(0),
    delegate: account(1),
    owner: account(2),
    amount: reader.u64(),
  }),
  5: (_reader, account) => ({ type: 'revoke', source: account(0), owner: account(1) }),
  6: (reader, account) => ({
    type: 'setAuthority',
    account: account(0),
    authority: account(1),
    authorityType: reader.oneOf(AUTHORITY_TYPES),
    newAuthority: reader.shortOption(() => reader.key()),
  }),
  7: mintTo,
  8: burn,
  9: (_reader, account) => ({
    type: 'closeAccount',
    account: account(0),
    destination: account(1),
    authority: account(2),
  }),
  10: (_reader, account) => ({ type: 'freezeAccount', account: account(0), mint: account(1) }),
  11: (_reader, account) => ({ type: 'thawAccount', account: account(0), mint: account(1) }),
  12: (reader, account) => ({
    type: 'transfer',
    source: account(0),
    mint: account(1),
    destination: account(2),
    authority: account(3),
    amount: reader.u64(),
    decimals: reader.u8(),
  }),
  13: (reader, account) => ({
    type: 'approve',
    source: account(0),
    delegate: account(2),
    owner: account(3),
    amount: reader.u64(),
  }),
  14: mintTo,
  15: burn,
  16: initializeAccountWithOwner,
  17: (_reader, account) => ({ type: 'syncNative', account: account(0) }),
  18: initializeAccountWithOwner,
  20: initializeMint,
};
