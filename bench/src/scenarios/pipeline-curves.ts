import { setTimeout as nap } from 'node:timers/promises';
import {
  type AnyHandler,
  type Frame,
  type Logger,
  type PipelineOptions,
  pipeline,
  Runtime,
  type Source,
  threadedParser,
  type Update,
} from '@rockpool/pipeline';
import { median } from '../measure/statistics.js';
import { type Parsed, ParserModule } from '../pipeline/parser-module.js';
import { Store } from '../pipeline/store.js';
import type { Mode, Row, Scenario } from './scenario.js';

/** How a pipeline is set at one point of a curve. */
interface Point {
  readonly name: string;
  readonly concurrency?: number;
  readonly batchSize?: number;
  /** 0: the main thread parses. */
  readonly parserThreads?: number;
}

/** The curves of the tuning guide: each turns one knob. */
export const CURVES = {
  concurrency: [1, 2, 4, 8, 16, 32, 64].map(
    (concurrency): Point => ({ name: String(concurrency), concurrency }),
  ),
  batch: [1, 10, 100, 1_000].map((batchSize): Point => ({ name: String(batchSize), batchSize })),
  threads: [0, 1, 2].map(
    (parserThreads): Point => ({ name: String(parserThreads), batchSize: 1_000, parserThreads }),
  ),
} as const satisfies Record<string, readonly Point[]>;

export type CurveName = keyof typeof CURVES;

/** The sizes of messages: an entry, and a transaction of a chain. */
export const SIZES: readonly { readonly bytes: number; readonly text: string }[] = [
  { bytes: 79, text: '79 B' },
  { bytes: 9_700, text: '9.7 KB' },
];

const TITLES: Readonly<Record<CurveName, string>> = {
  concurrency: 'handler calls at once, each a write to a store that takes 1 ms',
  batch: 'values in a batch, each batch a write to a store that takes 1 ms',
  threads: 'parser threads, with batches of 1,000',
};

/** The id of the curve of one knob for messages of one size. */
export const curveId = (curve: CurveName, bytes: number): string =>
  `pipeline-curve-${curve}-${bytes}`;

/** Throughput of a saturated pipeline, and latency at seven tenths of it. Wall time: other processes are waited for. */
export const pipelineCurveScenarios: readonly Scenario[] = SIZES.flatMap(({ bytes, text }) =>
  (Object.keys(CURVES) as CurveName[]).map((curve) => ({
    id: curveId(curve, bytes),
    title: `messages of ${text} over ${TITLES[curve]} (wall time)`,
    peers: () => [],
    run: (_subjects, mode) => measure(CURVES[curve], bytes, mode),
  })),
);

interface CurvePlan {
  readonly rounds: number;
  /** How long a saturated run, and a paced one, should take. */
  readonly runMs: number;
}

const PLANS: Readonly<Record<Mode, CurvePlan>> = {
  full: { rounds: 3, runMs: 1_000 },
  quick: { rounds: 1, runMs: 200 },
};

/** How much of its throughput a pipeline is given when its latency is measured. */
const LOAD = 0.7;
const FIRST_VALUES = 200;
const MOST_VALUES = 1_000_000;

/** Rounds go through all points, so that a machine that slows down slows down all of them. */
async function measure(points: readonly Point[], bytes: number, mode: Mode): Promise<Row[]> {
  const { rounds, runMs } = PLANS[mode];
  using store = await Store.start();
  using module = new ParserModule();
  const parse = await module.parse();
  const tries = new Map(points.map((point) => [point, [] as Try[]]));
  const values = new Map<Point, number>();
  for (const point of points) values.set(point, await valuesFor(partsOf(point), runMs));
  for (let round = 0; round < rounds; round += 1) {
    for (const point of points) {
      const parts = partsOf(point);
      const perMs = await throughput(parts, values.get(point) as number);
      tries.get(point)?.push({ perMs, ...(await latency(parts, perMs * LOAD, runMs)) });
    }
  }
  return [...tries].flatMap(([{ name }, found]): Row[] => {
    const of = (pick: (each: Try) => number) => median(found.map(pick));
    return [
      { subject: name, part: 'value', unit: 'ns', value: 1_000_000 / of(({ perMs }) => perMs) },
      { subject: name, part: 'p50', unit: 'ms', value: of(({ p50Ms }) => p50Ms) },
      { subject: name, part: 'p99', unit: 'ms', value: of(({ p99Ms }) => p99Ms) },
    ];
  });

  function partsOf(point: Point): Parts {
    return { point, bytes: new Uint8Array(bytes).fill(7), store, parse, module: module.url };
  }
}

interface Try {
  readonly perMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Parts {
  readonly point: Point;
  readonly bytes: Uint8Array;
  readonly store: Store;
  readonly parse: (update: { readonly bytes: Uint8Array }) => Parsed;
  readonly module: URL;
}

interface Message extends Update {
  readonly kind: 'message';
  readonly bytes: Uint8Array;
}

interface Kinds {
  readonly message: Message;
}

/** How many values take about so long; by then everything is hot. */
async function valuesFor(parts: Parts, runMs: number): Promise<number> {
  for (let values = FIRST_VALUES; ; ) {
    const tookMs = values / (await throughput(parts, values));
    if (tookMs >= runMs / 2 || values >= MOST_VALUES) return values;
    values = Math.min(MOST_VALUES, Math.round(values * Math.min(10, Math.max(2, runMs / tookMs))));
  }
}

/** Values in a millisecond, of a source that always has more: from its first value to the last that was written. */
async function throughput(parts: Parts, values: number): Promise<number> {
  let begun = 0;
  const source = sourceOf(async (push) => {
    begun = performance.now();
    for (let left = values; left > 0; left -= 100) await push(Math.min(100, left));
  }, parts.bytes);
  const { writtenAt } = await run(parts, source, values);
  return values / (writtenAt - begun);
}

/** Latencies of a source that sends at a rate, whatever becomes of it. */
async function latency(
  parts: Parts,
  perMs: number,
  runMs: number,
): Promise<{ readonly p50Ms: number; readonly p99Ms: number }> {
  const values = Math.max(FIRST_VALUES, Math.round(perMs * runMs));
  const source = sourceOf(async (push) => {
    const begun = performance.now();
    for (let sent = 0; sent < values; ) {
      const due = Math.min(values, Math.floor((performance.now() - begun) * perMs) + 1);
      if (due > sent) await push(due - sent);
      sent = Math.max(sent, due);
      await nap(1);
    }
  }, parts.bytes);
  const { p50Ms, p99Ms } = await run(parts, source, values);
  return { p50Ms, p99Ms };
}

type Push = (count: number) => void | Promise<void>;

function sourceOf(send: (push: Push) => Promise<void>, bytes: Uint8Array): Source<Kinds> {
  return {
    name: 'messages',
    async run({ sink }) {
      const frame: Frame = { kind: 'message', bytes };
      await send((count) => sink.push(new Array<Frame>(count).fill(frame)));
      return { type: 'completed' };
    },
    decode: (frame, { receivedAtMs }) => [
      { kind: 'message', bytes: frame.bytes, sizeBytes: frame.bytes.byteLength, receivedAtMs },
    ],
  };
}

interface Ran {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** When the last value was written. */
  readonly writtenAt: number;
}

async function run(
  { point, store, parse, module }: Parts,
  source: Source<Kinds>,
  values: number,
): Promise<Ran> {
  const { batchSize, concurrency = 8, parserThreads = 0 } = point;
  let written = 0;
  let writtenAt = 0;
  const write = async (records: number): Promise<void> => {
    await store.write(records);
    written += records;
    writtenAt = performance.now();
  };
  const handler: AnyHandler<Parsed, Message> =
    batchSize === undefined
      ? {
          name: 'write',
          handle: () => write(1),
        }
      : {
          name: 'write',
          batch: { size: batchSize, lingerMs: 5 },
          handleBatch: (items) => write(items.length),
        };
  const options: PipelineOptions<Message, Parsed> = {
    concurrency,
    latencyEvery: 1,
    lookahead: 2_000,
    ...(parserThreads > 0 && { executor: threadedParser({ module, threads: parserThreads }) }),
  };
  const runtime = await Runtime.builder<Kinds>()
    .source(source)
    .logger(SILENT)
    .pipeline(pipeline({ id: 'sum', kind: 'message' as const, parse }, [handler], options))
    .build();
  await runtime.run();
  if (written !== values) throw new Error(`${point.name}: ${written} of ${values} were written`);
  const { p50Ms, p99Ms } = runtime.stats().pipelines['sum']?.latency ?? NOTHING;
  return { p50Ms, p99Ms, writtenAt };
}

const NOTHING = { p50Ms: Number.NaN, p99Ms: Number.NaN };
const SILENT: Logger = { level: 'silent', log: () => {}, child: () => SILENT };
