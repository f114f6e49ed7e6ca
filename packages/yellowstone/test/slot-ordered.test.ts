import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EntryUpdate,
  type OrderedSlot,
  slotOrdered,
  type TransactionUpdate,
  yellowstoneRuntime,
  yellowstoneSource,
} from '../src/index.js';
import { SlotTracker } from '../src/slots/slot-tracker.js';
import {
  type ChainMessage,
  capturedChain,
  faultPlan,
  generateChain,
  runFaults,
  StandIn,
} from '../src/testing/index.js';
import { realData } from './support/data.js';
import { SILENT } from './support/logger.js';

const capture = realData('live-capture-first-20000.bin');
const LIMITS = { maxSlots: 150, patienceSlots: 32 };

const transactions = {
  id: 'transactions',
  kind: 'transaction' as const,
  parse: ({ slot, index }: TransactionUpdate) => `${slot}/${index}`,
};
const entries = {
  id: 'entries',
  kind: 'entry' as const,
  parse: ({ slot, index }: EntryUpdate) => `${slot}/${index}`,
};

describe('slots in the order of the chain', () => {
  it('come whole, from parent to child, and without the forks of a generated stream', async () => {
    for (const seed of [1, 2, 3]) {
      const chain = generateChain({ seed, slots: 60, forkedShare: 0.25, transactionsPerSlot: 3 });
      const final = finalSlots(chain);
      const { slots, stats } = await ordered(chain, final.length);
      expect(slots.map(({ slot }) => slot)).toEqual(final);
      expectChained(slots);
      for (const { slot, values } of slots) {
        expect(values).toEqual([0, 1, 2].map((index) => `${slot}/${index}`));
      }
      expect(stats.discarded.incomplete + stats.discarded.untracked).toBe(0);
      expect(stats.discarded.dead).toBeGreaterThan(0);
      expect(stats.discarded.forked).toBeGreaterThan(0);
    }
  });

  it('come once and whole through cuts of the connection', async () => {
    const chain = generateChain({ seed: 5, slots: 60, forkedShare: 0.2 });
    const final = finalSlots(chain);
    const { slots } = await ordered(chain, final.length, { cuts: 3, gap: 60 });
    expect(slots.map(({ slot }) => slot)).toEqual(final);
    expect(new Set(slots.flatMap(({ values }) => values)).size).toBe(final.length * 5);
  });

  it.skipIf(capture === undefined)(
    'come in parent order from the captured stream (skipped where it is not there)',
    async () => {
      const chain = capturedChain(capture as Uint8Array);
      const whole = wholeSlots(chain);
      expect(whole.length).toBeGreaterThan(10);
      // The first slot of the capture is not whole, and is waited for in vain.
      const { slots } = await ordered(chain, whole.length, undefined, 'entries', 8);
      expect(slots.map(({ slot }) => slot)).toEqual(whole);
      expectChained(slots);
    },
  );

  it('hold the pipelines up while the reader is behind', async () => {
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    const stage = slotOrdered<string>({ maxReady: 2 });
    const runtime = await runtimeOf(stage, server.address);
    const running = runtime.run();
    await subscribed;
    const chain = generateChain({ seed: 9, slots: 40, skippedShare: 0 });
    const final = finalSlots(chain);
    server.publish(chain);
    const slots: bigint[] = [];
    for await (const { slot } of stage) {
      // One slot may open the gate of several that wait behind it.
      expect(stage.stats().ready).toBeLessThanOrEqual(2 + 8);
      if (slots.push(slot) === final.length) break;
    }
    expect(slots).toEqual(final);
    await runtime.shutdown();
    await running;
  });
});

describe('the two gates', () => {
  it('open in any order, and only together', () => {
    const steps: readonly ((tracker: SlotTracker<number>) => void)[] = [
      (tracker) => tracker.block(10n, 9n, 'hash', 2),
      (tracker) => tracker.value(10n, 0, 0),
      (tracker) => tracker.skipped(10n),
      (tracker) => tracker.confirmed(10n, 9n),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (order) => {
        const { tracker, out } = trackerOf();
        for (const [done, each] of order.entries()) {
          expect(out).toHaveLength(0);
          steps[each]?.(tracker);
          expect(out).toHaveLength(done === 3 ? 1 : 0);
        }
        expect(out[0]).toMatchObject({ slot: 10n, parent: 9n, values: [0], follows: false });
      }),
    );
  });

  it('a slot that cannot be parsed is incomplete, and does not hold up the next', () => {
    const { tracker, out, gone } = trackerOf();
    for (const slot of [10n, 11n]) {
      tracker.block(slot, slot - 1n, 'hash', 1);
      tracker.confirmed(slot);
    }
    tracker.failed(10n);
    tracker.value(11n, 0, 1);
    expect(gone).toEqual([[10n, 'incomplete']]);
    expect(out).toMatchObject([{ slot: 11n, follows: false }]);
  });

  it('waits for a confirmed slot only so long', () => {
    const { tracker, out, gone } = trackerOf({ maxSlots: 150, patienceSlots: 3 });
    tracker.block(10n, 9n, 'hash', 1);
    tracker.confirmed(10n);
    tracker.confirmed(11n, 10n);
    for (let slot = 12n; slot <= 15n; slot += 1n) whole(tracker, slot);
    expect(gone).toEqual([
      [10n, 'incomplete'],
      [11n, 'untracked'],
    ]);
    expect(out.map(({ slot }) => slot)).toEqual([12n, 13n, 14n, 15n]);
    expect(out.map(({ follows }) => follows)).toEqual([false, true, true, true]);
  });

  it('confirms what a confirmed slot builds on, and leaves out what lies between', () => {
    const { tracker, out, gone } = trackerOf();
    for (const [slot, parent] of [
      [10n, 9n],
      [11n, 10n],
      [12n, 10n],
    ] as const) {
      tracker.block(slot, parent, 'hash', 1);
      tracker.value(slot, 0, 0);
    }
    tracker.confirmed(12n);
    expect(out.map(({ slot }) => slot)).toEqual([10n, 12n]);
    expect(gone).toEqual([[11n, 'forked']]);
  });

  it('forgets what came of a block that was replaced', () => {
    const { tracker, out } = trackerOf();
    tracker.value(10n, 0, 1);
    tracker.reset(10n);
    tracker.value(10n, 0, 2);
    tracker.block(10n, 9n, 'other', 1);
    tracker.confirmed(10n);
    expect(out).toMatchObject([{ values: [2], blockhash: 'other' }]);
  });

  it('remembers no more slots than allowed, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(4)), { maxLength: 600 }), (steps) => {
        const { tracker, out } = trackerOf({ maxSlots: 20, patienceSlots: 5 });
        for (const [number, step] of steps) {
          const slot = BigInt(number);
          if (step === 0) tracker.value(slot, 0, number);
          else if (step === 1) tracker.block(slot, slot - 1n, 'hash', 1);
          else if (step === 2) tracker.confirmed(slot);
          else if (step === 3) tracker.dead(slot);
          else tracker.failed(slot);
          expect(tracker.size).toBeLessThanOrEqual(20);
        }
        const slots = out.map(({ slot }) => slot);
        expect(slots).toEqual([...new Set(slots)].sort((a, b) => Number(a - b)));
      }),
    );
  });
});

function whole(tracker: SlotTracker<number>, slot: bigint): void {
  tracker.block(slot, slot - 1n, 'hash', 1);
  tracker.value(slot, 0, 0);
  tracker.confirmed(slot);
}

function trackerOf(limits = LIMITS): {
  tracker: SlotTracker<number>;
  out: OrderedSlot<number>[];
  gone: [bigint, string][];
} {
  const out: OrderedSlot<number>[] = [];
  const gone: [bigint, string][] = [];
  const tracker = new SlotTracker<number>(limits, {
    onSlot: (slot) => out.push(slot),
    onDiscard: (slot, reason) => gone.push([slot, reason]),
  });
  return { tracker, out, gone };
}

/** The slots of a generated chain that are confirmed in the end: those statuses say, and no others. */
function finalSlots(chain: readonly ChainMessage[]): bigint[] {
  return chain.flatMap(({ update }) =>
    update.case === 'slot' && update.value.status === 1 ? [update.value.slot] : [],
  );
}

/** The slots of a capture of which all entries, the meta and the confirmation are in it. */
function wholeSlots(chain: readonly ChainMessage[]): bigint[] {
  const counts = new Map<bigint, number>();
  const expected = new Map<bigint, number>();
  const confirmed = new Set<bigint>();
  for (const { update } of chain) {
    if (update.case === 'entry') {
      counts.set(update.value.slot, (counts.get(update.value.slot) ?? 0) + 1);
    } else if (update.case === 'blockMeta') {
      expected.set(update.value.slot, Number(update.value.entriesCount));
    } else if (update.case === 'slot' && (update.value.status === 1 || update.value.status === 2)) {
      confirmed.add(update.value.slot);
    }
  }
  const first = [...expected.keys()].find((slot) => counts.get(slot) === expected.get(slot));
  return [...expected.keys()].filter(
    (slot) =>
      first !== undefined &&
      slot >= first &&
      confirmed.has(slot) &&
      counts.get(slot) === expected.get(slot),
  );
}

function expectChained(slots: readonly OrderedSlot<string>[]): void {
  for (const [at, { parent, follows }] of slots.entries()) {
    expect(follows).toBe(at > 0);
    if (at > 0) expect(parent).toBe(slots[at - 1]?.slot);
  }
}

async function runtimeOf(
  stage: ReturnType<typeof slotOrdered<string>>,
  address: string,
  what: 'transactions' | 'entries' = 'transactions',
): ReturnType<ReturnType<typeof yellowstoneRuntime>['build']> {
  const builder = yellowstoneRuntime()
    .yellowstone(yellowstoneSource({ endpoints: address, reconnect: { initialMs: 1 } }))
    .logger(SILENT)
    .blockMeta(stage.blockMetas())
    .slot(stage.statuses());
  if (what === 'entries') builder.entry(stage.entries(entries));
  else builder.transaction(stage.transactions(transactions));
  return builder.build();
}

/** What a reader of the stage gets of a chain, up to so many slots. */
async function ordered(
  chain: readonly ChainMessage[],
  count: number,
  faults?: Parameters<typeof faultPlan>[2],
  what: 'transactions' | 'entries' = 'transactions',
  patienceSlots = 64,
): Promise<{
  slots: OrderedSlot<string>[];
  stats: ReturnType<ReturnType<typeof slotOrdered>['stats']>;
}> {
  await using server = await StandIn.listen();
  const subscribed = server.subscribed();
  const stage = slotOrdered<string>({ patienceSlots });
  const runtime = await runtimeOf(stage, server.address, what);
  const running = runtime.run();
  await subscribed;
  const publishing = runFaults(server, chain, faultPlan(1, chain.length, faults ?? {}));
  const slots: OrderedSlot<string>[] = [];
  for await (const slot of stage) if (slots.push(slot) === count) break;
  await publishing;
  const stats = stage.stats();
  await runtime.shutdown();
  await running;
  return { slots, stats };
}
