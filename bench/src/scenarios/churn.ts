import { paired } from './paired.js';
import type { Scenario } from './scenario.js';

/** Loans of resources that are checked before, or ended after. */
export const churnScenarios: readonly Scenario[] = [
  paired({
    id: 'check-sync',
    title: 'a synchronous check before each loan',
    setup: { max: 10, warm: 1, check: 'sync' },
    peers: ['generic-pool', 'lightning-pool', 'tarn'],
    quickPeers: ['generic-pool'],
    sample: (subject, loops, units) => loops.cycle(subject, units),
  }),
  paired({
    id: 'check-async',
    title: 'an asynchronous check before each loan',
    setup: { max: 10, warm: 1, check: 'async' },
    peers: ['generic-pool', 'lightning-pool'],
    sample: (subject, loops, units) => loops.cycle(subject, units),
  }),
  paired({
    id: 'destroy',
    title: 'destroyed after each use',
    setup: { max: 10, warm: 1 },
    peers: ['generic-pool', 'lightning-pool', 'sequelize-pool', 'pg-pool'],
    quickPeers: ['generic-pool'],
    sample: (subject, loops, units) => loops.churn(subject, units),
  }),
];
