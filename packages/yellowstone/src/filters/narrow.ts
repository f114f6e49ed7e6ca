import type { AccountPrefilter, Prefilter, TransactionPrefilter } from './prefilter.js';

/** Two conditions that no filter of the server can ask for together. */
export class FilterConflict extends Error {
  override readonly name = 'FilterConflict';
}

/**
 * The prefilter that lets pass what both let pass: a parser's own and the one its pipeline adds. A kind that only one
 * of them names is taken as that one says.
 * @throws FilterConflict when the server has no filter for it
 */
export function narrowPrefilters(a: Prefilter, b: Prefilter): Prefilter {
  return {
    ...a,
    ...b,
    ...(a.account && b.account ? { account: narrowAccounts(a.account, b.account) } : {}),
    ...(a.transaction && b.transaction
      ? { transaction: narrowTransactions(a.transaction, b.transaction) }
      : {}),
    ...(a.block && b.block
      ? { block: { ...a.block, ...b.block, include: anyOfBoth(a.block.include, b.block.include) } }
      : {}),
    ...(a.slot && b.slot
      ? {
          slot: {
            filterByCommitment: a.slot.filterByCommitment || b.slot.filterByCommitment,
            interslotUpdates: a.slot.interslotUpdates && b.slot.interslotUpdates,
          },
        }
      : {}),
  };
}

function narrowAccounts(a: AccountPrefilter, b: AccountPrefilter): AccountPrefilter {
  const [left, right] = [a.dataSizeBytes, b.dataSizeBytes];
  if (left !== undefined && right !== undefined && left !== right) {
    throw new FilterConflict(`no account has both ${left} and ${right} bytes`);
  }
  return {
    accounts: onlyInBoth('accounts', a.accounts, b.accounts),
    owners: onlyInBoth('owners', a.owners, b.owners),
    dataSizeBytes: left ?? right,
  };
}

function narrowTransactions(
  a: TransactionPrefilter,
  b: TransactionPrefilter,
): TransactionPrefilter {
  const required = new Set([...(a.required ?? []), ...(b.required ?? [])]);
  const lists = [a.include ?? [], b.include ?? []].filter((list) => list.length > 0);
  // "Any of one" is the same as "all of one", and those can be added up.
  const single = lists.find((list) => list.length === 1);
  if (lists.length === 2 && single !== undefined) required.add(single[0] as string);
  const open =
    lists.length === 2 && single !== undefined ? lists.filter((l) => l !== single) : lists;
  return {
    include: open.length === 2 ? anyOfBoth(open[0], open[1]) : open[0],
    required: [...required],
    exclude: [...new Set([...(a.exclude ?? []), ...(b.exclude ?? [])])],
    failed: both('failed', a.failed === undefined ? false : a.failed, b.failed),
    vote: both('vote', a.vote === undefined ? null : a.vote, b.vote),
  };
}

/** Accounts have one address and one owner, so being in both lists is being in the common part. */
function onlyInBoth(
  what: string,
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!a?.length) return b;
  if (!b?.length) return a;
  const common = a.filter((each) => b.includes(each));
  if (common.length === 0)
    throw new FilterConflict(`${what}: the two lists have nothing in common`);
  return common;
}

function anyOfBoth(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!a?.length) return b;
  if (!b?.length) return a;
  if (a.length === b.length && a.every((each) => b.includes(each))) return a;
  throw new FilterConflict(
    'include: a server cannot be asked for one of these accounts and one of those; use `required` for one of the lists',
  );
}

/** What is not said narrows nothing. */
function both(what: string, a: boolean | null, b: boolean | null | undefined): boolean | null {
  if (b === undefined || b === null || a === b) return a;
  if (a === null) return b;
  throw new FilterConflict(`${what}: true on one side, false on the other`);
}
