import { paired } from './paired.js';
import type { Scenario } from './scenario.js';

const SEEN = ['rockpool, counters only', 'rockpool, exact', 'rockpool, listeners'] as const;

/** Rockpool with its defaults beside itself with less and with more to be seen. */
export const observabilityScenarios: readonly Scenario[] = [
  paired({
    id: 'observed-acquire',
    title: 'await acquire + release, less and more observed',
    setup: { max: 10, warm: 1 },
    peers: SEEN,
    quickPeers: ['rockpool, counters only'],
    sample: (subject, loops, units) => loops.cycle(subject, units),
  }),
  paired({
    id: 'observed-use',
    title: 'use(fn), less and more observed',
    setup: { max: 10, warm: 1 },
    peers: SEEN,
    sample: (subject, loops, units) => loops.uses(subject, units),
  }),
  paired({
    id: 'observed-contended',
    title: '1,000 workers on 10 resources, less and more observed',
    setup: { max: 10, warm: 10 },
    peers: SEEN,
    plan: { units: 8_000, warmUpMs: 700, rounds: 21 },
    sample: (subject, loops) => loops.crowd(subject, 1_000, 8),
  }),
];
