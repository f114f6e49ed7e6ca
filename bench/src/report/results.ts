import type { Mode, Row } from '../scenarios/index.js';

/** What one run has found; the content of `bench/results/node-<major>.json`. */
export interface Results {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly mode: Mode;
  readonly scenarios: readonly ScenarioResult[];
}

export interface ScenarioResult {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

/** One figure of one pool, or `undefined` where it was not measured. */
export function rowOf(
  results: Results,
  scenario: string,
  subject: string,
  part?: string,
): Row | undefined {
  return results.scenarios
    .find(({ id }) => id === scenario)
    ?.rows.find((row) => row.subject === subject && (part === undefined || row.part === part));
}

/** How many times as dear `subject` is as `than`, measured in the same rounds. */
export function ratio(
  results: Results,
  scenario: string,
  subject: string,
  than: string,
  part?: string,
): number | undefined {
  return rowOf(results, scenario, subject, part)?.against?.[than]?.ratio;
}
