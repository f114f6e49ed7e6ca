import type { FaultCounts } from '@rockpool/yellowstone/testing';
import { type Entry, measureRounds, type Plan } from '../measure/rounds.js';
import type { ReadStream } from '../yellowstone/client.js';
import { cutStream, type Follow, followWithRockpool, nativeFollower } from '../yellowstone/cuts.js';
import type { StreamName } from '../yellowstone/messages.js';
import { nativeReader, readWithConnect, readWithGrpcJs } from '../yellowstone/others.js';
import { readWithRuntime, readWithSource } from '../yellowstone/rockpool.js';
import { ServerProcess } from '../yellowstone/server-process.js';
import type { Mode, Row, Scenario } from './scenario.js';

/** A stream of updates from a server in another process, read and decoded by different clients. */
export const yellowstoneScenarios: readonly Scenario[] = (
  [
    ['yellowstone-entries', 'entries', 'entries of 79 B'],
    ['yellowstone-transactions', 'transactions', 'transactions of 9.7 KB'],
    ['yellowstone-captured-entries', 'captured entries', 'captured entries'],
    ['yellowstone-captured-transactions', 'captured transactions', 'a captured transaction'],
  ] as const
).map(([id, stream, text]) => ({
  id,
  title: `an update of a Yellowstone stream, ${text}: what it costs the client`,
  peers: () => [],
  run: (_subjects, mode) => measure(stream, mode),
}));

/** What a client misses, and what it gets twice, when its stream is cut. A report and no gate on the other client. */
export const yellowstoneCutScenario: Scenario = {
  id: 'yellowstone-cuts',
  title:
    'a Yellowstone stream of 12,000 entries that is cut: what the client misses and gets twice',
  peers: (mode) => (mode === 'full' ? [] : undefined),
  async run() {
    const native = await nativeFollower();
    const clients: readonly (readonly [string, Follow | undefined])[] = [
      ['rockpool', followWithRockpool],
      ['@triton-one/yellowstone-grpc', native],
    ];
    const rows: Row[] = [];
    for (const [subject, follow] of clients) {
      if (follow === undefined) continue;
      for (const [name, counts] of CUTS) {
        for (const metas of [true, false]) {
          const { lost, doubled } = await cutStream(follow, counts, metas);
          const how = `${name}, ${metas ? 'with' : 'without'} block metas`;
          rows.push({ subject, part: `${how}: lost`, unit: 'count', value: lost });
          rows.push({ subject, part: `${how}: doubled`, unit: 'count', value: doubled });
        }
      }
    }
    return rows;
  },
};

const CUTS: readonly (readonly [string, FaultCounts])[] = [
  ['one cut', { cuts: 1 }],
  ['one cut with a gap of 1,000', { cuts: 1, gap: 1_000 }],
  ['three cuts with gaps of 500', { cuts: 3, gap: 500 }],
];

const PLANS: Readonly<Record<Mode, Omit<Plan, 'units'>>> = {
  full: { rounds: 7, sampleMs: 1, warmUpMs: 1_000, clock: 'both' },
  quick: { rounds: 2, sampleMs: 1, warmUpMs: 300, clock: 'both' },
};

async function measure(stream: StreamName, mode: Mode): Promise<Row[]> {
  using server = await ServerProcess.start(stream);
  // Real data is not part of the repository.
  if (server === undefined) return [];
  const { address, kind, count } = server;
  const entry = (name: string, read: ReadStream): Entry => ({
    name,
    async sample(_units, lap) {
      await read({ address, kind, count });
      lap('CPU');
    },
  });
  const native = await nativeReader();
  const entries = [
    entry('rockpool', readWithSource),
    entry('rockpool, whole runtime', readWithRuntime),
    entry('@grpc/grpc-js', readWithGrpcJs),
    entry('connect-node', readWithConnect),
    ...(native === undefined ? [] : [entry('@triton-one/yellowstone-grpc', native)]),
  ];
  const measured = await measureRounds(entries, { ...PLANS[mode], units: count });
  return measured.map(({ name, part, ns, against }) => ({
    subject: name,
    part,
    unit: 'ns',
    value: ns,
    against,
  }));
}
