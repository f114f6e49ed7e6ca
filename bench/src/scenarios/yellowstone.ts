import { type Entry, measureRounds, type Plan } from '../measure/rounds.js';
import type { ReadStream } from '../yellowstone/client.js';
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

const PLANS: Readonly<Record<Mode, Omit<Plan, 'units'>>> = {
  full: { rounds: 9, sampleMs: 1, warmUpMs: 2_000, clock: 'both' },
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
