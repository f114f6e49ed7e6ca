/** Measures one scenario with some pools in a fresh process and sends the rows to its parent. */
import { findScenario } from './scenarios/index.js';
import type { Mode } from './scenarios/scenario.js';
import type { SubjectName } from './subjects/index.js';

export interface Job {
  readonly scenario: string;
  readonly subjects: readonly SubjectName[];
  readonly mode: Mode;
}

// A capture of a stack costs many times as much while source maps are on, as the TypeScript loader has them.
process.setSourceMapsEnabled(false);
const job = JSON.parse(process.argv[2] ?? '') as Job;
const rows = await findScenario(job.scenario).run(job.subjects, job.mode);
if (process.send === undefined) process.stdout.write(`${JSON.stringify(rows, null, 1)}\n`);
else await new Promise<void>((sent) => process.send?.(rows, undefined, undefined, () => sent()));
// Some peers hold the process for half a minute after their last loan.
process.exit(0);
