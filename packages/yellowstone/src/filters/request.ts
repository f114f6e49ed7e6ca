import { create, type Message } from '@bufbuild/protobuf';
import { type OptionProblem, PoolOptionsError } from '@rockpool/core';
import { PipelineOptionsError, type Subscription } from '@rockpool/pipeline';
import {
  type AccountsFilter,
  type BlocksFilter,
  type SlotsFilter,
  type SubscribeRequest,
  SubscribeRequestSchema,
  type TransactionsFilter,
} from '../wire/request.js';
import { FilterConflict, narrowPrefilters } from './narrow.js';
import type { Prefilter, PrefilterKind, TransactionPrefilter } from './prefilter.js';
import { parsePrefilter } from './schema.js';

/** The commitments, by their numbers on the wire. */
export const COMMITMENTS = ['processed', 'confirmed', 'finalized'] as const;

/** How sure the chain must be of what is sent. */
export type Commitment = (typeof COMMITMENTS)[number];

/** The name of the filter that the source adds to see slots being completed. */
export const OWN_FILTER = '__rockpool';

/** What the filters of all pipelines ask of a server. */
export interface Wanted {
  readonly request: SubscribeRequest;
  /** Whether block metas come for the source alone. */
  readonly ownBlockMeta: boolean;
  /** Whether all statuses of slots are wanted, up to `finalized`. */
  readonly allStatuses: boolean;
}

/** Which part of a prefilter a kind of pipeline goes by. */
const PART: Readonly<Record<string, PrefilterKind>> = {
  account: 'account',
  transaction: 'transaction',
  instruction: 'transaction',
  transactionStatus: 'transaction',
  block: 'block',
  blockMeta: 'blockMeta',
  slot: 'slot',
  entry: 'entry',
};

/**
 * The request for a number of pipelines: each has a filter of its own, by its id.
 * @throws PipelineOptionsError when a prefilter is wrong, or cannot be asked of a server; names all of them
 */
export function requestFor(
  subscriptions: Iterable<Subscription>,
  commitment: Commitment | undefined,
): Wanted {
  const request: Filters = {
    accounts: {},
    slots: {},
    transactions: {},
    transactionsStatus: {},
    blocks: {},
    blocksMeta: {},
    entry: {},
  };
  const problems: OptionProblem[] = [];
  for (const subscription of subscriptions) {
    try {
      add(request, subscription);
    } catch (error) {
      if (error instanceof PoolOptionsError) problems.push(...error.problems);
      else if (error instanceof FilterConflict) {
        problems.push({ path: subscription.pipeline, message: error.message });
      } else throw error;
    }
  }
  if (problems.length > 0) throw new PipelineOptionsError('yellowstone filters', problems);
  const ownBlockMeta = Object.keys(request.blocksMeta).length === 0;
  if (ownBlockMeta) request.blocksMeta[OWN_FILTER] = {};
  const allStatuses = Object.values(request.slots).some((filter) => !filter.filterByCommitment);
  const level = commitment === undefined ? {} : { commitment: COMMITMENTS.indexOf(commitment) };
  return {
    request: create(SubscribeRequestSchema, { ...request, ...level }),
    ownBlockMeta,
    allStatuses,
  };
}

/** The prefilter of one pipeline: what it and its parser ask for, together. */
export function prefilterOf({ pipeline, filters }: Subscription): Prefilter {
  return filters
    .map((filter) => parsePrefilter(filter, pipeline))
    .reduce<Prefilter>(narrowPrefilters, {});
}

/** The fields of a message, before it is one. */
type Init<M> = Partial<Omit<M, keyof Message>>;

/** The filters of a request, by kind and name. */
interface Filters {
  readonly accounts: Record<
    string,
    Init<Omit<AccountsFilter, 'filters'>> & { filters: DataSize[] }
  >;
  readonly slots: Record<string, Init<SlotsFilter>>;
  readonly transactions: Record<string, Init<TransactionsFilter>>;
  readonly transactionsStatus: Record<string, Init<TransactionsFilter>>;
  readonly blocks: Record<string, Init<BlocksFilter>>;
  readonly blocksMeta: Record<string, object>;
  readonly entry: Record<string, object>;
}

interface DataSize {
  readonly filter: { readonly case: 'datasize'; readonly value: bigint };
}

function add(request: Filters, subscription: Subscription): void {
  const { pipeline: id, kind } = subscription;
  const prefilter = prefilterOf(subscription);
  const part = PART[kind];
  if (part === undefined) {
    throw new FilterConflict(
      `a server has no updates of kind ${kind}; known are ${Object.keys(PART).join(', ')}`,
    );
  }
  switch (kind) {
    case 'account': {
      const { accounts = [], owners = [], dataSizeBytes } = prefilter.account ?? {};
      const filters =
        dataSizeBytes === undefined
          ? []
          : [{ filter: { case: 'datasize' as const, value: BigInt(dataSizeBytes) } }];
      request.accounts[id] = { account: [...accounts], owner: [...owners], filters };
      return;
    }
    case 'transaction':
    case 'instruction':
      request.transactions[id] = transactions(prefilter.transaction ?? {});
      return;
    case 'transactionStatus':
      request.transactionsStatus[id] = transactions(prefilter.transaction ?? {});
      return;
    case 'block': {
      const { include = [], transactions: withThem, accounts, entries } = prefilter.block ?? {};
      request.blocks[id] = {
        accountInclude: [...include],
        includeTransactions: withThem ?? true,
        includeAccounts: accounts ?? false,
        includeEntries: entries ?? false,
      };
      return;
    }
    case 'slot': {
      const { filterByCommitment = false, interslotUpdates = false } = prefilter.slot ?? {};
      request.slots[id] = { filterByCommitment, interslotUpdates };
      return;
    }
    case 'blockMeta':
      request.blocksMeta[id] = {};
      return;
    default:
      request.entry[id] = {};
  }
}

function transactions(prefilter: TransactionPrefilter): Init<TransactionsFilter> {
  const { include = [], required = [], exclude = [], failed = false, vote = null } = prefilter;
  return {
    accountInclude: [...include],
    accountRequired: [...required],
    accountExclude: [...exclude],
    ...(failed === null ? {} : { failed }),
    ...(vote === null ? {} : { vote }),
  };
}
