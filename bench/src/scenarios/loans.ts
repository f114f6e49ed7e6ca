import { paired } from './paired.js';
import type { Scenario } from './scenario.js';

const WARM = { max: 10, warm: 1 } as const;

/** One caller after the other: what a loan costs when nobody is in the way. */
export const loanScenarios: readonly Scenario[] = [
  paired({
    id: 'acquire',
    title: 'await acquire + release, nobody else there',
    setup: WARM,
    peers: [
      'generic-pool',
      'tarn',
      'lightning-pool',
      'sequelize-pool',
      'pg-pool',
      'effect',
      'async-sema',
    ],
    quickPeers: ['generic-pool', 'tarn', 'lightning-pool'],
    sample: (subject, loops, units) => subject.cycle?.(units) ?? loops.cycle(subject, units),
  }),
  paired({
    id: 'try-acquire',
    title: 'tryAcquire + release, beside the peer’s await acquire',
    setup: WARM,
    peers: ['generic-pool', 'async-sema'],
    quickPeers: ['generic-pool'],
    sample: (subject, loops, units) =>
      subject.tryAcquire === undefined
        ? loops.cycle(subject, units)
        : loops.trySync(subject, units),
  }),
  paired({
    id: 'use',
    title: 'use(fn), by hand where a pool has none',
    setup: WARM,
    peers: ['generic-pool', 'lightning-pool', 'tarn', 'effect'],
    quickPeers: ['generic-pool'],
    sample: (subject, loops, units) => subject.uses?.(units) ?? loops.uses(subject, units),
  }),
  paired({
    id: 'use-sync',
    title: 'useSync(fn), beside the peer’s use(fn)',
    setup: WARM,
    peers: ['generic-pool'],
    sample: (subject, loops, units) =>
      subject.useSync === undefined ? loops.uses(subject, units) : loops.usesSync(subject, units),
  }),
];
