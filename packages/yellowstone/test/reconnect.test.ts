import { describe, expect, it } from 'vitest';
import { yellowstoneSource } from '../src/index.js';
import {
  type ChainMessage,
  capturedChain,
  type FaultCounts,
  faultPlan,
  generateChain,
  runFaults,
  StandIn,
} from '../src/testing/index.js';
import { type Account, accountFor } from './support/accounting.js';
import { realData } from './support/data.js';
import { RunningSource, TestSink } from './support/run-source.js';

const capture = realData('live-capture-first-20000.bin');

/** The experiment of one cut, of several, with messages that pass meanwhile. */
const SCENARIOS: readonly (readonly [name: string, counts: FaultCounts])[] = [
  ['no cut', {}],
  ['one cut', { cuts: 1 }],
  ['one cut with a gap', { cuts: 1, gap: 120 }],
  ['three cuts', { cuts: 3 }],
  ['three cuts with gaps', { cuts: 3, gap: 60 }],
  ['three cuts with gaps, garbage and slow stretches', { cuts: 3, gap: 60, garbage: 5, slow: 3 }],
];

const PIPELINES: readonly (readonly [name: string, kinds: readonly string[]])[] = [
  ['with block metas', ['entry', 'transaction', 'account', 'blockMeta']],
  ['without block metas', ['entry', 'transaction', 'account']],
];

describe.each(PIPELINES)('a generated stream, %s', (_, kinds) => {
  it.each(SCENARIOS)('%s: nothing is lost and nothing doubled', async (_name, counts) => {
    for (let seed = 1; seed <= 5; seed++) {
      const chain = generateChain({ seed, slots: 24 });
      expect({ seed, ...(await replayed(chain, kinds, seed, counts)) }).toEqual({
        seed,
        ...whole(chain, kinds),
        malformed: expect.toSatisfy((count: number) => count <= (counts.garbage ?? 0)),
      });
    }
  });

  it.each(SCENARIOS)('%s, handled late: the same', async (_name, counts) => {
    const chain = generateChain({ seed: 99, slots: 30 });
    const sink = new TestSink(4);
    const { malformed: _malformed, ...account } = await replayed(chain, kinds, 99, counts, sink);
    expect(account).toEqual(whole(chain, kinds));
  });
});

it('counts garbage as frames that cannot be decoded, and goes on', async () => {
  const chain = generateChain({ seed: 7 });
  expect(await replayed(chain, ['entry'], 7, { garbage: 9 })).toEqual({
    ...whole(chain, ['entry']),
    malformed: 9,
  });
});

describe('a generated stream with all statuses of slots', () => {
  it.each(SCENARIOS)('%s: nothing is lost and nothing doubled', async (_name, counts) => {
    for (let seed = 1; seed <= 5; seed++) {
      const chain = generateChain({ seed, slots: 40, skippedShare: 0 });
      const kinds = ['entry', 'slot'];
      const account = await replayed(chain, kinds, seed, counts);
      expect({ seed, ...account }).toEqual({
        seed,
        ...whole(chain, kinds),
        malformed: expect.toSatisfy((count: number) => count <= (counts.garbage ?? 0)),
      });
    }
  });
});

describe.skipIf(capture === undefined)(
  'the captured stream (skipped where it is not there)',
  () => {
    const chain = capture === undefined ? [] : capturedChain(capture);
    const scenarios: readonly (readonly [string, FaultCounts])[] = [
      ['one cut', { cuts: 1 }],
      ['one cut with a gap of 3,000', { cuts: 1, gap: 3_000 }],
      ['three cuts with gaps of 500', { cuts: 3, gap: 500 }],
    ];
    const pipelines: readonly (readonly [string, readonly string[]])[] = [
      ['with block metas', ['entry', 'blockMeta']],
      ['without block metas', ['entry']],
    ];
    describe.each(pipelines)('%s', (_, kinds) => {
      it.each(scenarios)('%s: nothing is lost and nothing doubled', async (_name, counts) => {
        for (const seed of [1, 2]) {
          const { malformed: _malformed, ...account } = await replayed(chain, kinds, seed, counts);
          expect(account).toEqual(whole(chain, kinds));
        }
      });
    });
  },
);

/** What a perfect delivery looks like. */
function whole(chain: readonly ChainMessage[], kinds: readonly string[]): object {
  const expected = wanted(chain, kinds);
  return { delivered: expected.length, lost: 0, doubled: 0, unknown: 0, gaps: 0 };
}

function wanted(chain: readonly ChainMessage[], kinds: readonly string[]): ChainMessage[] {
  return chain.filter(({ kind, update }) => {
    if (!kinds.includes(kind)) return false;
    return update.case !== 'slot' || update.value.status <= 2;
  });
}

/** Runs a chain through a stand-in with faults, and a source that reads it. */
async function replayed(
  chain: readonly ChainMessage[],
  kinds: readonly string[],
  seed: number,
  counts: FaultCounts,
  sink: TestSink = new TestSink(),
): Promise<Account & { readonly gaps: number; readonly malformed: number }> {
  await using server = await StandIn.listen();
  const subscribed = server.subscribed();
  await using running = new RunningSource(
    yellowstoneSource({ endpoints: server.address, reconnect: { initialMs: 5 } }),
    kinds,
    { sink },
  );
  await subscribed;
  await runFaults(server, chain, faultPlan(seed, chain.length, counts));
  // The sentinel comes after everything else.
  const end = Math.max(...chain.map(({ slot }) => slot)) + 1_000;
  const sentinel = generateChain({ seed, slots: 1, firstSlot: end, skippedShare: 0 });
  server.publish(sentinel.filter(({ kind }) => kind === 'entry').slice(0, 1));
  await sink.when(() => sink.frames.at(-1)?.position === BigInt(end));
  expect(await running.stop()).toEqual({ type: 'cancelled' });
  const frames = sink.frames.slice(0, -1);
  return {
    ...accountFor(wanted(chain, kinds), frames),
    gaps: sink.of('gap').length,
    malformed: frames.filter(({ kind }) => kind === 'malformed').length,
  };
}
