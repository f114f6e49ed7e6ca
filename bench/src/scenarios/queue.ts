import type { SubjectName } from '../subjects/index.js';
import { paired } from './paired.js';
import type { Scenario } from './scenario.js';

interface Queue {
  readonly depth: number;
  readonly rounds: number;
  readonly peers: readonly SubjectName[];
  readonly suffix?: string;
}

const LINKED: readonly SubjectName[] = ['generic-pool', 'lightning-pool'];
/** Their queues are arrays: beyond 100,000 they take minutes. */
const ARRAYS: readonly SubjectName[] = ['tarn', 'sequelize-pool', 'pg-pool'];

const QUEUES: readonly Queue[] = [
  { depth: 1_000, rounds: 21, peers: [...LINKED, ...ARRAYS] },
  { depth: 10_000, rounds: 9, peers: [...LINKED, ...ARRAYS] },
  { depth: 100_000, rounds: 5, peers: LINKED },
  { depth: 100_000, rounds: 1, peers: ARRAYS, suffix: '-arrays' },
  { depth: 1_000_000, rounds: 3, peers: ['generic-pool'] },
];

/** A pool of one, lent; many callers get in line, and are then served one after the other. */
export const queueScenarios: readonly Scenario[] = QUEUES.map(
  ({ depth, rounds, peers, suffix = '' }) =>
    paired({
      id: `queue-${depth}${suffix}`,
      title: `${depth.toLocaleString('en')} callers in line for one resource, each with a deadline`,
      setup: { max: 1, warm: 1, acquireTimeoutMs: 600_000 },
      peers,
      ...(depth === 10_000 ? { quickPeers: ['generic-pool'] } : {}),
      plan: {
        units: depth,
        rounds,
        warmUpMs: depth >= 100_000 ? 1 : 400,
        collect: depth >= 10_000,
      },
      async sample(subject, loops, units, lap) {
        const held = await subject.acquire();
        lap('-hold');
        const served = loops.queue(subject, units);
        lap('enqueue');
        subject.release(held);
        await served;
        lap('grant');
      },
    }),
);
