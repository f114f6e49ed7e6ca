import { type Clock, systemClock } from '@rockpool/core';
import { ViewError } from '../errors.js';
import { quietLogger, type ViewLogger } from '../log.js';
import type { Block, IndexedBlock } from '../runtime/engine.js';
import type { KeyValueStore } from '../store/store.js';
import { blockHashOf, previousHashOf } from './bitcoin-block.js';
import type { BlockSource } from './source.js';

/** What indexes: a runtime, or a thread of its own. */
export interface BlockIndexer {
  run(block: Block): Promise<IndexedBlock>;
  rollback(height: number): Promise<number>;
}

/** How a source is followed. Durations are in milliseconds. */
export interface FollowerOptions {
  readonly source: BlockSource;
  readonly indexer: BlockIndexer;
  /** Read only: what has been indexed already. */
  readonly store: KeyValueStore;
  /** Where an empty store begins. Default the first block of the source. */
  readonly startBlock?: number | undefined;
  /** Ends when this block is indexed. */
  readonly exitAt?: number | undefined;
  /** Blocks that a reorganisation may take back; more is an error. Default 100. */
  readonly maxReorgDepth?: number | undefined;
  /** So near to the newest block of the source, the hash of our tip is compared with the source's. Default 6. */
  readonly reorgCheckThreshold?: number | undefined;
  /** Between two questions for a new block. Default 1,000. */
  readonly pollMs?: number | undefined;
  readonly logger?: ViewLogger | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Indexes what a source has, then what it gets; takes back what the source no longer has. Settles when `exitAt` is
 * reached, a source that does not grow is read to its end, or the signal aborts. A source that could be reached once is
 * waited for when it cannot be reached any more.
 * @throws ViewError `ERR_INDEX_UNREACHABLE` when the source cannot be reached from the start
 * @throws ViewError `ERR_INDEX_SOURCE`, `ERR_INDEX_REORGANISATION` when too many blocks would have to go
 * @throws GuestError when the indexer fails at a block
 */
export async function followBlocks(options: FollowerOptions, signal?: AbortSignal): Promise<void> {
  const { source, store, exitAt, pollMs = 1_000, clock = systemClock } = options;
  const { logger = quietLogger } = options;
  const gone = (): boolean => signal?.aborted ?? false;
  let contact: 'none yet' | 'made' = 'none yet';
  while (!gone()) {
    const { tip } = store.mark();
    if (exitAt !== undefined && tip !== undefined && tip >= exitAt) return;
    try {
      const newest = await source.tip(signal);
      contact = 'made';
      if (await step(options, newest, signal)) continue;
    } catch (error) {
      // What an abort breaks off is no failure.
      if (gone()) return;
      if (contact === 'none yet' || !ViewError.is(error, 'ERR_INDEX_UNREACHABLE')) throw error;
      logger.warn(`${error.message}; it is asked again`);
    }
    if (!source.grows) return;
    await pause(pollMs, clock, signal);
  }
}

/** One block further, or back to the fork; false: there is nothing to do. */
async function step(
  options: FollowerOptions,
  newest: number | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { source, store, reorgCheckThreshold = 6 } = options;
  const { tip } = store.mark();
  const next = tip === undefined ? firstOf(options) : tip + 1;
  if (newest === undefined || (tip === undefined && next > newest)) return false;
  if (
    tip !== undefined &&
    newest - tip <= reorgCheckThreshold &&
    !(await agrees(options, Math.min(tip, newest), signal))
  ) {
    await takeBack(options, newest, signal);
    return true;
  }
  if (next > newest) return false;
  const hash = await source.hashAt(next, signal);
  const bytes = await source.blockAt(hash, next, signal);
  if (!same(blockHashOf(bytes), hash)) {
    throw new ViewError(
      'ERR_INDEX_SOURCE',
      `the block ${next} has another hash than it was named by`,
    );
  }
  const before = tip === undefined ? undefined : store.blockHash(tip);
  if (before !== undefined && !same(previousHashOf(bytes), before)) {
    await takeBack(options, newest, signal);
    return true;
  }
  if (signal?.aborted) return false;
  await options.indexer.run({ height: next, hash, bytes });
  return true;
}

async function takeBack(
  options: FollowerOptions,
  newest: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { store, indexer, maxReorgDepth = 100, logger = quietLogger } = options;
  const tip = store.mark().tip ?? -1;
  let fork = Math.min(tip, newest);
  while (store.blockHash(fork) !== undefined && !(await agrees(options, fork, signal))) {
    fork--;
    if (tip - fork > maxReorgDepth) {
      throw new ViewError(
        'ERR_INDEX_REORGANISATION',
        `the source and the index part more than ${maxReorgDepth} blocks below the tip ${tip}; ` +
          'raise --max-reorg-depth, or index anew if this is another chain',
      );
    }
  }
  if (fork === tip) {
    throw new ViewError(
      'ERR_INDEX_SOURCE',
      `the block ${tip + 1} of the source does not follow its own block ${tip}`,
    );
  }
  logger.warn(`reorganisation: ${tip - fork} blocks above ${fork} are taken back`);
  await indexer.rollback(fork);
}

async function agrees(
  { source, store }: FollowerOptions,
  height: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const ours = store.blockHash(height);
  return ours !== undefined && same(ours, await source.hashAt(height, signal));
}

function firstOf({ startBlock, source }: FollowerOptions): number {
  return Math.max(startBlock ?? 0, source.firstHeight ?? 0);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function pause(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const timer = clock.setTimeout(over, ms);
    signal?.addEventListener('abort', over, { once: true });
  });
}
