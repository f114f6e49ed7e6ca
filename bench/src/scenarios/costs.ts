import { countAsync, countHops, holdingTimers, watchTimers } from '../measure/async-counts.js';
import { cpuUs } from '../measure/cpu-clock.js';
import { allocatedBytes, liveHeapBytes } from '../measure/heap.js';
import { median } from '../measure/statistics.js';
import {
  openSubject,
  type Resource,
  type Subject,
  type SubjectName,
  Thing,
} from '../subjects/index.js';
import { loopsFor } from './paired.js';
import type { Row, Scenario } from './scenario.js';

const LOANS = 10_000;
const IDLE = 20_000;
const WAITERS = 10_000;
const CROWD = 100;

/** What a loan costs on any machine under any load: turns, promises, timers, bytes. */
export const costScenario: Scenario = {
  id: 'costs',
  title: 'costs that depend on no machine',
  // The young generation must hold all that is allocated while it is counted.
  nodeFlags: ['--max-semi-space-size=64', '--min-semi-space-size=64'],
  // Without pg-pool, which takes a quarter of an hour over 20,000 clients and 10,000 waiters.
  peers: (mode) =>
    mode === 'quick'
      ? ['generic-pool']
      : ['generic-pool', 'lightning-pool', 'tarn', 'sequelize-pool'],
  async run(subjects) {
    const rows: Row[] = [];
    // Hooks are switched on for good by the last count, so what they disturb comes first.
    for (const name of subjects) rows.push(...(await bytesOf(name)));
    for (const name of subjects) rows.push(...(await loansOf(name)));
    for (const name of subjects) rows.push(...(await timersOf(name)));
    return rows;
  },
};

async function bytesOf(name: SubjectName): Promise<Row[]> {
  const loops = await loopsFor(name);
  const one = await openSubject(name, { max: 1, warm: 1 });
  const direct = (): Promise<unknown> => loops.cycle(one, LOANS);
  const handOver = (): Promise<unknown> => loops.crowd(one, 2, LOANS / 2);
  const perLoan = await allocatedPerLoan(direct);
  const perHandOver = await allocatedPerLoan(handOver);
  await one.close();
  return [
    bytes(name, 'per loan', perLoan),
    bytes(name, 'per loan, handed over', perHandOver),
    bytes(name, 'per idle resource', await bytesPerIdle(name)),
    bytes(name, 'per waiter', await bytesPerWaiter(name, (subject) => subject.acquire())),
    ...(name.startsWith('rockpool')
      ? [
          bytes(
            name,
            'per waiter with deadline and signal',
            await bytesPerWaiter(name, (subject) => subject.acquireWatched?.()),
          ),
        ]
      : []),
  ];
}

async function allocatedPerLoan(work: () => Promise<unknown>): Promise<number> {
  const from = cpuUs();
  while (cpuUs() - from < 500_000) await work();
  const found: number[] = [];
  for (let times = 0; times < 7; times++) found.push(await allocatedBytes(work));
  return median(found) / LOANS;
}

async function bytesPerIdle(name: SubjectName): Promise<number> {
  const resources: Resource[] = Array.from({ length: IDLE }, (_, id) => new Thing(id));
  const make = (): Resource => resources[made++] as Resource;
  let made = 0;
  const before = liveHeapBytes();
  const subject = await openSubject(name, { max: IDLE, warm: IDLE, make });
  await new Promise(setImmediate);
  const after = liveHeapBytes();
  await subject.close();
  return (after - before) / IDLE;
}

async function bytesPerWaiter(
  name: SubjectName,
  ask: (subject: Subject) => Promise<unknown> | undefined,
): Promise<number> {
  const subject = await openSubject(name, { max: 1, warm: 1, acquireTimeoutMs: 600_000 });
  const held = await subject.acquire();
  let left = WAITERS;
  let served: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    served = resolve;
  });
  const wait = async (): Promise<void> => {
    const loan = await ask(subject);
    if (--left === 0) served();
    subject.release(loan);
  };
  const before = liveHeapBytes();
  for (let index = 0; index < WAITERS; index++) void wait();
  await new Promise(setImmediate);
  const after = liveHeapBytes();
  subject.release(held);
  await all;
  await subject.close();
  return (after - before) / WAITERS;
}

async function loansOf(name: SubjectName): Promise<Row[]> {
  const loops = await loopsFor(name);
  const one = await openSubject(name, { max: 1, warm: 1 });
  const idle = await countHops(() => one.acquire());
  const handed = await countHops(
    () => one.acquire(),
    () => one.release(idle.value),
  );
  one.release(handed.value);
  const direct = await countAsync(() => loops.cycle(one, 1_000));
  const over = await countAsync(() => loops.crowd(one, 2, 500));
  await one.close();
  return [
    count(name, 'hops', idle.hops),
    count(name, 'hops, handed over', handed.hops),
    count(name, 'promises', direct.promises / 1_000),
    count(name, 'promises, handed over', over.promises / 1_000),
    count(name, 'timers', direct.timers / 1_000),
    count(name, 'timers, handed over', over.timers / 1_000),
  ];
}

async function timersOf(name: SubjectName): Promise<Row[]> {
  const timers = watchTimers();
  const subject = await openSubject(name, { max: CROWD, warm: 0, acquireTimeoutMs: 600_000 });
  const empty = timers();
  const loans = await Promise.all(Array.from({ length: CROWD }, () => subject.acquire()));
  const waiting = Array.from({ length: CROWD }, async () =>
    subject.release(await subject.acquire()),
  );
  const crowded = timers();
  for (const loan of loans) subject.release(loan);
  await Promise.all(waiting);
  await new Promise(setImmediate);
  const idle = timers();
  const holding = holdingTimers();
  await subject.close();
  await new Promise(setImmediate);
  const closed = timers();
  return [
    count(name, 'timers of an empty pool', empty),
    count(name, 'timers with 100 waiters', crowded),
    count(name, 'timers with 100 idle', idle),
    count(name, 'timers that hold the process with 100 idle', holding),
    count(name, 'timers of a closed pool', closed),
  ];
}

function bytes(subject: string, part: string, value: number): Row {
  return { subject, part, unit: 'bytes', value };
}

function count(subject: string, part: string, value: number): Row {
  return { subject, part, unit: 'count', value };
}
