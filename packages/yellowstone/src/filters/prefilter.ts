/** An address: 32 bytes as base58. */
export type Address = string;

/** Which accounts. An account matches when it passes every list that is not empty. */
export interface AccountPrefilter {
  /** Any of these accounts. */
  readonly accounts?: readonly Address[] | undefined;
  /** Any account that one of these programs owns. */
  readonly owners?: readonly Address[] | undefined;
  /** Accounts of exactly so many bytes. */
  readonly dataSizeBytes?: number | undefined;
}

/** Which transactions, also for pipelines of instructions. */
export interface TransactionPrefilter {
  /** Names at least one of these accounts; programs are accounts too. */
  readonly include?: readonly Address[] | undefined;
  /** Names all of these accounts. */
  readonly required?: readonly Address[] | undefined;
  /** Names none of these accounts. */
  readonly exclude?: readonly Address[] | undefined;
  /** `false` only those that succeeded, `true` only those that failed, `null` both. Default `false`. */
  readonly failed?: boolean | null | undefined;
  /** `false` no votes, `true` only votes, `null` both. Default `null`. */
  readonly vote?: boolean | null | undefined;
}

/** Which blocks, and what comes with them. */
export interface BlockPrefilter {
  /** Only what names one of these accounts. */
  readonly include?: readonly Address[] | undefined;
  readonly transactions?: boolean | undefined;
  readonly accounts?: boolean | undefined;
  readonly entries?: boolean | undefined;
}

/** Which slot statuses. */
export interface SlotPrefilter {
  /** Only the status of the subscription's commitment. Default false: all up to `finalized`. */
  readonly filterByCommitment?: boolean | undefined;
  /** Also the statuses within a slot, such as `firstShredReceived`. Default false. */
  readonly interslotUpdates?: boolean | undefined;
}

/**
 * What a pipeline wants of the server, by kind of update. A kind that is not named is not wanted; an empty object
 * wants all of the kind.
 */
export interface Prefilter {
  readonly account?: AccountPrefilter | undefined;
  /** For pipelines of transactions, of instructions and of transaction statuses. */
  readonly transaction?: TransactionPrefilter | undefined;
  readonly block?: BlockPrefilter | undefined;
  readonly slot?: SlotPrefilter | undefined;
  readonly blockMeta?: true | undefined;
  readonly entry?: true | undefined;
}

/** The kinds that a prefilter can name. */
export type PrefilterKind = keyof Prefilter;
