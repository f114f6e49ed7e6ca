import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  IndexingThread,
  LmdbStore,
  MetashrewRuntime,
  type RuntimeOptions,
  ViewPool,
} from '@rockpool/view-runtime';
import { type Entry, measureRounds } from '../measure/rounds.js';
import { median, quantile } from '../measure/statistics.js';
import { BareThreads } from '../subjects/bare-threads.js';
import type { Mode, Ratio, Row, Scenario } from './scenario.js';

/** The indexer of the view runtime's own build. */
const INDEXER = fileURLToPath(
  new URL('../../../packages/view-runtime/dist/guests/indexer.wasm', import.meta.url),
);
const NOTHING = new Uint8Array(0);

/**
 * Views of an indexer. Where threads work side by side the figures are wall time, because that is what the threads are
 * for: only their ratios within a round mean anything, and only on a machine with two cores to spare.
 */
export const viewScenarios: readonly Scenario[] = [
  {
    id: 'views-stateful',
    title: 'a view that does little, on a kept instance (rockpool) and on fresh ones',
    peers: () => [],
    run: (_subjects, mode) => withIndex((open) => statefulAgainstFresh(open, mode)),
  },
  {
    id: 'views-throughput',
    title:
      '100 views of some milliseconds, wall time; rockpool is a pool of 2, the floor 2 bare threads',
    peers: () => [],
    run: (_subjects, mode) => withIndex((open) => throughput(open, mode)),
  },
  {
    id: 'views-beside-slow',
    title:
      'a small view in a pool of 2, wall time, alone, beside slow ones and blocks; the floor is bare threads',
    peers: () => [],
    run: (_subjects, mode) => withIndex((open) => besideSlow(open, mode)),
  },
  {
    id: 'views-memory',
    title: 'views that leak 2 KB each, in a pool of 2 whose instances are recycled beyond 4 MiB',
    peers: () => [],
    run: (_subjects, mode) => withIndex((open) => memory(open, mode)),
  },
];

type OpenRuntime = (options?: RuntimeOptions) => Promise<MetashrewRuntime>;

/** An index with one block, on disk, for as long as `measure` takes. */
async function withIndex(measure: (open: OpenRuntime) => Promise<Row[]>): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-bench-views-'));
  const store = new LmdbStore(folder);
  try {
    const open: OpenRuntime = (options) => MetashrewRuntime.load(INDEXER, { store, ...options });
    const indexer = await open({ statefulViews: 'off' });
    await indexer.run({ height: 0, hash: new Uint8Array(32), bytes: new Uint8Array(100) });
    return await measure(open);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function statefulAgainstFresh(open: OpenRuntime, mode: Mode): Promise<Row[]> {
  const views = (name: string, runtime: MetashrewRuntime): Entry => ({
    name,
    async sample(units) {
      for (let i = 0; i < units; i++) await runtime.view('tiny', NOTHING, 0);
    },
  });
  const entries = [
    views('rockpool', await open()),
    views('fresh instance', await open({ statefulViews: 'off' })),
  ];
  // Long samples: fresh instances are collected every some thousands, and that is part of what they cost.
  const plan =
    mode === 'quick'
      ? { rounds: 5, sampleMs: 300, warmUpMs: 500 }
      : { rounds: 15, sampleMs: 600, warmUpMs: 2_000 };
  const measured = await measureRounds(entries, plan);
  return measured.map(({ name, ns, against }): Row => {
    return { subject: name, part: 'view', unit: 'ns', value: ns, against };
  });
}

async function throughput(open: OpenRuntime, mode: Mode): Promise<Row[]> {
  const rounds = mode === 'quick' ? 3 : 11;
  const work = mode === 'quick' ? 500 : 2_000;
  const input = u32(work);
  const guarded = await open();
  const floor = new BareThreads(INDEXER, work, 2);
  const pools = await Promise.all(
    [1, 2, 4].map((poolSize) => {
      return ViewPool.create(guarded, { poolSize, maxConcurrentRequests: 16 });
    }),
  );
  const views = (runtime: MetashrewRuntime | ViewPool) => () =>
    Promise.all(Array.from({ length: 100 }, () => runtime.view('slow', input, 0)));
  const [one, two, four] = pools as [ViewPool, ViewPool, ViewPool];
  const subjects = new Map<string, () => Promise<unknown>>([
    ['floor', () => floor.run(100)],
    ['one guarded runtime', views(guarded)],
    ['pool of 1', views(one)],
    ['rockpool', views(two)],
    ['pool of 4', views(four)],
  ]);
  const found = new Map([...subjects.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, hundred] of subjects) {
      const startedAt = performance.now();
      await hundred();
      // In the first round the compilers are still at work.
      if (round > 0) found.get(name)?.push(performance.now() - startedAt);
    }
  }
  await Promise.all([...pools, floor].map((each) => each.close()));
  return [...found].map(([subject, all]): Row => {
    const others = [...found].filter(([other]) => other !== subject);
    const against = Object.fromEntries(
      others.map(([other, theirs]) => [other, ratioOf(all, theirs)]),
    );
    return { subject, part: '100 views', unit: 'ms', value: median(all), against };
  });
}

async function besideSlow(open: OpenRuntime, mode: Mode): Promise<Row[]> {
  const [rounds, views] = mode === 'quick' ? [3, 200] : [11, 1_000];
  const runtime = await open();
  const pool = await ViewPool.create(runtime, { poolSize: 2 });
  const indexer = await IndexingThread.start(runtime);
  let height = 0;
  const index = () => {
    const bytes = Buffer.concat([Buffer.from('slw!'), u32(20_000)]);
    return indexer.run({ height: ++height, hash: new Uint8Array(32), bytes });
  };
  const idle = new BareThreads(INDEXER, 1, 1);
  const busy = new BareThreads(INDEXER, 20_000, 1);
  const subjects = [
    {
      subject: 'floor',
      small: () => idle.run(1),
      slow: () => busy.run(1),
      found: { alone: [] as number[], beside: [] as number[] },
    },
    {
      subject: 'rockpool',
      small: () => pool.view('tiny', NOTHING, 0),
      slow: () => pool.view('slow', u32(20_000), 0),
      found: { alone: [] as number[], beside: [] as number[] },
    },
  ];
  const indexing: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const { small, slow, found } of subjects) {
      const alone = await p99Of(small, views);
      const beside = await during(slow, () => p99Of(small, views));
      if (round === 0) continue; // the compilers are still at work
      found.alone.push(alone);
      found.beside.push(beside);
    }
    const beside = await during(index, () => p99Of(() => pool.view('tiny', NOTHING, 0), views));
    if (round > 0) indexing.push(beside);
  }
  await Promise.all([pool, indexer, idle, busy].map((each) => each.close()));
  const rows = subjects.flatMap(({ subject, found }): Row[] => [
    { subject, part: 'p99, alone', unit: 'ms', value: median(found.alone) },
    { subject, part: 'p99, beside slow ones', unit: 'ms', value: median(found.beside) },
  ]);
  const part = 'p99, while blocks are indexed';
  return [...rows, { subject: 'rockpool', part, unit: 'ms', value: median(indexing) }];
}

async function p99Of(work: () => Promise<unknown>, times: number): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now();
    await work();
    took.push(performance.now() - startedAt);
  }
  return quantile(took, 0.99);
}

/** Keeps `slow` going as long as `measure` takes. */
async function during<Result>(
  slow: () => Promise<unknown>,
  measure: () => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const going = (async () => {
    while (!stop.signal.aborted) await slow();
  })();
  try {
    return await measure();
  } finally {
    stop.abort();
    await going;
  }
}

async function memory(open: OpenRuntime, mode: Mode): Promise<Row[]> {
  const views = mode === 'quick' ? 10_000 : 100_000;
  const recycle = { maxPages: 64 };
  const pool = await ViewPool.create(await open(), { poolSize: 2, recycle });
  const input = new Uint8Array(1_000);
  const ask = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 4) {
      await Promise.all([0, 1, 2, 3].map(() => pool.view('echo', input, 0)));
    }
  };
  // Until every heap has grown to its size.
  await ask(views);
  const marks: number[] = [];
  for (let part = 0; part < 10; part++) {
    await ask(views / 10);
    globalThis.gc?.();
    marks.push(process.memoryUsage.rss());
  }
  const instances = pool.stats().extras?.runtimes.instances ?? 0;
  await pool.close();
  const subject = 'rockpool';
  // It rises and falls with the collections of instances; what is left after them must not grow.
  const first = Math.min(...marks.slice(0, 5));
  const last = Math.min(...marks.slice(5));
  return [
    { subject, part: 'growth per view', unit: 'bytes', value: (last - first) / (views / 2) },
    { subject, part: 'resident', unit: 'bytes', value: last },
    { subject, part: 'instances', unit: 'count', value: instances },
  ];
}

function ratioOf(own: readonly number[], theirs: readonly number[]): Ratio {
  const ratios = own.map((value, round) => value / (theirs[round] as number));
  return { ratio: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}

function u32(number: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}
