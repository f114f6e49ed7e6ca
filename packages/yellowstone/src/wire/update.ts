import type { DescFile, Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { file_google_protobuf_timestamp, type Timestamp } from '@bufbuild/protobuf/wkt';
import {
  bool,
  bytes,
  describeFile,
  enumeration,
  fields,
  i32,
  message,
  messageIn,
  oneof,
  optional,
  repeated,
  string,
  u64,
} from './schema.js';
import {
  type BlockHeight,
  type Rewards,
  storageFile,
  type Transaction,
  type TransactionError,
  type TransactionMeta,
  type UnixTimestamp,
} from './storage.js';

const STORAGE = 'solana.storage.ConfirmedBlock';

/** What a server writes on its side of `Subscribe`. `filters` names the filters of the request that matched. */
export interface SubscribeUpdate extends Message<'geyser.SubscribeUpdate'> {
  filters: string[];
  updateOneof:
    | { case: 'account'; value: WireAccount }
    | { case: 'slot'; value: WireSlot }
    | { case: 'transaction'; value: WireTransaction }
    | { case: 'block'; value: WireBlock }
    | { case: 'ping'; value: UpdatePing }
    | { case: 'blockMeta'; value: WireBlockMeta }
    | { case: 'entry'; value: WireEntry }
    | { case: 'pong'; value: UpdatePong }
    | { case: 'transactionStatus'; value: WireTransactionStatus }
    | { case: undefined; value?: undefined };
  createdAt?: Timestamp;
}

/** An account after a change. */
export interface WireAccount extends Message<'geyser.SubscribeUpdateAccount'> {
  account?: WireAccountInfo;
  slot: bigint;
  isStartup: boolean;
}

/** The state of an account. */
export interface WireAccountInfo extends Message<'geyser.SubscribeUpdateAccountInfo'> {
  pubkey: Uint8Array;
  lamports: bigint;
  owner: Uint8Array;
  executable: boolean;
  rentEpoch: bigint;
  data: Uint8Array;
  writeVersion: bigint;
  txnSignature?: Uint8Array;
}

/** A slot reached a status; see `SLOT_STATUSES`. */
export interface WireSlot extends Message<'geyser.SubscribeUpdateSlot'> {
  slot: bigint;
  parent?: bigint;
  status: number;
  deadError?: string;
}

/** A transaction that was executed. */
export interface WireTransaction extends Message<'geyser.SubscribeUpdateTransaction'> {
  transaction?: WireTransactionInfo;
  slot: bigint;
}

/** A transaction, what became of it, and its place in the block. */
export interface WireTransactionInfo extends Message<'geyser.SubscribeUpdateTransactionInfo'> {
  signature: Uint8Array;
  isVote: boolean;
  transaction?: Transaction;
  meta?: TransactionMeta;
  index: bigint;
}

/** A transaction without its content. */
export interface WireTransactionStatus extends Message<'geyser.SubscribeUpdateTransactionStatus'> {
  slot: bigint;
  signature: Uint8Array;
  isVote: boolean;
  index: bigint;
  err?: TransactionError;
}

/** A whole block. */
export interface WireBlock extends Message<'geyser.SubscribeUpdateBlock'> {
  slot: bigint;
  blockhash: string;
  rewards?: Rewards;
  blockTime?: UnixTimestamp;
  blockHeight?: BlockHeight;
  transactions: WireTransactionInfo[];
  parentSlot: bigint;
  parentBlockhash: string;
  executedTransactionCount: bigint;
  updatedAccountCount: bigint;
  accounts: WireAccountInfo[];
  entriesCount: bigint;
  entries: WireEntry[];
}

/** A block without its content. */
export interface WireBlockMeta extends Message<'geyser.SubscribeUpdateBlockMeta'> {
  slot: bigint;
  blockhash: string;
  rewards?: Rewards;
  blockTime?: UnixTimestamp;
  blockHeight?: BlockHeight;
  parentSlot: bigint;
  parentBlockhash: string;
  executedTransactionCount: bigint;
  entriesCount: bigint;
}

/** An entry of the ledger: a number of transactions between two hashes. */
export interface WireEntry extends Message<'geyser.SubscribeUpdateEntry'> {
  slot: bigint;
  index: bigint;
  numHashes: bigint;
  hash: Uint8Array;
  executedTransactionCount: bigint;
  startingTransactionIndex: bigint;
}

/** The server asks whether the client is there. */
export type UpdatePing = Message<'geyser.SubscribeUpdatePing'>;

/** The answer to a ping of the client. */
export interface UpdatePong extends Message<'geyser.SubscribeUpdatePong'> {
  id: number;
}

/** The statuses of a slot, by their numbers on the wire. */
export const SLOT_STATUSES = [
  'processed',
  'confirmed',
  'finalized',
  'firstShredReceived',
  'completed',
  'createdBank',
  'dead',
] as const;

/** A status of a slot. */
export type SlotStatus = (typeof SLOT_STATUSES)[number];

export const updateFile: DescFile = describeFile(
  'geyser-update.proto',
  'geyser',
  {
    SubscribeUpdate: fields<SubscribeUpdate>({
      filters: repeated(string(1)),
      updateOneof: oneof<SubscribeUpdate['updateOneof']>({
        account: message<WireAccount>(2, 'geyser.SubscribeUpdateAccount'),
        slot: message<WireSlot>(3, 'geyser.SubscribeUpdateSlot'),
        transaction: message<WireTransaction>(4, 'geyser.SubscribeUpdateTransaction'),
        block: message<WireBlock>(5, 'geyser.SubscribeUpdateBlock'),
        ping: message<UpdatePing>(6, 'geyser.SubscribeUpdatePing'),
        blockMeta: message<WireBlockMeta>(7, 'geyser.SubscribeUpdateBlockMeta'),
        entry: message<WireEntry>(8, 'geyser.SubscribeUpdateEntry'),
        pong: message<UpdatePong>(9, 'geyser.SubscribeUpdatePong'),
        transactionStatus: message<WireTransactionStatus>(
          10,
          'geyser.SubscribeUpdateTransactionStatus',
        ),
      }),
      createdAt: message<Timestamp>(11, 'google.protobuf.Timestamp'),
    }),
    SubscribeUpdateAccount: fields<WireAccount>({
      account: message<WireAccountInfo>(1, 'geyser.SubscribeUpdateAccountInfo'),
      slot: u64(2),
      isStartup: bool(3),
    }),
    SubscribeUpdateAccountInfo: fields<WireAccountInfo>({
      pubkey: bytes(1),
      lamports: u64(2),
      owner: bytes(3),
      executable: bool(4),
      rentEpoch: u64(5),
      data: bytes(6),
      writeVersion: u64(7),
      txnSignature: optional(bytes(8)),
    }),
    SubscribeUpdateSlot: fields<WireSlot>({
      slot: u64(1),
      parent: optional(u64(2)),
      status: enumeration(3, 'geyser.SlotStatus'),
      deadError: optional(string(4)),
    }),
    SubscribeUpdateTransaction: fields<WireTransaction>({
      transaction: message<WireTransactionInfo>(1, 'geyser.SubscribeUpdateTransactionInfo'),
      slot: u64(2),
    }),
    SubscribeUpdateTransactionInfo: fields<WireTransactionInfo>({
      signature: bytes(1),
      isVote: bool(2),
      transaction: message<Transaction>(3, `${STORAGE}.Transaction`),
      meta: message<TransactionMeta>(4, `${STORAGE}.TransactionStatusMeta`),
      index: u64(5),
    }),
    SubscribeUpdateTransactionStatus: fields<WireTransactionStatus>({
      slot: u64(1),
      signature: bytes(2),
      isVote: bool(3),
      index: u64(4),
      err: message<TransactionError>(5, `${STORAGE}.TransactionError`),
    }),
    SubscribeUpdateBlock: fields<WireBlock>({
      slot: u64(1),
      blockhash: string(2),
      rewards: message<Rewards>(3, `${STORAGE}.Rewards`),
      blockTime: message<UnixTimestamp>(4, `${STORAGE}.UnixTimestamp`),
      blockHeight: message<BlockHeight>(5, `${STORAGE}.BlockHeight`),
      transactions: repeated(
        message<WireTransactionInfo>(6, 'geyser.SubscribeUpdateTransactionInfo'),
      ),
      parentSlot: u64(7),
      parentBlockhash: string(8),
      executedTransactionCount: u64(9),
      updatedAccountCount: u64(10),
      accounts: repeated(message<WireAccountInfo>(11, 'geyser.SubscribeUpdateAccountInfo')),
      entriesCount: u64(12),
      entries: repeated(message<WireEntry>(13, 'geyser.SubscribeUpdateEntry')),
    }),
    SubscribeUpdateBlockMeta: fields<WireBlockMeta>({
      slot: u64(1),
      blockhash: string(2),
      rewards: message<Rewards>(3, `${STORAGE}.Rewards`),
      blockTime: message<UnixTimestamp>(4, `${STORAGE}.UnixTimestamp`),
      blockHeight: message<BlockHeight>(5, `${STORAGE}.BlockHeight`),
      parentSlot: u64(6),
      parentBlockhash: string(7),
      executedTransactionCount: u64(8),
      entriesCount: u64(9),
    }),
    SubscribeUpdateEntry: fields<WireEntry>({
      slot: u64(1),
      index: u64(2),
      numHashes: u64(3),
      hash: bytes(4),
      executedTransactionCount: u64(5),
      startingTransactionIndex: u64(6),
    }),
    SubscribeUpdatePing: {},
    SubscribeUpdatePong: fields<UpdatePong>({ id: i32(1) }),
  },
  {
    SlotStatus: SLOT_STATUSES.map(
      (status) => `SLOT_${status.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    ),
  },
  [storageFile, file_google_protobuf_timestamp],
);

export const SubscribeUpdateSchema: GenMessage<SubscribeUpdate> = messageIn(
  updateFile,
  'geyser.SubscribeUpdate',
);
export const WireTransactionSchema: GenMessage<WireTransaction> = messageIn(
  updateFile,
  'geyser.SubscribeUpdateTransaction',
);
export const WireBlockSchema: GenMessage<WireBlock> = messageIn(
  updateFile,
  'geyser.SubscribeUpdateBlock',
);
export const WireBlockMetaSchema: GenMessage<WireBlockMeta> = messageIn(
  updateFile,
  'geyser.SubscribeUpdateBlockMeta',
);
