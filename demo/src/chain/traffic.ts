import type { Address, Instruction, KeyPairSigner } from '@solana/kit';
import { AccountRole } from '@solana/kit';
import { getCreateAccountInstruction } from '@solana-program/system';
import {
  getBurnCheckedInstruction,
  getCreateAssociatedTokenIdempotentInstruction,
  getInitializeMint2Instruction,
  getMintSize,
  getMintToCheckedInstruction,
  getTransferCheckedInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from '@solana-program/token';
import type { Chain, ExecutedTransaction } from './chain.js';
import type { Dice } from './dice.js';
import { keyOf, type Wallet, walletOf } from './wallets.js';

/** Decimals of the demo's token. */
const DECIMALS = 6;
/** The program that keeps a text on the chain and does nothing else. */
export const MEMO_PROGRAM = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr' as Address;
/** The memo that the demo's handler refuses. */
export const POISON = 'poison';
const MINT_KEY = 1;
const FIRST_WALLET = 10;

/** What a step of the traffic may be, and how many of 100 are. */
const KINDS = { transfer: 78, mint: 6, burn: 4, newWallet: 6, memo: 3, broke: 3 } as const;

/** People who send tokens to each other: real transactions, chosen by dice. */
export class Traffic {
  readonly mint: KeyPairSigner;
  readonly #chain: Chain;
  readonly #dice: Dice;
  readonly #seed: number;
  readonly #wallets: Wallet[] = [];

  private constructor(chain: Chain, dice: Dice, seed: number, mint: KeyPairSigner) {
    this.#chain = chain;
    this.#dice = dice;
    this.#seed = seed;
    this.mint = mint;
  }

  /** Makes the mint; everything after is told by `steps`. */
  static async begin(
    chain: Chain,
    dice: Dice,
    seed: number,
  ): Promise<{ traffic: Traffic; genesis: ExecutedTransaction }> {
    const mint = await keyOf(seed, MINT_KEY);
    const space = getMintSize();
    const genesis = await chain.execute([
      getCreateAccountInstruction({
        payer: chain.payer,
        newAccount: mint,
        lamports: chain.rentFor(space),
        space,
        programAddress: TOKEN_PROGRAM_ADDRESS,
      }),
      getInitializeMint2Instruction({
        mint: mint.address,
        decimals: DECIMALS,
        mintAuthority: chain.payer.address,
      }),
    ]);
    return { traffic: new Traffic(chain, dice, seed, mint), genesis };
  }

  /** Opens a wallet with some tokens in it. */
  async open(): Promise<ExecutedTransaction> {
    const wallet = await walletOf(
      this.#seed,
      FIRST_WALLET + this.#wallets.length,
      this.mint.address,
    );
    this.#wallets.push(wallet);
    return this.#chain.execute([
      getCreateAssociatedTokenIdempotentInstruction({
        payer: this.#chain.payer,
        ata: wallet.account,
        owner: wallet.owner.address,
        mint: this.mint.address,
      }),
      this.#minting(wallet, this.#dice.between(1_000_000n, 9_000_000n)),
    ]);
  }

  /** One transaction of whatever kind the dice say. */
  step(): Promise<ExecutedTransaction> {
    const kind = this.#kind();
    if (kind === 'newWallet') return this.open();
    return this.#chain.execute(this.#instructions(kind));
  }

  /** A transaction whose memo the handler of the demo refuses, for ever. */
  poison(): Promise<ExecutedTransaction> {
    return this.#chain.execute([this.#memo(POISON)]);
  }

  #kind(): keyof typeof KINDS {
    let left = this.#dice.below(100);
    for (const [kind, share] of Object.entries(KINDS)) {
      if (left < share) return kind as keyof typeof KINDS;
      left -= share;
    }
    return 'transfer';
  }

  #instructions(kind: Exclude<keyof typeof KINDS, 'newWallet'>): Instruction[] {
    const wallet = this.#dice.oneOf(this.#wallets);
    const held = this.#chain.tokensOf(wallet.account) ?? 0n;
    switch (kind) {
      case 'transfer':
        return this.#severalTransfers(wallet, held);
      case 'mint':
        return [this.#minting(wallet, this.#dice.between(1n, 1_000_000n))];
      case 'burn':
        return [this.#burning(wallet, held / 10n)];
      case 'memo':
        return [this.#memo(`greetings ${this.#dice.below(1_000)}`)];
      case 'broke':
        return [this.#transfer(wallet, held + 1n)];
    }
  }

  /** One transfer, and often a few: their order within a transaction matters to a ledger. */
  #severalTransfers(from: Wallet, held: bigint): Instruction[] {
    const count = 1 + this.#dice.below(3);
    const most = held / BigInt(count);
    return Array.from({ length: count }, () =>
      this.#transfer(from, most === 0n ? 0n : this.#dice.between(0n, most)),
    );
  }

  #transfer(from: Wallet, amount: bigint): Instruction {
    return getTransferCheckedInstruction({
      source: from.account,
      mint: this.mint.address,
      destination: this.#dice.oneOf(this.#wallets).account,
      authority: from.owner,
      amount,
      decimals: DECIMALS,
    });
  }

  #minting(to: Wallet, amount: bigint): Instruction {
    return getMintToCheckedInstruction({
      mint: this.mint.address,
      token: to.account,
      mintAuthority: this.#chain.payer,
      amount,
      decimals: DECIMALS,
    });
  }

  #burning(from: Wallet, amount: bigint): Instruction {
    return getBurnCheckedInstruction({
      account: from.account,
      mint: this.mint.address,
      authority: from.owner,
      amount,
      decimals: DECIMALS,
    });
  }

  #memo(text: string): Instruction {
    return {
      programAddress: MEMO_PROGRAM,
      accounts: [{ address: this.#chain.payer.address, role: AccountRole.READONLY_SIGNER }],
      data: new TextEncoder().encode(text),
    };
  }
}
