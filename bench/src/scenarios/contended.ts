import { paired } from './paired.js';
import type { Scenario } from './scenario.js';

/** Workers against resources; each holder works for one microtask. */
const CROWDS = [
  { workers: 64, max: 8, loansEach: 40 },
  { workers: 100, max: 10, loansEach: 40 },
  { workers: 1_000, max: 10, loansEach: 8 },
  { workers: 10_000, max: 10, loansEach: 3 },
] as const;

export const contendedScenarios: readonly Scenario[] = CROWDS.map(({ workers, max, loansEach }) =>
  paired({
    id: `contended-${workers}`,
    title: `${workers.toLocaleString('en')} workers on ${max} resources`,
    setup: { max, warm: max },
    peers: [
      'generic-pool',
      'lightning-pool',
      'tarn',
      ...(workers === 1_000
        ? (['sequelize-pool', 'pg-pool', 'effect', 'async-sema'] as const)
        : []),
    ],
    ...(workers <= 1_000 && workers !== 100 ? { quickPeers: ['generic-pool'] } : {}),
    plan: { units: workers * loansEach, warmUpMs: 700, rounds: workers === 10_000 ? 9 : 21 },
    sample: (subject, loops) =>
      subject.crowd?.(workers, loansEach) ?? loops.crowd(subject, workers, loansEach),
  }),
);
