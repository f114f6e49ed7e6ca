import { type InstructionNode, instructionTree, walk } from '../instructions/tree.js';
import { readWireTransaction } from '../wire/transaction-reader.js';
import { type WireTransactionInfo, WireTransactionSchema } from '../wire/update.js';
import { checkedKey, DecodeError, decoded } from './decode-error.js';
import type { InstructionUpdate, TransactionUpdate } from './kinds.js';
import type { Base } from './small.js';

/** Reads a `SubscribeUpdateTransaction`. */
export function readTransaction(
  bytes: Uint8Array,
  start: number,
  end: number,
  base: Base,
): TransactionUpdate {
  const { slot, transaction } =
    readWireTransaction(bytes, start, end) ??
    decoded(WireTransactionSchema, bytes.subarray(start, end));
  if (transaction === undefined) throw new DecodeError('a transaction without its content');
  return new DecodedTransaction(base, slot, transaction);
}

/** The instructions of a transaction as updates, in the order in which they ran. */
export function instructionsOf(transaction: TransactionUpdate): readonly InstructionUpdate[] {
  const { position, filters, receivedAtMs, slot, instructions } = transaction;
  const updates: InstructionUpdate[] = [];
  for (const node of walk(instructions)) {
    updates.push({
      kind: 'instruction',
      position,
      filters,
      receivedAtMs,
      slot,
      ...node,
      sizeBytes: node.data.length + OVERHEAD_BYTES,
      transaction,
    });
  }
  return updates;
}

/** What an instruction weighs beside its data: its keys are views of the transaction's. */
const OVERHEAD_BYTES = 64;

class DecodedTransaction implements TransactionUpdate {
  readonly kind = 'transaction';
  readonly position: bigint | undefined;
  readonly filters: readonly string[] | undefined;
  readonly sizeBytes: number;
  readonly receivedAtMs: number;
  readonly slot: bigint;
  readonly signature: Uint8Array;
  readonly index: number;
  readonly isVote: boolean;
  readonly failed: boolean;
  readonly raw: WireTransactionInfo;
  #instructions: readonly InstructionNode[] | undefined;

  constructor(base: Base, slot: bigint, raw: WireTransactionInfo) {
    this.position = base.position;
    this.filters = base.filters;
    this.sizeBytes = base.sizeBytes;
    this.receivedAtMs = base.receivedAtMs;
    this.slot = slot;
    this.signature = checkedKey(raw.signature, 64, 'the signature of a transaction');
    this.index = Number(raw.index);
    this.isVote = raw.isVote;
    this.failed = raw.meta?.err !== undefined;
    this.raw = raw;
  }

  get instructions(): readonly InstructionNode[] {
    this.#instructions ??= instructionTree(this.raw);
    return this.#instructions;
  }
}
