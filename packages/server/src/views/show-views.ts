import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  BlockFolder,
  followBlocks,
  IndexingThread,
  LmdbStore,
  MetashrewRuntime,
  quietLogger,
  ViewPool,
} from '@rockpool/view-runtime';
import type { Paint } from '../paint.js';
import { showDuration } from '../quantities.js';
import type { IndexSamples } from '../repository.js';
import type { Terminal } from '../terminal.js';

const RUNTIMES = 2;
const HEAVY_VIEWS = 24;
const SMALL_VIEWS = 2_000;
/** Some milliseconds of work for one view. */
const HEAVY_ROUNDS = 4_000;

/**
 * Indexes the sample blocks, and real ones where there are any, and asks views about them one by one and in parallel.
 * Once `interrupted`, nothing more begins.
 */
export async function showViews(
  { indexer, sampleBlocks, realBlocks }: IndexSamples,
  { stdout }: Pick<Terminal, 'stdout'>,
  paint: Paint,
  interrupted: AbortSignal,
): Promise<void> {
  const stopped = (): boolean => interrupted.aborted;
  if (stopped()) return;
  stdout.write(`\n${paint.bold('Views of an indexer')}\n`);
  stdout.write(await inTemporaryFolder((data) => showIndex('sample', indexer, sampleBlocks, data)));
  if (realBlocks !== undefined && !stopped()) {
    stdout.write(await inTemporaryFolder((data) => showIndex('real', indexer, realBlocks, data)));
  }
}

async function showIndex(
  kind: string,
  indexer: string,
  blocks: string,
  data: string,
): Promise<string> {
  const store = new LmdbStore(data);
  try {
    const runtime = await MetashrewRuntime.load(indexer, { store });
    const source = await BlockFolder.open(blocks);
    const indexingMs = await timeOf(() => indexAll(runtime, source));
    const tip = store.mark().tip ?? 0;
    await using pool = await ViewPool.create(runtime, { poolSize: RUNTIMES });
    const heights = Array.from(
      { length: tip - source.firstHeight + 1 },
      (_, i) => i + source.firstHeight,
    );
    const counts = await Promise.all(
      heights.map((height) => pool.view('transactioncount', NO_INPUT, height)),
    );
    const root = Buffer.from(store.stateRoot(tip) ?? NO_INPUT).toString('hex');
    return [
      `  ${heights.length} ${kind} ${heights.length === 1 ? 'block' : 'blocks'} indexed in ${showDuration(indexingMs)}, up to height ${tip.toLocaleString('en')}`,
      `  state root ${root.slice(0, 16)}…, transactions as of each height: ${counts.map((count) => numberIn(count).toLocaleString('en')).join(' ')}`,
      ...(await compare(runtime, pool, tip)),
      '',
    ].join('\n');
  } finally {
    await store.close();
  }
}

/** One runtime against the pool, and a kept instance against fresh ones. */
async function compare(runtime: MetashrewRuntime, pool: ViewPool, tip: number): Promise<string[]> {
  const heavy = Buffer.alloc(4);
  heavy.writeUInt32LE(HEAVY_ROUNDS);
  const each = Array.from({ length: HEAVY_VIEWS });
  const alone = () => Promise.all(each.map(() => runtime.view('slow', heavy, tip)));
  const pooled = () => Promise.all(each.map(() => pool.view('slow', heavy, tip)));
  const small = async (): Promise<void> => {
    for (let i = 0; i < SMALL_VIEWS; i++) await runtime.view('tiny', NO_INPUT, tip);
  };
  // Once before it counts, and small ones some times: until the compilers are done.
  for (const work of [alone, pooled, small, small, small, small]) await work();
  const aloneMs = await timeOf(alone);
  const pooledMs = await timeOf(pooled);
  const statefulMs = await timeOf(small);
  runtime.disableStatefulViews();
  const freshMs = await timeOf(small);
  return [
    `  ${HEAVY_VIEWS} heavy views: ${showDuration(aloneMs)} on one runtime, ${showDuration(pooledMs)} in a pool of ${RUNTIMES} (${times(aloneMs / pooledMs)})`,
    `  ${SMALL_VIEWS} small views: ${showDuration(freshMs)} on fresh instances, ${showDuration(statefulMs)} on a kept one (${times(freshMs / statefulMs)})`,
  ];
}

async function indexAll(runtime: MetashrewRuntime, source: BlockFolder): Promise<void> {
  const indexer = await IndexingThread.start(runtime, { logger: quietLogger });
  try {
    await followBlocks({ source, indexer, store: runtime.store });
  } finally {
    await indexer.close();
  }
}

const NO_INPUT = new Uint8Array(0);

const numberIn = (count: Uint8Array): number => Buffer.from(count).readUInt32LE();

const times = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`;

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function inTemporaryFolder(use: (folder: string) => Promise<string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rockpool-demo-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
