import type {
  AccountPrefilter,
  BlockPrefilter,
  Prefilter,
  SlotPrefilter,
  TransactionPrefilter,
} from './prefilter.js';

/**
 * The narrowest prefilter that lets pass whatever one of the two lets pass. Commutative, associative, idempotent;
 * `{}`, which wants nothing, changes nothing.
 */
export function mergePrefilters(a: Prefilter, b: Prefilter): Prefilter {
  return without({
    account: either(a.account, b.account, mergeAccounts),
    transaction: either(a.transaction, b.transaction, mergeTransactions),
    block: either(a.block, b.block, mergeBlocks),
    slot: either(a.slot, b.slot, mergeSlots),
    blockMeta: a.blockMeta ?? b.blockMeta,
    entry: a.entry ?? b.entry,
  });
}

function mergeAccounts(a: AccountPrefilter, b: AccountPrefilter): AccountPrefilter {
  return without({
    accounts: unionOrAll(a.accounts, b.accounts),
    owners: unionOrAll(a.owners, b.owners),
    dataSizeBytes: a.dataSizeBytes === b.dataSizeBytes ? a.dataSizeBytes : undefined,
  });
}

function mergeTransactions(a: TransactionPrefilter, b: TransactionPrefilter): TransactionPrefilter {
  return without({
    include: unionOrAll(a.include, b.include),
    required: common(a.required, b.required),
    exclude: common(a.exclude, b.exclude),
    failed: agreed(a.failed, b.failed, false),
    vote: agreed(a.vote, b.vote, null),
  });
}

function mergeBlocks(a: BlockPrefilter, b: BlockPrefilter): BlockPrefilter {
  return without({
    include: unionOrAll(a.include, b.include),
    transactions: a.transactions || b.transactions || undefined,
    accounts: a.accounts || b.accounts || undefined,
    entries: a.entries || b.entries || undefined,
  });
}

function mergeSlots(a: SlotPrefilter, b: SlotPrefilter): SlotPrefilter {
  return without({
    filterByCommitment: (a.filterByCommitment && b.filterByCommitment) || undefined,
    interslotUpdates: a.interslotUpdates || b.interslotUpdates || undefined,
  });
}

function either<T>(a: T | undefined, b: T | undefined, merge: (a: T, b: T) => T): T | undefined {
  if (a === undefined) return b === undefined ? undefined : merge(b, b);
  return merge(a, b ?? a);
}

/** An empty list asks for all, so it wins. */
function unionOrAll(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!a?.length || !b?.length) return undefined;
  return [...new Set([...a, ...b])].sort();
}

/** A condition that only one of the two has cannot be asked of both. */
function common(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  const both = [...new Set(a)].filter((each) => b?.includes(each)).sort();
  return both.length === 0 ? undefined : both;
}

/** The common answer, or `null` for both; the default is left out. */
function agreed(
  a: boolean | null | undefined,
  b: boolean | null | undefined,
  byDefault: boolean | null,
): boolean | null | undefined {
  const [first, second] = [a === undefined ? byDefault : a, b === undefined ? byDefault : b];
  const answer = first === second ? first : null;
  return answer === byDefault ? undefined : answer;
}

function without<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
