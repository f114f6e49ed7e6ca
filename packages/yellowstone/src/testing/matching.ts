import { addressOf } from '../filters/addresses.js';
import type {
  AccountsFilter,
  BlocksFilter,
  SlotsFilter,
  SubscribeRequest,
  TransactionsFilter,
} from '../wire/request.js';
import type { WireAccount, WireTransactionInfo } from '../wire/update.js';
import type { ChainMessage } from './chain-message.js';

const FINALIZED = 2;

/** The names of the filters of a request that a message passes. */
export function matchingFilters(request: SubscribeRequest, message: ChainMessage): string[] {
  const { update } = message;
  switch (update.case) {
    case 'account':
      return passing(request.accounts, (filter) => accountPasses(filter, update.value));
    case 'slot':
      return passing(request.slots, (filter) =>
        slotPasses(filter, update.value.status, request.commitment ?? 0),
      );
    case 'transaction': {
      const info = update.value.transaction;
      return info === undefined
        ? []
        : passing(request.transactions, (filter) => transactionPasses(filter, info));
    }
    case 'transactionStatus':
      return passing(request.transactionsStatus, (filter) => statusPasses(filter, update.value));
    case 'block':
      return passing(request.blocks, blockPasses);
    case 'blockMeta':
      return Object.keys(request.blocksMeta);
    case 'entry':
      return Object.keys(request.entry);
    case 'ping':
    case 'pong':
    case undefined:
      return [];
  }
}

function passing<Filter>(
  filters: Readonly<Record<string, Filter>>,
  passes: (filter: Filter) => boolean,
): string[] {
  return Object.entries(filters)
    .filter(([, filter]) => passes(filter))
    .map(([name]) => name);
}

function accountPasses(filter: AccountsFilter, { account }: WireAccount): boolean {
  if (account === undefined) return false;
  return (
    oneOf(filter.account, account.pubkey) &&
    oneOf(filter.owner, account.owner) &&
    filter.filters.every(
      ({ filter: each }) => each.case !== 'datasize' || BigInt(account.data.length) === each.value,
    )
  );
}

function slotPasses(filter: SlotsFilter, status: number, commitment: number): boolean {
  if (filter.filterByCommitment) return status === commitment;
  return status <= FINALIZED || filter.interslotUpdates === true;
}

function transactionPasses(filter: TransactionsFilter, info: WireTransactionInfo): boolean {
  const { isVote, signature, meta } = info;
  if (!statusPasses(filter, { isVote, err: meta?.err, signature })) return false;
  const lists = [filter.accountInclude, filter.accountRequired, filter.accountExclude];
  // Keys are made addresses of only where a filter names some: that is dear.
  if (lists.every((list) => list.length === 0)) return true;
  const named = new Set(keysOf(info).map(addressOf));
  return (
    (filter.accountInclude.length === 0 || filter.accountInclude.some((each) => named.has(each))) &&
    filter.accountRequired.every((each) => named.has(each)) &&
    !filter.accountExclude.some((each) => named.has(each))
  );
}

function statusPasses(
  { vote, failed, signature }: TransactionsFilter,
  info: { readonly isVote: boolean; readonly err?: unknown; readonly signature: Uint8Array },
): boolean {
  return (
    (vote === undefined || vote === info.isVote) &&
    (failed === undefined || failed === (info.err !== undefined)) &&
    (signature === undefined || signature === addressOf(info.signature))
  );
}

/** The stand-in sends blocks whole. */
function blockPasses({ accountInclude }: BlocksFilter): boolean {
  return accountInclude.length === 0;
}

function keysOf({ transaction, meta }: WireTransactionInfo): readonly Uint8Array[] {
  return [
    ...(transaction?.message?.accountKeys ?? []),
    ...(meta?.loadedWritableAddresses ?? []),
    ...(meta?.loadedReadonlyAddresses ?? []),
  ];
}

function oneOf(list: readonly string[], key: Uint8Array): boolean {
  return list.length === 0 || list.includes(addressOf(key));
}
