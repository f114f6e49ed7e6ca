import type { DescFile, Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  bool,
  bytes,
  describeFile,
  enumeration,
  f64,
  fields,
  i64,
  message,
  messageIn,
  optional,
  repeated,
  string,
  u32,
  u64,
} from './schema.js';

const PACKAGE = 'solana.storage.ConfirmedBlock';
type Name<N extends string> = `${typeof PACKAGE}.${N}`;

/** A transaction as it was signed. */
export interface Transaction extends Message<Name<'Transaction'>> {
  signatures: Uint8Array[];
  message?: TransactionMessage;
}

/** What was signed: the accounts and the instructions, which name accounts by index. */
export interface TransactionMessage extends Message<Name<'Message'>> {
  header?: MessageHeader;
  accountKeys: Uint8Array[];
  recentBlockhash: Uint8Array;
  instructions: CompiledInstruction[];
  versioned: boolean;
  addressTableLookups: AddressTableLookup[];
  config?: TransactionConfig;
}

/** Budgets that the first version of versioned messages carries in itself. */
export interface TransactionConfig extends Message<Name<'TransactionConfig'>> {
  priorityFee?: bigint;
  computeUnitLimit?: number;
  loadedAccountsDataSizeLimit?: number;
  heapSize?: number;
}

/** How many of the accounts sign, and how many are only read. */
export interface MessageHeader extends Message<Name<'MessageHeader'>> {
  numRequiredSignatures: number;
  numReadonlySignedAccounts: number;
  numReadonlyUnsignedAccounts: number;
}

/** Accounts that are named by their index in a table on the chain. */
export interface AddressTableLookup extends Message<Name<'MessageAddressTableLookup'>> {
  accountKey: Uint8Array;
  writableIndexes: Uint8Array;
  readonlyIndexes: Uint8Array;
}

/** An instruction of a message; each byte of `accounts` is the index of an account. */
export interface CompiledInstruction extends Message<Name<'CompiledInstruction'>> {
  programIdIndex: number;
  accounts: Uint8Array;
  data: Uint8Array;
}

/** What became of a transaction. */
export interface TransactionMeta extends Message<Name<'TransactionStatusMeta'>> {
  err?: TransactionError;
  fee: bigint;
  preBalances: bigint[];
  postBalances: bigint[];
  innerInstructions: InnerInstructions[];
  innerInstructionsNone: boolean;
  logMessages: string[];
  logMessagesNone: boolean;
  preTokenBalances: TokenBalance[];
  postTokenBalances: TokenBalance[];
  rewards: Reward[];
  loadedWritableAddresses: Uint8Array[];
  loadedReadonlyAddresses: Uint8Array[];
  returnData?: ReturnData;
  returnDataNone: boolean;
  computeUnitsConsumed?: bigint;
  costUnits?: bigint;
}

/** An error of the chain, in its own binary form. */
export interface TransactionError extends Message<Name<'TransactionError'>> {
  err: Uint8Array;
}

/** The instructions that the instruction at `index` called. */
export interface InnerInstructions extends Message<Name<'InnerInstructions'>> {
  index: number;
  instructions: InnerInstruction[];
}

/** A called instruction. `stackHeight` is 2 for one that a top-level instruction called. */
export interface InnerInstruction extends Message<Name<'InnerInstruction'>> {
  programIdIndex: number;
  accounts: Uint8Array;
  data: Uint8Array;
  stackHeight?: number;
}

/** What a token account held before or after. */
export interface TokenBalance extends Message<Name<'TokenBalance'>> {
  accountIndex: number;
  mint: string;
  uiTokenAmount?: UiTokenAmount;
  owner: string;
  programId: string;
}

/** An amount as people read it. */
export interface UiTokenAmount extends Message<Name<'UiTokenAmount'>> {
  uiAmount: number;
  decimals: number;
  amount: string;
  uiAmountString: string;
}

/** What a program returned to its caller. */
export interface ReturnData extends Message<Name<'ReturnData'>> {
  programId: Uint8Array;
  data: Uint8Array;
}

/** A reward to an account; `rewardType`: 0 unspecified, 1 fee, 2 rent, 3 staking, 4 voting. */
export interface Reward extends Message<Name<'Reward'>> {
  pubkey: string;
  lamports: bigint;
  postBalance: bigint;
  rewardType: number;
  commission: string;
  commissionBps: string;
}

/** The rewards of a block. */
export interface Rewards extends Message<Name<'Rewards'>> {
  rewards: Reward[];
  numPartitions?: NumPartitions;
}

/** Seconds since 1970. */
export interface UnixTimestamp extends Message<Name<'UnixTimestamp'>> {
  timestamp: bigint;
}

/** The number of blocks below. */
export interface BlockHeight extends Message<Name<'BlockHeight'>> {
  blockHeight: bigint;
}

/** Over how many blocks rewards are spread. */
export interface NumPartitions extends Message<Name<'NumPartitions'>> {
  numPartitions: bigint;
}

export const storageFile: DescFile = describeFile(
  'solana-storage.proto',
  PACKAGE,
  {
    Transaction: fields<Transaction>({
      signatures: repeated(bytes(1)),
      message: message<TransactionMessage>(2, `${PACKAGE}.Message`),
    }),
    Message: fields<TransactionMessage>({
      header: message<MessageHeader>(1, `${PACKAGE}.MessageHeader`),
      accountKeys: repeated(bytes(2)),
      recentBlockhash: bytes(3),
      instructions: repeated(message<CompiledInstruction>(4, `${PACKAGE}.CompiledInstruction`)),
      versioned: bool(5),
      addressTableLookups: repeated(
        message<AddressTableLookup>(6, `${PACKAGE}.MessageAddressTableLookup`),
      ),
      config: message<TransactionConfig>(7, `${PACKAGE}.TransactionConfig`),
    }),
    TransactionConfig: fields<TransactionConfig>({
      priorityFee: optional(u64(1)),
      computeUnitLimit: optional(u32(2)),
      loadedAccountsDataSizeLimit: optional(u32(3)),
      heapSize: optional(u32(4)),
    }),
    MessageHeader: fields<MessageHeader>({
      numRequiredSignatures: u32(1),
      numReadonlySignedAccounts: u32(2),
      numReadonlyUnsignedAccounts: u32(3),
    }),
    MessageAddressTableLookup: fields<AddressTableLookup>({
      accountKey: bytes(1),
      writableIndexes: bytes(2),
      readonlyIndexes: bytes(3),
    }),
    CompiledInstruction: fields<CompiledInstruction>({
      programIdIndex: u32(1),
      accounts: bytes(2),
      data: bytes(3),
    }),
    TransactionStatusMeta: fields<TransactionMeta>({
      err: message<TransactionError>(1, `${PACKAGE}.TransactionError`),
      fee: u64(2),
      preBalances: repeated(u64(3)),
      postBalances: repeated(u64(4)),
      innerInstructions: repeated(message<InnerInstructions>(5, `${PACKAGE}.InnerInstructions`)),
      innerInstructionsNone: bool(10),
      logMessages: repeated(string(6)),
      logMessagesNone: bool(11),
      preTokenBalances: repeated(message<TokenBalance>(7, `${PACKAGE}.TokenBalance`)),
      postTokenBalances: repeated(message<TokenBalance>(8, `${PACKAGE}.TokenBalance`)),
      rewards: repeated(message<Reward>(9, `${PACKAGE}.Reward`)),
      loadedWritableAddresses: repeated(bytes(12)),
      loadedReadonlyAddresses: repeated(bytes(13)),
      returnData: message<ReturnData>(14, `${PACKAGE}.ReturnData`),
      returnDataNone: bool(15),
      computeUnitsConsumed: optional(u64(16)),
      costUnits: optional(u64(17)),
    }),
    TransactionError: fields<TransactionError>({ err: bytes(1) }),
    InnerInstructions: fields<InnerInstructions>({
      index: u32(1),
      instructions: repeated(message<InnerInstruction>(2, `${PACKAGE}.InnerInstruction`)),
    }),
    InnerInstruction: fields<InnerInstruction>({
      programIdIndex: u32(1),
      accounts: bytes(2),
      data: bytes(3),
      stackHeight: optional(u32(4)),
    }),
    TokenBalance: fields<TokenBalance>({
      accountIndex: u32(1),
      mint: string(2),
      uiTokenAmount: message<UiTokenAmount>(3, `${PACKAGE}.UiTokenAmount`),
      owner: string(4),
      programId: string(5),
    }),
    UiTokenAmount: fields<UiTokenAmount>({
      uiAmount: f64(1),
      decimals: u32(2),
      amount: string(3),
      uiAmountString: string(4),
    }),
    ReturnData: fields<ReturnData>({ programId: bytes(1), data: bytes(2) }),
    Reward: fields<Reward>({
      pubkey: string(1),
      lamports: i64(2),
      postBalance: u64(3),
      rewardType: enumeration(4, `${PACKAGE}.RewardType`),
      commission: string(5),
      commissionBps: string(6),
    }),
    Rewards: fields<Rewards>({
      rewards: repeated(message<Reward>(1, `${PACKAGE}.Reward`)),
      numPartitions: message<NumPartitions>(2, `${PACKAGE}.NumPartitions`),
    }),
    UnixTimestamp: fields<UnixTimestamp>({ timestamp: i64(1) }),
    BlockHeight: fields<BlockHeight>({ blockHeight: u64(1) }),
    NumPartitions: fields<NumPartitions>({ numPartitions: u64(1) }),
  },
  { RewardType: ['Unspecified', 'Fee', 'Rent', 'Staking', 'Voting'] },
);

export const TransactionSchema: GenMessage<Transaction> = messageIn(
  storageFile,
  `${PACKAGE}.Transaction`,
);
export const TransactionMetaSchema: GenMessage<TransactionMeta> = messageIn(
  storageFile,
  `${PACKAGE}.TransactionStatusMeta`,
);
