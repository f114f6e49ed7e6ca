import type { Address, Instruction, KeyPairSigner } from '@solana/kit';
import {
  appendTransactionMessageInstructions,
  type CompiledTransactionMessage,
  type CompiledTransactionMessageWithLifetime,
  createTransactionMessage,
  getBase58Encoder,
  getCompiledTransactionMessageDecoder,
  lamports,
  setTransactionMessageFeePayerSigner,
  signTransactionMessageWithSigners,
} from '@solana/kit';
import { decodeToken, getTokenSize, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { FailedTransactionMetadata, LiteSVM, type TransactionMetadata } from 'litesvm';

/** An account as it stood before or after a transaction. */
export interface AccountState {
  readonly address: Address;
  readonly lamports: bigint;
  readonly owner: Address;
  readonly executable: boolean;
  readonly data: Uint8Array;
}

/** A transaction that the chain has executed, and what it did. */
export interface ExecutedTransaction {
  readonly slot: bigint;
  readonly index: bigint;
  readonly signatures: readonly Uint8Array[];
  readonly message: CompiledTransactionMessage & CompiledTransactionMessageWithLifetime;
  readonly outcome: 'succeeded' | 'failed';
  readonly meta: TransactionMetadata;
  /** Accounts of the message in its order; `undefined` where there was none. */
  readonly before: readonly (AccountState | undefined)[];
  readonly after: readonly (AccountState | undefined)[];
}

/** What the payer of all fees begins with, in lamports. */
const FEE_LAMPORTS = 100_000_000_000n;
/** A chain that is not quite new: slots before this one can be named. */
const FIRST_SLOT = 100n;

/**
 * A Solana chain in this process: the real virtual machine with the real token program (LiteSVM). Slots pass when
 * they are told to.
 */
export class Chain {
  readonly payer: KeyPairSigner;
  readonly #svm: LiteSVM;
  #slot = FIRST_SLOT;
  #index = 0n;

  constructor(payer: KeyPairSigner) {
    this.payer = payer;
    this.#svm = new LiteSVM();
    const given = this.#svm.airdrop(payer.address, lamports(FEE_LAMPORTS));
    if (given instanceof FailedTransactionMetadata) {
      throw new Error(`the chain gave its payer nothing: ${given.toString()}`);
    }
    this.#svm.warpToSlot(this.#slot);
  }

  get slot(): bigint {
    return this.#slot;
  }

  get blockhash(): string {
    return this.#svm.latestBlockhash();
  }

  /** Ends the slot. */
  nextSlot(): void {
    this.#slot += 1n;
    this.#index = 0n;
    this.#svm.warpToSlot(this.#slot);
  }

  rentFor(bytes: number): ReturnType<typeof lamports> {
    return lamports(this.#svm.minimumBalanceForRentExemption(BigInt(bytes)));
  }

  /** Tokens in an account, undefined if there is no such account. */
  tokensOf(account: Address): bigint | undefined {
    const found = this.#svm.getAccount(account);
    return found.exists ? decodeToken(found).data.amount : undefined;
  }

  /** Every token account there is, and what it holds; by address. */
  allTokens(): Map<string, bigint> {
    const balances = new Map<string, bigint>();
    for (const account of this.#svm.getProgramAccounts(TOKEN_PROGRAM_ADDRESS)) {
      if (account.data.length !== getTokenSize()) continue;
      balances.set(account.address, decodeToken(account).data.amount);
    }
    // The chain keeps no order of its own.
    return new Map([...balances].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** Signs and executes a transaction; one that fails is part of the chain as well, as on a real one. */
  async execute(instructions: readonly Instruction[]): Promise<ExecutedTransaction> {
    const paid = setTransactionMessageFeePayerSigner(
      this.payer,
      createTransactionMessage({ version: 0 }),
    );
    const message = appendTransactionMessageInstructions(
      instructions,
      this.#svm.setTransactionMessageLifetimeUsingLatestBlockhash(paid),
    );
    const transaction = await signTransactionMessageWithSigners(message);
    const compiled = getCompiledTransactionMessageDecoder().decode(transaction.messageBytes);
    const before = this.#statesOf(compiled);
    const result = this.#svm.sendTransaction(transaction);
    const failed = result instanceof FailedTransactionMetadata;
    const executed: ExecutedTransaction = {
      slot: this.#slot,
      index: this.#index,
      signatures: Object.values(transaction.signatures).map((signature) => {
        if (signature === null) throw new Error('a signature is missing');
        return signature;
      }),
      message: compiled,
      outcome: failed ? 'failed' : 'succeeded',
      meta: failed ? result.meta() : result,
      before,
      after: this.#statesOf(compiled),
    };
    this.#index += 1n;
    // The same transfer may come again, and must not look like the same transaction.
    this.#svm.expireBlockhash();
    return executed;
  }

  #statesOf({ staticAccounts }: CompiledTransactionMessage): (AccountState | undefined)[] {
    return staticAccounts.map((address) => {
      const found = this.#svm.getAccount(address);
      if (!found.exists) return undefined;
      return {
        address,
        lamports: found.lamports,
        owner: found.programAddress,
        executable: found.executable,
        data: Uint8Array.from(found.data),
      };
    });
  }
}

const base58 = getBase58Encoder();

/** The 32 bytes of an address or a blockhash. */
export function bytesOf(address: string): Uint8Array {
  return Uint8Array.from(base58.encode(address));
}
