import type { Update } from '@rockpool/pipeline';
import type { InstructionNode } from '../instructions/tree.js';
import type { SlotStatus, WireBlock, WireBlockMeta, WireTransactionInfo } from '../wire/update.js';

/** What all updates of a chain have. `filters` are the ids of the pipelines that asked for it. */
export interface ChainUpdate extends Update {
  readonly slot: bigint;
}

/** An account after a change. Keys are 32 bytes. */
export interface AccountUpdate extends ChainUpdate {
  readonly kind: 'account';
  readonly pubkey: Uint8Array;
  readonly owner: Uint8Array;
  readonly lamports: bigint;
  readonly data: Uint8Array;
  readonly executable: boolean;
  readonly rentEpoch: bigint;
  /** Grows with every write on one server; servers do not agree on it. */
  readonly writeVersion: bigint;
  /** Of the transaction that changed it, 64 bytes. */
  readonly transactionSignature: Uint8Array | undefined;
  /** It was sent because the server starts, and not because it changed. */
  readonly isStartup: boolean;
}

/** A transaction that was executed. */
export interface TransactionUpdate extends ChainUpdate {
  readonly kind: 'transaction';
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** Its place in the block. */
  readonly index: number;
  readonly isVote: boolean;
  /** Whether it was rolled back. */
  readonly failed: boolean;
  /** Everything: the message, the balances, the logs. */
  readonly raw: WireTransactionInfo;
  /** Its instructions, with those that they called. Made on first reading. */
  readonly instructions: readonly InstructionNode[];
}

/** An instruction of a transaction, top-level or called by another; see `transaction.failed` for what became of it. */
export interface InstructionUpdate extends ChainUpdate {
  readonly kind: 'instruction';
  readonly program: Uint8Array;
  readonly accounts: readonly Uint8Array[];
  readonly data: Uint8Array;
  /** Where it stands in the tree: `[2, 0]` is the first instruction that the third one called. */
  readonly path: readonly number[];
  /** Where it stands when the tree is walked from the top, the first one being 0. */
  readonly flatIndex: number;
  /** The instructions that it called itself. */
  readonly inner: readonly InstructionNode[];
  /** What was logged while it ran, by what it called too. */
  readonly logs: readonly string[];
  readonly transaction: TransactionUpdate;
}

/** A transaction without its content. */
export interface TransactionStatusUpdate extends ChainUpdate {
  readonly kind: 'transactionStatus';
  readonly signature: Uint8Array;
  readonly index: number;
  readonly isVote: boolean;
  readonly failed: boolean;
}

/** A whole block. */
export interface BlockUpdate extends ChainUpdate {
  readonly kind: 'block';
  readonly blockhash: string;
  readonly parentSlot: bigint;
  readonly parentBlockhash: string;
  readonly raw: WireBlock;
}

/** A block without its content. */
export interface BlockMetaUpdate extends ChainUpdate {
  readonly kind: 'blockMeta';
  readonly blockhash: string;
  readonly parentSlot: bigint;
  readonly parentBlockhash: string;
  readonly executedTransactionCount: bigint;
  readonly entriesCount: bigint;
  readonly raw: WireBlockMeta;
}

/** A slot reached a status. */
export interface SlotUpdate extends ChainUpdate {
  readonly kind: 'slot';
  readonly status: SlotStatus;
  readonly parent: bigint | undefined;
  /** Why it is dead. */
  readonly deadError: string | undefined;
}

/** An entry of the ledger. */
export interface EntryUpdate extends ChainUpdate {
  readonly kind: 'entry';
  /** Its place in the slot. */
  readonly index: number;
  readonly numHashes: bigint;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  readonly executedTransactionCount: bigint;
  readonly startingTransactionIndex: bigint;
}

/** The updates of a Yellowstone source by their kind. */
export interface YellowstoneKinds {
  readonly account: AccountUpdate;
  readonly transaction: TransactionUpdate;
  readonly instruction: InstructionUpdate;
  readonly transactionStatus: TransactionStatusUpdate;
  readonly block: BlockUpdate;
  readonly blockMeta: BlockMetaUpdate;
  readonly slot: SlotUpdate;
  readonly entry: EntryUpdate;
}
