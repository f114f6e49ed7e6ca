import { type Results, ratio, rowOf } from './results.js';

/** A goal: the least that must be reached, and what the limits allow. */
export interface Goal {
  readonly what: string;
  /** `least`: the measured figure must be at least this; `most`: at most. */
  readonly kind: 'least' | 'most';
  readonly gate: number;
  readonly moonshot: number;
  readonly unit: '×' | '%' | 'ms' | 'ns' | 'B' | '';
  measure(results: Results): number | undefined;
}

const faster = (
  what: string,
  scenario: string,
  peer: string,
  gate: number,
  moonshot: number,
  part?: string,
): Goal => ({
  what,
  kind: 'least',
  gate,
  moonshot,
  unit: '×',
  measure: (results) => ratio(results, scenario, peer, 'rockpool', part),
});

const dearer = (
  what: string,
  scenario: string,
  than: string,
  gate: number,
  moonshot: number,
  part?: string,
): Goal => ({
  what,
  kind: 'most',
  gate,
  moonshot,
  unit: '×',
  measure: (results) => ratio(results, scenario, 'rockpool', than, part),
});

const overhead = (what: string, scenario: string, gate: number, moonshot: number): Goal => ({
  what,
  kind: 'most',
  gate,
  moonshot,
  unit: '%',
  measure(results) {
    const found = ratio(results, scenario, 'rockpool', 'rockpool, counters only');
    return found === undefined ? undefined : (found - 1) * 100;
  },
});

const figure = (
  what: string,
  scenario: string,
  part: string,
  unit: Goal['unit'],
  gate: number,
  moonshot: number,
): Goal => ({
  what,
  kind: 'most',
  gate,
  moonshot,
  unit,
  measure: (results) => rowOf(results, scenario, 'rockpool', part)?.value,
});

/** Getting in line and being served together: a pool may pay for the one in the other. */
const wholeQueue = (
  what: string,
  peer: string,
  limits: Pick<Goal, 'kind' | 'gate' | 'moonshot'>,
): Goal => ({
  what,
  ...limits,
  unit: '×',
  measure(results) {
    const whole = (subject: string): number =>
      (rowOf(results, 'queue-1000000', subject, 'enqueue')?.value ?? Number.NaN) +
      (rowOf(results, 'queue-1000000', subject, 'grant')?.value ?? Number.NaN);
    const own = whole('rockpool');
    const found = limits.kind === 'most' ? own / whole(peer) : whole(peer) / own;
    return Number.isNaN(found) ? undefined : found;
  },
});

const overFloor = (what: string, part: string): Goal => ({
  what,
  kind: 'most',
  gate: 0,
  moonshot: 0,
  unit: '',
  measure(results) {
    const own = rowOf(results, 'costs', 'rockpool', part)?.value;
    const least = rowOf(results, 'costs', 'floor', part)?.value;
    return own === undefined || least === undefined ? undefined : own - least;
  },
});

const besides = (what: string, part: string): Goal => ({
  what,
  kind: 'most',
  gate: 2,
  moonshot: 1.2,
  unit: '×',
  measure(results) {
    const [beside, alone] = [part, 'p99, alone'].map((each) => {
      return rowOf(results, 'views-beside-slow', 'rockpool', each)?.value;
    });
    return alone === undefined || beside === undefined ? undefined : beside / alone;
  },
});

/** Against the cheapest of the others. */
const cheapestRead = (
  what: string,
  scenario: string,
  own: string,
  gate: number,
  moonshot: number,
): Goal => ({
  what,
  kind: 'least',
  gate,
  moonshot,
  unit: '×',
  measure(results) {
    const others = ['@grpc/grpc-js', 'connect-node', '@triton-one/yellowstone-grpc'];
    const found = others
      .map((other) => ratio(results, scenario, other, own, 'CPU'))
      .filter((each) => each !== undefined);
    return found.length === 0 ? undefined : Math.min(...found);
  },
});

/** The goals in the order of the report. Those about time are ratios; a figure in ms is of the machine that ran. */
export const GOALS: readonly Goal[] = [
  faster('acquire + release: faster than generic-pool', 'acquire', 'generic-pool', 6, 8),
  faster('… than tarn', 'acquire', 'tarn', 15, 20),
  faster('… than sequelize-pool', 'acquire', 'sequelize-pool', 6, 8),
  faster('… than pg-pool', 'acquire', 'pg-pool', 8, 11),
  faster('… than lightning-pool', 'acquire', 'lightning-pool', 4, 5.5),
  faster('… than Effect’s pool inside one fiber', 'acquire', 'effect', 3.5, 5),
  dearer('… against the floor', 'acquire', 'floor', 1.5, 1.25),
  faster(
    'tryAcquire + release: faster than generic-pool’s await acquire',
    'try-acquire',
    'generic-pool',
    20,
    40,
  ),
  faster('use(fn): faster than generic-pool’s', 'use', 'generic-pool', 4.5, 6),
  faster(
    '64 workers on 8 resources: faster than generic-pool',
    'contended-64',
    'generic-pool',
    1.8,
    3.5,
  ),
  faster(
    '1,000 workers on 10 resources: faster than generic-pool',
    'contended-1000',
    'generic-pool',
    2.2,
    3.5,
  ),
  faster('… than lightning-pool', 'contended-1000', 'lightning-pool', 1.7, 2.5),
  faster('… than tarn', 'contended-1000', 'tarn', 6, 9),
  dearer('… against the floor', 'contended-1000', 'floor', 1.8, 1.2),
  overhead('observability on against off: awaited', 'observed-acquire', 25, 10),
  overhead('… use(fn)', 'observed-use', 20, 10),
  overhead('… 1,000 workers', 'observed-contended', 65, 20),
  overhead(
    'everything on, a bus and scrapes too, against off: pages',
    'watched-extractions',
    25,
    10,
  ),
  faster(
    'pages read by two guests in workers: more than by one',
    'extraction-workers',
    '1 worker',
    1.7,
    1.9,
  ),
  figure('hops per loan, direct', 'costs', 'hops', '', 1, 1),
  figure('… handed over', 'costs', 'hops, handed over', '', 1, 1),
  overFloor('promises per loan over the floor, direct', 'promises'),
  overFloor('… handed over', 'promises, handed over'),
  figure('timers per loan, direct', 'costs', 'timers', '', 0, 0),
  figure('heap bytes per loan, direct', 'costs', 'per loan', 'B', 340, 290),
  figure('… handed over', 'costs', 'per loan, handed over', 'B', 1_000, 800),
  wholeQueue('1,000,000 waiters with deadlines, in line and served: against the floor', 'floor', {
    kind: 'most',
    gate: 2.2,
    moonshot: 1.5,
  }),
  wholeQueue('… faster than generic-pool', 'generic-pool', {
    kind: 'least',
    gate: 1.4,
    moonshot: 2,
  }),
  faster(
    '100,000 waiters, being served: faster than tarn',
    'queue-100000-arrays',
    'tarn',
    30,
    50,
    'grant',
  ),
  faster('… than pg-pool', 'queue-100000-arrays', 'pg-pool', 30, 50, 'grant'),
  faster('… than sequelize-pool', 'queue-100000-arrays', 'sequelize-pool', 30, 50, 'grant'),
  figure('calling off one of 10,000 waiters', 'cancel-10000-one', 'cancel', 'ns', 600, 200),
  // No gate: how far tarn has to look depends on the machine; that it has to look is the point.
  faster('… faster than tarn', 'cancel-10000-one', 'tarn', 1, 50, 'cancel'),
  figure(
    '100,000 time-outs at once: longest hold-up',
    'time-outs-100000',
    'longest hold-up',
    'ms',
    20,
    5,
  ),
  figure(
    'bytes per waiter with deadline and signal',
    'costs',
    'per waiter with deadline and signal',
    'B',
    760,
    690,
  ),
  figure(
    'bytes per idle resource with health and statistics',
    'costs',
    'per idle resource',
    'B',
    140,
    112,
  ),
  figure('timers with 100 waiters', 'costs', 'timers with 100 waiters', '', 2, 2),
  figure('timers of an empty pool', 'costs', 'timers of an empty pool', '', 0, 0),
  figure(
    'timers that hold the process while all is idle',
    'costs',
    'timers that hold the process with 100 idle',
    '',
    0,
    0,
  ),
  {
    what: 'a loan with 10,000 resources on loan, against 10',
    kind: 'most',
    gate: 1.3,
    moonshot: 1,
    unit: '×',
    measure(results) {
      const many = ratio(results, 'big-10000-on-loan', 'rockpool', 'floor');
      const few = ratio(results, 'big-10-on-loan', 'rockpool', 'floor');
      return many === undefined || few === undefined ? undefined : many / few;
    },
  },
  figure(
    '10,000 idle resources ended: longest hold-up',
    'sweep-10000',
    'longest hold-up',
    'ms',
    5,
    1,
  ),
  faster(
    'a synchronous check before each loan: faster than generic-pool',
    'check-sync',
    'generic-pool',
    4.5,
    8,
  ),
  faster('destroyed after each use: faster than generic-pool', 'destroy', 'generic-pool', 6, 8),
  faster(
    'a view that does little: faster than on a fresh instance',
    'views-stateful',
    'fresh instance',
    50,
    66,
  ),
  faster(
    'views in a pool of 2: more than on one guarded runtime',
    'views-throughput',
    'one guarded runtime',
    1.8,
    2,
  ),
  dearer('… against 2 bare threads', 'views-throughput', 'floor', 1.15, 1.05),
  besides(
    '99th percentile of a small view beside slow ones, against alone',
    'p99, beside slow ones',
  ),
  besides('… while blocks are indexed', 'p99, while blocks are indexed'),
  faster(
    'a value through a pipeline, 8 at once: faster than p-queue',
    'pipeline-values',
    'p-queue',
    20,
    40,
  ),
  faster('… than Node’s Readable', 'pipeline-values', 'node Readable', 5, 10),
  faster('… with an asynchronous handler: than p-queue', 'pipeline-values-async', 'p-queue', 2, 4),
  faster(
    'a value with the setting optimize, against without',
    'pipeline-optimize',
    'rockpool, every latency measured',
    1,
    1.1,
  ),
  figure(
    'memory per view, over 100,000 views that leak 2 KB each',
    'views-memory',
    'growth per view',
    'B',
    100,
    10,
  ),
  cheapestRead(
    'a Yellowstone entry of 79 B: less CPU time than with the best other client',
    'yellowstone-entries',
    'rockpool',
    1.3,
    2,
  ),
  cheapestRead(
    '… through a whole runtime',
    'yellowstone-entries',
    'rockpool, whole runtime',
    1.3,
    2,
  ),
  cheapestRead(
    'a transaction of 9.7 KB: less CPU time than with the best other client',
    'yellowstone-transactions',
    'rockpool',
    1,
    1.3,
  ),
  cheapestRead(
    '… through a whole runtime',
    'yellowstone-transactions',
    'rockpool, whole runtime',
    1,
    1.3,
  ),
];

export type Verdict = 'moonshot' | 'gate' | 'missed' | 'not measured';

/** How far a measured figure got. */
export function judge(goal: Goal, measured: number | undefined): Verdict {
  if (measured === undefined) return 'not measured';
  const reaches = (wanted: number): boolean =>
    goal.kind === 'least' ? measured >= wanted : measured <= wanted + 0.005;
  if (reaches(goal.moonshot)) return 'moonshot';
  return reaches(goal.gate) ? 'gate' : 'missed';
}
