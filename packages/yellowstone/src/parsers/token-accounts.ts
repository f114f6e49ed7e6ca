import { FILTERED, type Parser } from '@rockpool/pipeline';
import type { AccountUpdate } from '../updates/kinds.js';
import { LayoutReader } from './layout.js';
import { accountParser } from './parser.js';

/** The program of SPL tokens. */
export const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';

/** How many bytes an account of tokens and a mint have. */
export const TOKEN_ACCOUNT_BYTES = 165;
export const MINT_BYTES = 82;

const ACCOUNT_STATES = ['uninitialized', 'initialized', 'frozen'] as const;

/** Tokens of one mint that one wallet holds. Keys are 32 bytes. */
export interface TokenAccount {
  readonly type: 'account';
  readonly address: Uint8Array;
  readonly mint: Uint8Array;
  readonly owner: Uint8Array;
  /** In the smallest unit of the mint. */
  readonly amount: bigint;
  readonly delegate: Uint8Array | undefined;
  readonly state: (typeof ACCOUNT_STATES)[number];
  /** For wrapped lamports: what keeps the account free of rent. */
  readonly nativeReserve: bigint | undefined;
  readonly delegatedAmount: bigint;
  readonly closeAuthority: Uint8Array | undefined;
}

/** A kind of token. */
export interface Mint {
  readonly type: 'mint';
  readonly address: Uint8Array;
  readonly mintAuthority: Uint8Array | undefined;
  readonly supply: bigint;
  readonly decimals: number;
  readonly isInitialized: boolean;
  readonly freezeAuthority: Uint8Array | undefined;
}

/**
 * Parses the accounts of the token program: {@link TokenAccount} and {@link Mint}; multisigs are left out.
 * @param id of the pipeline; default `'token-accounts'`
 */
export function tokenAccountParser(
  id = 'token-accounts',
): Parser<AccountUpdate, TokenAccount | Mint> {
  return accountParser({
    id,
    owner: TOKEN_PROGRAM,
    parse: ({ pubkey, data }) => {
      if (data.length === TOKEN_ACCOUNT_BYTES) return readTokenAccount(pubkey, data);
      return data.length === MINT_BYTES ? readMint(pubkey, data) : FILTERED;
    },
  });
}

/**
 * Reads an account of tokens from its data.
 * @throws LayoutError when the data is not that of one
 */
export function readTokenAccount(address: Uint8Array, data: Uint8Array): TokenAccount {
  const reader = new LayoutReader(data, 'a token account');
  const mint = reader.key();
  const owner = reader.key();
  const amount = reader.u64();
  const delegate = reader.option(() => reader.key());
  const state = reader.oneOf(ACCOUNT_STATES);
  const nativeReserve = reader.option(() => reader.u64());
  const delegatedAmount = reader.u64();
  const closeAuthority = reader.option(() => reader.key());
  return {
    type: 'account',
    address,
    mint,
    owner,
    amount,
    delegate,
    state,
    nativeReserve,
    delegatedAmount,
    closeAuthority,
  };
}

/**
 * Reads a mint from its data.
 * @throws LayoutError when the data is not that of one
 */
export function readMint(address: Uint8Array, data: Uint8Array): Mint {
  const reader = new LayoutReader(data, 'a mint');
  const mintAuthority = reader.option(() => reader.key());
  const supply = reader.u64();
  const decimals = reader.u8();
  const isInitialized = reader.u8() !== 0;
  const freezeAuthority = reader.option(() => reader.key());
  return { type: 'mint', address, mintAuthority, supply, decimals, isInitialized, freezeAuthority };
}
