/**
 * Measures views on the built package and prints a table: `node packages/view-runtime/bench/views.mjs [--quick]`.
 * Ratios are medians of interleaved rounds; on a machine that does other things, look at them and not at the times.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { LmdbStore, MetashrewRuntime, ViewPool } from '../dist/index.js';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 7;
const nothing = new Uint8Array(0);
const guest = new URL('../dist/guests/indexer.wasm', import.meta.url);
const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-views-bench-'));
const store = new LmdbStore(folder);

const runtimeOf = (options) => MetashrewRuntime.load(guest, { store, ...options });
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const quantile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];
const u32 = (number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
};
const say = (name, value) => console.log(`${name.padEnd(58)} ${value}`);

async function microseconds(runtime, calls) {
  const start = performance.now();
  for (let i = 0; i < calls; i++) await runtime.view('tiny', nothing, 0);
  return ((performance.now() - start) * 1_000) / calls;
}

async function statefulAgainstFresh() {
  const stateful = await runtimeOf({});
  const fresh = await runtimeOf({ statefulViews: 'off' });
  const calls = quick ? 500 : 2_000;
  await microseconds(stateful, calls);
  await microseconds(fresh, calls);
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push([await microseconds(stateful, calls), await microseconds(fresh, calls)]);
  }
  const [kept, made] = [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
  say('a view that does little, stateful', `${kept.toFixed(1)} µs`);
  say('the same, a fresh instance each time', `${made.toFixed(1)} µs`);
  say('fresh / stateful', `${median(pairs.map(([a, b]) => b / a)).toFixed(1)}×`);
}

async function throughput() {
  const work = u32(quick ? 1_000 : 3_000);
  const views = quick ? 60 : 200;
  const guarded = await runtimeOf({});
  const perSecond = async (view) => {
    const start = performance.now();
    await Promise.all(Array.from({ length: views }, view));
    return (views * 1_000) / (performance.now() - start);
  };
  const pools = [];
  for (const poolSize of [1, 2, 4]) {
    pools.push(await ViewPool.create(guarded, { poolSize, maxConcurrentRequests: 16 }));
  }
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const one = await perSecond(() => guarded.view('slow', work, 0));
    const row = [one];
    for (const pool of pools) row.push(await perSecond(() => pool.view('slow', work, 0)));
    results.push(row);
  }
  say('one guarded runtime', `${median(results.map(([one]) => one)).toFixed(0)} views/s`);
  pools.forEach((pool, index) => {
    const ratio = median(results.map((row) => row[index + 1] / row[0]));
    const rate = median(results.map((row) => row[index + 1]));
    say(`pool of ${pool.stats().poolSize}`, `${rate.toFixed(0)} views/s, ${ratio.toFixed(2)}×`);
  });
  await Promise.all(pools.map((pool) => pool.close()));
}

async function fastBesideSlow() {
  const pool = await ViewPool.create(await runtimeOf({}), { poolSize: 2 });
  const calls = quick ? 300 : 1_500;
  const latencies = async () => {
    const seen = [];
    for (let i = 0; i < calls; i++) {
      const start = performance.now();
      await pool.view('tiny', nothing, 0);
      seen.push(performance.now() - start);
    }
    return seen;
  };
  await latencies();
  const idle = await latencies();
  let state = 'busy';
  const slow = (async () => {
    while (state === 'busy') await pool.view('slow', u32(20_000), 0);
  })();
  const beside = await latencies();
  state = 'over';
  await slow;
  const [before, during] = [idle, beside].map((all) => quantile(all, 0.99));
  say('p99 of a fast view, idle pool of 2', `${before.toFixed(2)} ms`);
  say(
    'p99 of a fast view, a slow one always running',
    `${during.toFixed(2)} ms, ${(during / before).toFixed(1)}×`,
  );
  say('median of the same two', `${median(idle).toFixed(3)} ms, ${median(beside).toFixed(3)} ms`);
  await pool.close();
}

async function memory() {
  const runtime = await runtimeOf({ recycle: { maxPages: 64 } });
  const views = quick ? 10_000 : 100_000;
  const rss = () => (process.memoryUsage.rss() / 1_048_576).toFixed(0);
  const echo = new Uint8Array(1_000);
  for (let i = 0; i < 5_000; i++) await runtime.view('echo', echo, 0);
  const marks = [rss()];
  for (let i = 1; i <= views; i++) {
    await runtime.view('echo', echo, 0);
    if (i % (views / 4) === 0) marks.push(rss());
  }
  say(`resident memory over ${views} views that leak 2 KB each`, `${marks.join(' → ')} MiB`);
  say('instances that took', `${runtime.stats().instances}`);
}

try {
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}, ${rounds} rounds\n`,
  );
  const indexer = await runtimeOf({ statefulViews: 'off' });
  await indexer.run({ height: 0, hash: new Uint8Array(32), bytes: new Uint8Array(100) });
  await statefulAgainstFresh();
  await throughput();
  await fastBesideSlow();
  await memory();
} finally {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
