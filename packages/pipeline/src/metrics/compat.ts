import type { PipelineStats } from '../contract/stats.js';
import type { Family } from './family.js';

/** How Vixen calls each kind of update in the names of its counters. */
const NAMES: Readonly<Record<string, string>> = {
  transaction: 'transactions',
  account: 'accounts',
  blockMeta: 'block_metas',
  block: 'block',
  slot: 'slots',
  instruction: 'instructions',
};

const COUNTS: readonly (readonly [suffix: string, pick: (stats: PipelineStats) => number])[] = [
  ['received', ({ received }) => received],
  ['successful', ({ processed, filtered, deadLettered }) => processed + filtered + deadLettered],
  ['parsing_errors', ({ parseErrors }) => parseErrors],
  ['handler_errors', ({ handlerErrors }) => handlerErrors],
];

/**
 * The 23 counters of Vixen, under their full names and without labels: sums over the pipelines of each kind.
 * `successful` are those that could be parsed, as it is there. Instructions have no count of those received.
 */
export const COMPAT_FAMILIES: readonly Family[] = Object.entries(NAMES).flatMap(([kind, plural]) =>
  COUNTS.filter(([suffix]) => !(kind === 'instruction' && suffix === 'received')).map(
    ([suffix, pick]): Family => ({
      kind: 'counter',
      name: `vixen_${plural}_${suffix}`,
      help: `As in Vixen: ${suffix.replace('_', ' ')} of kind ${kind}.`,
      read: ({ stats }) => {
        const pipelines = Object.values(stats.pipelines).filter((each) => each.kind === kind);
        return [{ labels: {}, value: pipelines.reduce((sum, each) => sum + pick(each), 0) }];
      },
    }),
  ),
);
