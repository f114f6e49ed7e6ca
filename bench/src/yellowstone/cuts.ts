import { systemClock } from '@rockpool/core';
import type { Logger, Sink } from '@rockpool/pipeline';
import {
  type BlockMetaUpdate,
  type EntryUpdate,
  type YellowstoneFrame,
  yellowstoneSource,
} from '@rockpool/yellowstone';
import {
  type FaultCounts,
  faultPlan,
  generateChain,
  runFaults,
  StandIn,
} from '@rockpool/yellowstone/testing';
import type { SubscribeUpdate as NativeUpdate } from '@triton-one/yellowstone-grpc';
import { FILTER } from './client.js';
import { nativeLibrary } from './others.js';

/** What came of a stream that was cut. */
export interface CutReport {
  readonly lost: number;
  readonly doubled: number;
}

/** A client that reads until its signal aborts, and names each entry and block meta that it gets. */
export type Follow = (
  address: string,
  blockMetas: boolean,
  got: (name: string) => void,
  signal: AbortSignal,
) => Promise<void>;

const SLOTS = 40;
const ENTRIES_PER_SLOT = 300;
/** The stream goes on for a while, so that nothing is called lost that would still have come. */
const SLOTS_BEHIND = 20;
const LONGEST_MS = 20_000;

/** Publishes a stream with cuts, and counts what a client misses and what it gets twice. */
export async function cutStream(
  follow: Follow,
  counts: FaultCounts,
  blockMetas: boolean,
): Promise<CutReport> {
  await using server = await StandIn.listen();
  const subscribed = server.subscribed();
  const all = {
    seed: 12,
    entriesPerSlot: ENTRIES_PER_SLOT,
    transactionsPerSlot: 0,
    accountsPerSlot: 0,
    skippedShare: 0,
  };
  const chain = generateChain({ ...all, slots: SLOTS });
  const rest = generateChain({ ...all, slots: SLOTS_BEHIND, firstSlot: 1_000 + SLOTS });
  const seen = new Map<string, number>();
  const controller = new AbortController();
  const lastName = `entry ${1_000 + SLOTS + SLOTS_BEHIND - 1}/${ENTRIES_PER_SLOT - 1}`;
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const got = (name: string): void => {
    seen.set(name, (seen.get(name) ?? 0) + 1);
    if (name === lastName) end();
  };
  const following = follow(server.address, blockMetas, got, controller.signal);
  await subscribed;
  // All cuts come with a status: a client may take a stream that ends without one for over.
  const plan = faultPlan(12, chain.length, counts).map((fault) =>
    fault.kind === 'cut' ? { ...fault, how: 'status' as const } : fault,
  );
  await runFaults(server, chain, plan);
  server.publish(rest);
  const late = systemClock.setTimeout(end, LONGEST_MS);
  await ended;
  systemClock.clearTimeout(late);
  controller.abort();
  await following;
  const wanted = chain.flatMap(({ update }) => {
    if (update.case === 'entry') return [`entry ${update.value.slot}/${update.value.index}`];
    return update.case === 'blockMeta' && blockMetas ? [`meta ${update.value.slot}`] : [];
  });
  return {
    lost: wanted.filter((name) => !seen.has(name)).length,
    doubled: [...seen.values()].reduce((sum, each) => sum + each - 1, 0),
  };
}

/** Rockpool's source, with a sink that has handled all that it took. */
export const followWithRockpool: Follow = async (address, blockMetas, got, signal) => {
  const source = yellowstoneSource({ endpoints: address, reconnect: { initialMs: 10 } });
  const kinds = blockMetas ? (['entry', 'blockMeta'] as const) : (['entry'] as const);
  const context = { wanted: new Set(kinds), receivedAtMs: 0 };
  let mark: bigint | undefined;
  const sink: Sink<YellowstoneFrame> = {
    push(frames) {
      for (const frame of frames) {
        for (const update of source.decode(frame, context)) {
          const { kind, slot } = update as EntryUpdate | BlockMetaUpdate;
          got(kind === 'entry' ? `entry ${slot}/${(update as EntryUpdate).index}` : `meta ${slot}`);
        }
      }
    },
    complete(position) {
      mark = position;
    },
    handledUpTo: () => mark,
    report: () => undefined,
  };
  const subscriptions = new Map(kinds.map((kind) => [kind, { pipeline: kind, kind, filters: [] }]));
  await source.run({
    subscriptions,
    sink,
    signal,
    from: undefined,
    clock: systemClock,
    log: SILENT,
  });
  await source.dispose();
};

/** The official client with its own reconnecting; `undefined` where it does not load. */
export async function nativeFollower(): Promise<Follow | undefined> {
  const library = await nativeLibrary();
  if (library === undefined) return undefined;
  return async (address, blockMetas, got, signal) => {
    const reconnect = { enabled: true, backoff: { initialIntervalMs: 10, maxRetries: 10 } };
    const client = new library.Client(address, undefined, undefined, reconnect);
    await client.connect();
    const request = { entry: { [FILTER]: {} }, blocksMeta: blockMetas ? { metas: {} } : {} };
    const stream = await client.subscribe(library.request(request));
    stream.on('data', ({ entry, blockMeta }: NativeUpdate) => {
      if (entry !== undefined) got(`entry ${entry.slot}/${entry.index}`);
      if (blockMeta !== undefined) got(`meta ${blockMeta.slot}`);
    });
    const over = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      // Whatever it says: what it has lost by then is counted.
      stream.on('error', () => resolve());
    });
    await over;
    stream.destroy();
  };
}

const SILENT: Logger = { level: 'silent', log: () => {}, child: () => SILENT };
