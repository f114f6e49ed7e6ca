import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { LmdbStore, MetashrewRuntime, type RuntimeOptions, ViewPool } from '@rockpool/view-runtime';
import { type Entry, measureRounds } from '../measure/rounds.js';
import { median, quantile } from '../measure/statistics.js';
import type { Mode, Ratio, Row, Scenario } from './scenario.js';

/** The indexer of the view runtime's own build. */
const INDEXER = fileURLToPath(
  new URL('../../../packages/view-runtime/dist/guests/indexer.wasm', import.meta.url),
);
const NOTHING = new Uint8Array(0);
/** What the rows about views call the runtime that is not pooled. */
const GUARDED = 'one guarded runtime';

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
    title: '100 views of some milliseconds each, wall time; rockpool is a pool of 2',
    peers: () => [],
    run: (_subjects, mode) => withIndex((open) => throughput(open, mode)),
  },
  {
    id: 'views-beside-slow',
    title: 'a small view in a pool of 2, wall time, alone and beside slow ones',
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
  const work = u32(mode === 'quick' ? 500 : 2_000);
  const rounds = mode === 'quick' ? 3 : 11;
  const guarded = await open();
  const pools = new Map<string, ViewPool>();
  for (const [name, poolSize] of [
    ['pool of 1', 1],
    ['rockpool', 2],
    ['pool of 4', 4],
  ] as const) {
    pools.set(name, await ViewPool.create(guarded, { poolSize, maxConcurrentRequests: 16 }));
  }
  const hundred = async (view: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 100 }, view));
    return performance.now() - startedAt;
  };
  const found = new Map<string, number[]>([[GUARDED, []]]);
  for (const name of pools.keys()) found.set(name, []);
  for (let round = 0; round <= rounds; round++) {
    const took = new Map([[GUARDED, await hundred(() => guarded.view('slow', work, 0))]]);
    for (const [name, pool] of pools) {
      took.set(name, await hundred(() => pool.view('slow', work, 0)));
    }
    // In the first one the compilers are still at work.
    if (round > 0) for (const [name, ms] of took) found.get(name)?.push(ms);
  }
  await Promise.all([...pools.values()].map((pool) => pool.close()));
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
  const pool = await ViewPool.create(await open(), { poolSize: 2 });
  const p99 = async (): Promise<number> => {
    const took: number[] = [];
    for (let i = 0; i < views; i++) {
      const startedAt = performance.now();
      await pool.view('tiny', NOTHING, 0);
      took.push(performance.now() - startedAt);
    }
    return quantile(took, 0.99);
  };
  const beside = async (): Promise<number> => {
    let state: 'going on' | 'over' = 'going on';
    const slow = (async () => {
      while (state === 'going on') await pool.view('slow', u32(20_000), 0);
    })();
    const found = await p99();
    state = 'over';
    await slow;
    return found;
  };
  await p99();
  const idle: number[] = [];
  const busy: number[] = [];
  for (let round = 0; round < rounds; round++) {
    idle.push(await p99());
    busy.push(await beside());
  }
  await pool.close();
  const subject = 'rockpool';
  return [
    { subject, part: 'p99, alone', unit: 'ms', value: median(idle) },
    {
      subject,
      part: 'p99, beside slow ones',
      unit: 'ms',
      value: median(busy),
      against: { alone: ratioOf(busy, idle) },
    },
  ];
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
  // Until every instance has been recycled, and every heap has grown to its size.
  await ask(views / 2);
  const marks: number[] = [];
  for (let part = 0; part < 10; part++) {
    await ask(views / 10);
    globalThis.gc?.();
    marks.push(process.memoryUsage.rss());
  }
  const instances = pool.stats().extras?.runtimes.instances ?? 0;
  await pool.close();
  const subject = 'rockpool';
  const first = median(marks.slice(0, 5));
  const last = median(marks.slice(5));
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
