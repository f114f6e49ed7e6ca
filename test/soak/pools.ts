import { createPool, type Pool, type PoolOptions } from '@rockpool/core';
import { auditStats } from '@rockpool/core/testing';
import { Load } from './load.js';
import { after, CALM, LIMITS, MOODY, MoodyFactory, type Thing } from './moody-factory.js';

/** What the heap may have grown by: the rest is caches of the runtime, which do not grow with time. */
const HEAP_SLACK_BYTES = 6 * 1_048_576;
/** What may be open in the end: the terminal or pipe this process writes to. */
const HARMLESS = ['TTYWrap', 'PipeWrap', 'FSReqCallback'];

const KINDS: Record<string, PoolOptions<Thing>> = {
  plain: { max: 8, idleTimeoutMs: 50 },
  careful: {
    max: 6,
    min: 2,
    minIdle: 1,
    testOnCreate: true,
    testOnBorrow: true,
    testOnReturn: true,
    testWhileIdle: true,
    validateAfterIdleMs: 0,
    keepAliveMs: 50,
    strategy: 'fifo',
  },
  shared: { max: 4, concurrency: 3, strategy: 'round-robin', maxUses: 50 },
  mortal: {
    max: 8,
    maxIdle: 3,
    maxLifetimeMs: 200,
    hardIdleTimeoutMs: 60,
    minHealth: 40,
    strategy: 'healthiest',
  },
  watched: { max: 5, leakThresholdMs: 20, reclaimAfterMs: 60, stats: 'exact', maxQueue: 20 },
};

interface Subject {
  readonly kind: string;
  readonly pool: Pool<Thing>;
  readonly factory: MoodyFactory;
  load: Load;
}

const problems: string[] = [];

/**
 * Uses pools hard under real timers, with hooks that fail, dawdle and hang, and asks in the end whether everything was
 * given back: every count zero, the heap where it was, no handle left. What is wrong is told, and the exit code.
 */
export async function soakPools(minutes: number): Promise<void> {
  process.on('unhandledRejection', (reason) => problems.push(`unhandled: ${String(reason)}`));
  // Reported, and the soak goes on: what it shows next is worth knowing.
  process.on('uncaughtException', (error) => problems.push(`uncaught: ${error.stack}`));
  const subjects = Object.entries(KINDS).map(([kind, options]) => newSubject(kind, options));
  await useHard(subjects, Math.min(10_000, minutes * 60_000 * 0.25), 'warming up');
  const before = await heapAtRest(subjects);
  startAgain(subjects);
  await useHard(subjects, minutes * 60_000, 'soaking');
  const afterwards = await heapAtRest(subjects);
  await closeAll(subjects);
  report(subjects, before, afterwards);
}

function newSubject(kind: string, options: PoolOptions<Thing>): Subject {
  const factory = new MoodyFactory();
  const pool = createPool<Thing>(factory, {
    name: kind,
    ...LIMITS,
    priorities: 3,
    agingMs: 20,
    createRetry: { maxAttempts: 3, initialMs: 2, maxMs: 20 },
    closeTimeoutMs: 500,
    ...options,
  });
  return { kind, pool, factory, load: newLoad(pool, factory, options.concurrency) };
}

function newLoad(pool: Pool<Thing>, factory: MoodyFactory, concurrency = 1): Load {
  return new Load(pool, factory, concurrency, 20);
}

function startAgain(all: readonly Subject[]): void {
  for (const subject of all) {
    subject.factory.mood = MOODY;
    const { concurrency } = KINDS[subject.kind] ?? {};
    subject.load = newLoad(subject.pool, subject.factory, concurrency);
  }
}

/** Lets the loads run, looks at the books four times a second, then stops them. */
async function useHard(all: readonly Subject[], ms: number, what: string): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    await after(Math.min(250, Math.max(1, until - performance.now())));
    for (const { kind, pool, factory } of all) {
      for (const wrong of auditStats(pool.stats())) problems.push(`${kind}: ${wrong}`);
      problems.push(...factory.faults.splice(0).map((fault) => `${kind}: ${fault}`));
    }
    showProgress(what, until);
    if (problems.length > 20) break;
  }
  for (const { factory } of all) factory.mood = CALM;
  await Promise.all(all.map(({ load }) => load.stop()));
}

/** The heap in use when nobody does anything and all that was late has come. */
async function heapAtRest(all: readonly Subject[]): Promise<number> {
  await Promise.all(all.map(({ pool }) => pool.clear()));
  await after(300);
  for (const { kind, pool } of all) {
    const { leases, waiting, creating, validating, resetting, destroying } = pool.stats();
    const busy = { leases, waiting, creating, validating, resetting, destroying };
    for (const [name, count] of Object.entries(busy)) {
      // Checks of idle resources go on while nobody does anything.
      if (count !== 0 && name !== 'validating')
        problems.push(`${kind}: at rest ${name} is ${count}`);
    }
  }
  const { gc } = globalThis;
  if (gc === undefined) {
    problems.push('the heap cannot be measured: run node with --expose-gc');
    return 0;
  }
  for (let round = 0; round < 4; round++) {
    await after(20);
    await gc({ type: 'major', execution: 'async' });
  }
  return process.memoryUsage().heapUsed;
}

async function closeAll(all: readonly Subject[]): Promise<void> {
  await Promise.all(all.map(({ pool }) => pool.close()));
  await after(100);
  for (const { kind, pool, factory } of all) {
    const { size, waiting, leases, counters } = pool.stats();
    if (size + waiting + leases !== 0) problems.push(`${kind}: not empty after close`);
    const { made, ended, takenOut } = factory;
    if (made !== ended + takenOut) {
      problems.push(`${kind}: made ${made}, ended ${ended}, taken out ${takenOut}`);
    }
    if (factory.alive.size > 0) problems.push(`${kind}: ${factory.alive.size} alive after close`);
    if (counters.created !== counters.destroyed + counters.detached) {
      problems.push(`${kind}: created ${counters.created}, destroyed ${counters.destroyed}`);
    }
    problems.push(...factory.faults.map((fault) => `${kind}: ${fault}`));
    problems.push(...auditStats(pool.stats()).map((wrong) => `${kind}: ${wrong}`));
  }
}

function report(all: readonly Subject[], heapBefore: number, heapAfter: number): void {
  if (process.stderr.isTTY) process.stderr.write('\n');
  for (const { kind, pool } of all) {
    const { acquired, timedOut, aborted, created, createErrors } = pool.stats().counters;
    const counts = { acquired, timedOut, aborted, created, createErrors };
    console.log(`${kind.padEnd(8)} ${JSON.stringify(counts)}`);
  }
  const grown = heapAfter - heapBefore;
  console.log(`heap ${megabytes(heapBefore)} -> ${megabytes(heapAfter)} (${megabytes(grown)})`);
  if (grown > HEAP_SLACK_BYTES) problems.push(`the heap has grown by ${megabytes(grown)}`);
  const open = process.getActiveResourcesInfo().filter((kind) => !HARMLESS.includes(kind));
  if (open.length > 0) problems.push(`still open: ${open.join(', ')}`);
  for (const problem of new Set(problems)) console.error(`PROBLEM ${problem}`);
  if (problems.length === 0) console.log('everything was given back');
  process.exitCode = problems.length === 0 ? 0 : 1;
  // Holds nothing itself: it only rings when something else keeps the process from ending.
  setTimeout(() => {
    console.error(`PROBLEM the process does not end: ${process.getActiveResourcesInfo().join()}`);
    process.exit(1);
  }, 5_000).unref();
}

function showProgress(what: string, until: number): void {
  if (!process.stderr.isTTY) return;
  const left = Math.max(0, Math.ceil((until - performance.now()) / 1_000));
  process.stderr.write(`\r${what}: ${left} s left, ${problems.length} problems   `);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
