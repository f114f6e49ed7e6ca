import {
  type InitContext,
  type Logger,
  type Sourced,
  type ThreadedParser,
  threadedParser,
} from '@rockpool/pipeline';
import { type Entry, measureRounds, type Plan } from '../measure/rounds.js';
import { ParserModule } from '../pipeline/parser-module.js';
import type { Mode, Row, Scenario } from './scenario.js';

const PLANS: Readonly<Record<Mode, Plan>> = {
  full: { rounds: 15, sampleMs: 40, warmUpMs: 500, clock: 'wall' },
  quick: { rounds: 5, sampleMs: 20, warmUpMs: 200, clock: 'wall' },
};

/** Parsing in the main thread and on worker threads, with hand-offs of different sizes. Wall time. */
export const parserWorkerScenarios: readonly Scenario[] = [
  { bytes: 79, text: '79 B' },
  { bytes: 9_700, text: '9.7 KB' },
].map(({ bytes, text }) => ({
  id: `parser-workers-${bytes}`,
  title: `parsing messages of ${text}, inline and on threads (wall time)`,
  peers: () => [],
  run: (_subjects, mode) => measure(bytes, mode),
}));

async function measure(bytes: number, mode: Mode): Promise<Row[]> {
  using module = new ParserModule();
  const opened: ThreadedParser[] = [];
  try {
    const parse = await module.parse();
    const items = Array.from({ length: 1_024 }, (_, index) => itemOf(bytes, index));
    const inline: Entry = {
      name: 'inline',
      async sample(units) {
        for (let index = 0; index < units; index += 1) {
          parse((items[index % items.length] as Sourced).frame);
        }
      },
    };
    const lanes = [
      { threads: 1, batch: 1 },
      { threads: 1, batch: 16 },
      { threads: 1, batch: 128 },
      { threads: 2, batch: 16 },
    ];
    const entries = [inline];
    for (const { threads, batch } of lanes) {
      const threaded = threadedParser({ module: module.url, threads });
      opened.push(threaded);
      await threaded.init({ id: 'sum', kind: 'message', parse: () => undefined }, CONTEXT);
      entries.push({
        name: `${threads} thread${threads > 1 ? 's' : ''}, by ${batch}`,
        sample: (units) => handOver(threaded, items, batch, units),
      });
    }
    const measured = await measureRounds(entries, PLANS[mode]);
    return measured.map(({ name, ns, against }) => ({
      subject: name,
      part: 'message',
      unit: 'ns',
      value: ns,
      against,
    }));
  } finally {
    for (const each of opened) await each.dispose();
  }
}

/** As many batches at once as the executor takes, until all units are parsed. */
async function handOver(
  parser: ThreadedParser,
  items: readonly Sourced[],
  batch: number,
  units: number,
): Promise<void> {
  let left = units;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const count = Math.min(batch, left);
      const from = left % (items.length - batch);
      left -= count;
      await parser.parseBatch(items.slice(from, from + count));
    }
  };
  await Promise.all(Array.from({ length: parser.maxInFlight }, lane));
}

function itemOf(bytes: number, index: number): Sourced {
  const frame = { kind: 'message', bytes: new Uint8Array(bytes).fill(index) };
  return { frame, update: { kind: 'message', sizeBytes: bytes, receivedAtMs: 0 } };
}

const SILENT: Logger = { level: 'silent', log: () => {}, child: () => SILENT };
const CONTEXT: InitContext = {
  pipeline: 'bench',
  signal: new AbortController().signal,
  log: SILENT,
  cache: undefined,
};
