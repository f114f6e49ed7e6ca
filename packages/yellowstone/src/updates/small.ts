import { LENGTH, VARINT, WireReader } from '../wire/reader.js';
import { SLOT_STATUSES } from '../wire/update.js';
import { checkedKey, DecodeError } from './decode-error.js';
import type { AccountUpdate, EntryUpdate, SlotUpdate, TransactionStatusUpdate } from './kinds.js';

/** What an update takes over from its frame. */
export interface Base {
  readonly position: bigint | undefined;
  readonly filters: readonly string[] | undefined;
  readonly sizeBytes: number;
  readonly receivedAtMs: number;
}

// The small kinds come by the hundred thousand a second, so they are read by hand: each function is the table of
// fields of its message, field number × 8 + wire type.

const reader = new WireReader();
const NO_BYTES = new Uint8Array(0);

/** Reads a `SubscribeUpdateEntry`. */
export function readEntry(bytes: Uint8Array, start: number, end: number, base: Base): EntryUpdate {
  reader.over(bytes, start, end);
  let slot = 0n;
  let index = 0;
  let numHashes = 0n;
  let hash: Uint8Array | undefined;
  let executedTransactionCount = 0n;
  let startingTransactionIndex = 0n;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 8 + VARINT) slot = reader.varint64();
    else if (tag === 16 + VARINT) index = reader.varint();
    else if (tag === 24 + VARINT) numHashes = reader.varint64();
    else if (tag === 32 + LENGTH) hash = reader.view();
    else if (tag === 40 + VARINT) executedTransactionCount = reader.varint64();
    else if (tag === 48 + VARINT) startingTransactionIndex = reader.varint64();
    else reader.skip(tag);
  }
  return {
    kind: 'entry',
    position: base.position,
    filters: base.filters,
    sizeBytes: base.sizeBytes,
    receivedAtMs: base.receivedAtMs,
    slot,
    index,
    numHashes,
    hash: checkedKey(hash, 32, 'the hash of an entry'),
    executedTransactionCount,
    startingTransactionIndex,
  };
}

/** Reads a `SubscribeUpdateSlot`. */
export function readSlot(bytes: Uint8Array, start: number, end: number, base: Base): SlotUpdate {
  reader.over(bytes, start, end);
  let slot = 0n;
  let parent: bigint | undefined;
  let number = 0;
  let deadError: string | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 8 + VARINT) slot = reader.varint64();
    else if (tag === 16 + VARINT) parent = reader.varint64();
    else if (tag === 24 + VARINT) number = reader.varint();
    else if (tag === 32 + LENGTH) deadError = Buffer.from(reader.view()).toString();
    else reader.skip(tag);
  }
  const status = SLOT_STATUSES[number];
  if (status === undefined) throw new DecodeError(`slot ${slot} has the unknown status ${number}`);
  return { kind: 'slot', ...base, slot, parent, status, deadError };
}

/** Reads a `SubscribeUpdateTransactionStatus`. */
export function readTransactionStatus(
  bytes: Uint8Array,
  start: number,
  end: number,
  base: Base,
): TransactionStatusUpdate {
  reader.over(bytes, start, end);
  let slot = 0n;
  let signature: Uint8Array | undefined;
  let isVote = false;
  let index = 0;
  let failed = false;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 8 + VARINT) slot = reader.varint64();
    else if (tag === 16 + LENGTH) signature = reader.view();
    else if (tag === 24 + VARINT) isVote = reader.varint() !== 0;
    else if (tag === 32 + VARINT) index = reader.varint();
    else {
      failed ||= tag === 40 + LENGTH;
      reader.skip(tag);
    }
  }
  signature = checkedKey(signature, 64, 'the signature of a transaction');
  return { kind: 'transactionStatus', ...base, slot, signature, index, isVote, failed };
}

/** Reads a `SubscribeUpdateAccount`. */
export function readAccount(
  bytes: Uint8Array,
  start: number,
  end: number,
  base: Base,
): AccountUpdate {
  reader.over(bytes, start, end);
  let info = end;
  let infoEnd = end;
  let slot = 0n;
  let isStartup = false;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 8 + LENGTH) {
      infoEnd = reader.lengthEnd();
      info = reader.at;
      reader.at = infoEnd;
    } else if (tag === 16 + VARINT) slot = reader.varint64();
    else if (tag === 24 + VARINT) isStartup = reader.varint() !== 0;
    else reader.skip(tag);
  }
  return { ...readAccountInfo(bytes, info, infoEnd, base), slot, isStartup };
}

function readAccountInfo(
  bytes: Uint8Array,
  start: number,
  end: number,
  base: Base,
): Omit<AccountUpdate, 'slot' | 'isStartup'> {
  reader.over(bytes, start, end);
  let pubkey: Uint8Array | undefined;
  let lamports = 0n;
  let owner: Uint8Array | undefined;
  let executable = false;
  let rentEpoch = 0n;
  let data = NO_BYTES as Uint8Array;
  let writeVersion = 0n;
  let transactionSignature: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 8 + LENGTH) pubkey = reader.view();
    else if (tag === 16 + VARINT) lamports = reader.varint64();
    else if (tag === 24 + LENGTH) owner = reader.view();
    else if (tag === 32 + VARINT) executable = reader.varint() !== 0;
    else if (tag === 40 + VARINT) rentEpoch = reader.varint64();
    else if (tag === 48 + LENGTH) data = reader.view();
    else if (tag === 56 + VARINT) writeVersion = reader.varint64();
    else if (tag === 64 + LENGTH) transactionSignature = reader.view();
    else reader.skip(tag);
  }
  if (transactionSignature !== undefined) checkedKey(transactionSignature, 64, 'a signature');
  return {
    kind: 'account',
    ...base,
    pubkey: checkedKey(pubkey, 32, 'the address of an account'),
    lamports,
    owner: checkedKey(owner, 32, 'the owner of an account'),
    executable,
    rentEpoch,
    data,
    writeVersion,
    transactionSignature,
  };
}
