import type { DescFile, Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  bool,
  bytes,
  describeFile,
  enumeration,
  fields,
  i32,
  map,
  message,
  messageIn,
  oneof,
  optional,
  repeated,
  string,
  u64,
} from './schema.js';

/** What a client writes on its side of `Subscribe`: what it wants, or a ping. */
export interface SubscribeRequest extends Message<'geyser.SubscribeRequest'> {
  accounts: Record<string, AccountsFilter>;
  slots: Record<string, SlotsFilter>;
  transactions: Record<string, TransactionsFilter>;
  blocks: Record<string, BlocksFilter>;
  blocksMeta: Record<string, BlocksMetaFilter>;
  /** 0 processed, 1 confirmed, 2 finalized. */
  commitment?: number;
  accountsDataSlice: AccountsDataSlice[];
  entry: Record<string, EntryFilter>;
  ping?: RequestPing;
  transactionsStatus: Record<string, TransactionsFilter>;
  fromSlot?: bigint;
}

/** Accounts by address, by owner or by content; empty lists mean all. */
export interface AccountsFilter extends Message<'geyser.SubscribeRequestFilterAccounts'> {
  account: string[];
  owner: string[];
  filters: AccountContentFilter[];
  nonemptyTxnSignature?: boolean;
}

/** One condition on the content of an account. */
export interface AccountContentFilter
  extends Message<'geyser.SubscribeRequestFilterAccountsFilter'> {
  filter:
    | { case: 'memcmp'; value: MemcmpFilter }
    | { case: 'datasize'; value: bigint }
    | { case: 'tokenAccountState'; value: boolean }
    | { case: 'lamports'; value: LamportsFilter }
    | { case: undefined; value?: undefined };
}

/** The bytes that must stand at an offset. */
export interface MemcmpFilter extends Message<'geyser.SubscribeRequestFilterAccountsFilterMemcmp'> {
  offset: bigint;
  data:
    | { case: 'bytes'; value: Uint8Array }
    | { case: 'base58'; value: string }
    | { case: 'base64'; value: string }
    | { case: undefined; value?: undefined };
}

/** How the balance must compare. */
export interface LamportsFilter
  extends Message<'geyser.SubscribeRequestFilterAccountsFilterLamports'> {
  cmp:
    | { case: 'eq'; value: bigint }
    | { case: 'ne'; value: bigint }
    | { case: 'lt'; value: bigint }
    | { case: 'gt'; value: bigint }
    | { case: undefined; value?: undefined };
}

/** Slot statuses: only the one of the subscription's commitment, and those beyond `finalized` too. */
export interface SlotsFilter extends Message<'geyser.SubscribeRequestFilterSlots'> {
  filterByCommitment?: boolean;
  interslotUpdates?: boolean;
}

/** Transactions that name any of `accountInclude`, none of `accountExclude` and all of `accountRequired`. */
export interface TransactionsFilter extends Message<'geyser.SubscribeRequestFilterTransactions'> {
  vote?: boolean;
  failed?: boolean;
  signature?: string;
  accountInclude: string[];
  accountExclude: string[];
  accountRequired: string[];
}

/** Whole blocks, with what is asked for in them. */
export interface BlocksFilter extends Message<'geyser.SubscribeRequestFilterBlocks'> {
  accountInclude: string[];
  includeTransactions?: boolean;
  includeAccounts?: boolean;
  includeEntries?: boolean;
}

/** All block metas. */
export type BlocksMetaFilter = Message<'geyser.SubscribeRequestFilterBlocksMeta'>;

/** All entries. */
export type EntryFilter = Message<'geyser.SubscribeRequestFilterEntry'>;

/** The part of each account's data that is sent. */
export interface AccountsDataSlice extends Message<'geyser.SubscribeRequestAccountsDataSlice'> {
  offset: bigint;
  length: bigint;
}

/** A ping; the server answers with a pong of this id. */
export interface RequestPing extends Message<'geyser.SubscribeRequestPing'> {
  id: number;
}

export const requestFile: DescFile = describeFile(
  'geyser-request.proto',
  'geyser',
  {
    SubscribeRequest: fields<SubscribeRequest>({
      accounts: map(message<AccountsFilter>(1, 'geyser.SubscribeRequestFilterAccounts')),
      slots: map(message<SlotsFilter>(2, 'geyser.SubscribeRequestFilterSlots')),
      transactions: map(
        message<TransactionsFilter>(3, 'geyser.SubscribeRequestFilterTransactions'),
      ),
      blocks: map(message<BlocksFilter>(4, 'geyser.SubscribeRequestFilterBlocks')),
      blocksMeta: map(message<BlocksMetaFilter>(5, 'geyser.SubscribeRequestFilterBlocksMeta')),
      commitment: optional(enumeration(6, 'geyser.CommitmentLevel')),
      accountsDataSlice: repeated(
        message<AccountsDataSlice>(7, 'geyser.SubscribeRequestAccountsDataSlice'),
      ),
      entry: map(message<EntryFilter>(8, 'geyser.SubscribeRequestFilterEntry')),
      ping: message<RequestPing>(9, 'geyser.SubscribeRequestPing'),
      transactionsStatus: map(
        message<TransactionsFilter>(10, 'geyser.SubscribeRequestFilterTransactions'),
      ),
      fromSlot: optional(u64(11)),
    }),
    SubscribeRequestFilterAccounts: fields<AccountsFilter>({
      account: repeated(string(2)),
      owner: repeated(string(3)),
      filters: repeated(
        message<AccountContentFilter>(4, 'geyser.SubscribeRequestFilterAccountsFilter'),
      ),
      nonemptyTxnSignature: optional(bool(5)),
    }),
    SubscribeRequestFilterAccountsFilter: fields<AccountContentFilter>({
      filter: oneof<AccountContentFilter['filter']>({
        memcmp: message<MemcmpFilter>(1, 'geyser.SubscribeRequestFilterAccountsFilterMemcmp'),
        datasize: u64(2),
        tokenAccountState: bool(3),
        lamports: message<LamportsFilter>(4, 'geyser.SubscribeRequestFilterAccountsFilterLamports'),
      }),
    }),
    SubscribeRequestFilterAccountsFilterMemcmp: fields<MemcmpFilter>({
      offset: u64(1),
      data: oneof<MemcmpFilter['data']>({ bytes: bytes(2), base58: string(3), base64: string(4) }),
    }),
    SubscribeRequestFilterAccountsFilterLamports: fields<LamportsFilter>({
      cmp: oneof<LamportsFilter['cmp']>({ eq: u64(1), ne: u64(2), lt: u64(3), gt: u64(4) }),
    }),
    SubscribeRequestFilterSlots: fields<SlotsFilter>({
      filterByCommitment: optional(bool(1)),
      interslotUpdates: optional(bool(2)),
    }),
    SubscribeRequestFilterTransactions: fields<TransactionsFilter>({
      vote: optional(bool(1)),
      failed: optional(bool(2)),
      signature: optional(string(5)),
      accountInclude: repeated(string(3)),
      accountExclude: repeated(string(4)),
      accountRequired: repeated(string(6)),
    }),
    SubscribeRequestFilterBlocks: fields<BlocksFilter>({
      accountInclude: repeated(string(1)),
      includeTransactions: optional(bool(2)),
      includeAccounts: optional(bool(3)),
      includeEntries: optional(bool(4)),
    }),
    SubscribeRequestFilterBlocksMeta: {},
    SubscribeRequestFilterEntry: {},
    SubscribeRequestAccountsDataSlice: fields<AccountsDataSlice>({
      offset: u64(1),
      length: u64(2),
    }),
    SubscribeRequestPing: fields<RequestPing>({ id: i32(1) }),
  },
  { CommitmentLevel: ['PROCESSED', 'CONFIRMED', 'FINALIZED'] },
);

export const SubscribeRequestSchema: GenMessage<SubscribeRequest> = messageIn(
  requestFile,
  'geyser.SubscribeRequest',
);
