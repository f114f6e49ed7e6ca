import { parseArgs } from 'node:util';
import { type Mode, SCENARIOS } from './scenarios/index.js';

export interface BenchOptions {
  readonly mode: Mode;
  /** Ids of the scenarios to run; all when empty. */
  readonly only: readonly string[];
  /** Where to write the results; `undefined` = beside the others in `bench/results`, when everything was measured. */
  readonly json: string | undefined;
  /** Whether a part of the scenarios, too, replaces its older figures in `bench/results`. */
  readonly keep: boolean;
  /** `draw`: make the chart and the tables of the document from results that are there already. */
  readonly task: 'measure' | 'draw' | 'list' | 'help';
}

export const USAGE = `Measures Rockpool's core beside its peers, in CPU time, as ratios; and views of indexers.

npm run bench -- [options]
  --quick            under a minute: does everything work, roughly where does it stand
  --only <scenario>  only this one, or all that begin so; may be given several times
  --keep             with --only: let these figures replace the older ones of the same scenarios
  --json <file>      write the results there
  --draw             make the chart and the tables of docs/performance.md from bench/results; measure nothing
  --list             the scenarios

Without --quick, --only or --json the results replace bench/results/node-<major>.json,
and the chart and the tables are made anew.`;

/** @throws Error with a message for the user when the arguments make no sense */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      keep: { type: 'boolean', default: false },
      json: { type: 'string' },
      draw: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const only = values.only.flatMap((wanted) => matching(wanted));
  const { quick, keep, draw, list, help } = values;
  if (keep && quick)
    throw new Error('a quick run is too short to be kept: leave out --quick or --keep');
  return {
    mode: quick ? 'quick' : 'full',
    only,
    json: values.json,
    keep,
    task: help ? 'help' : list ? 'list' : draw ? 'draw' : 'measure',
  };
}

function matching(wanted: string): string[] {
  const exact = SCENARIOS.filter(({ id }) => id === wanted);
  const found = exact.length > 0 ? exact : SCENARIOS.filter(({ id }) => id.startsWith(wanted));
  if (found.length > 0) return found.map(({ id }) => id);
  const known = SCENARIOS.map(({ id }) => id).join(', ');
  throw new Error(`there is no scenario ${wanted}; there are ${known}`);
}
