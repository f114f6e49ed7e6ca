import { cpus } from 'node:os';
import type { Job } from './child.js';
import { median } from './measure/statistics.js';
import type { Progress } from './progress.js';
import type { Results, ScenarioResult } from './report/results.js';
import { JobFailedError, runJob } from './run-job.js';
import { type Mode, type Ratio, type Row, SCENARIOS, type Scenario } from './scenarios/index.js';

/** Jobs of a plan: each peer in a process of its own, always together with the floor and Rockpool. */
export function planJobs(only: readonly string[], mode: Mode): readonly Job[] {
  const wanted = SCENARIOS.filter(({ id }) => only.length === 0 || only.includes(id));
  // Who is asked for by name runs in any mode.
  return wanted.flatMap((scenario) => {
    const jobs = jobsOf(scenario, mode);
    return jobs.length > 0 || only.length === 0 ? jobs : jobsOf(scenario, 'full');
  });
}

/** What was measured, and what could not be. */
export interface Outcome {
  readonly results: Results;
  readonly failures: readonly JobFailedError[];
}

/** Runs the jobs one after the other: two at once would take each other's caches. One that fails does not end the rest. */
export async function measureAll(
  jobs: readonly Job[],
  mode: Mode,
  progress: Progress,
  signal: AbortSignal,
): Promise<Outcome> {
  const failures: JobFailedError[] = [];
  const rows = new Map<string, Row[]>();
  for (const job of jobs) {
    const found = await runJob(job, signal).catch((error: unknown) => {
      if (!(error instanceof JobFailedError) || signal.aborted) throw error;
      failures.push(error);
      return [];
    });
    rows.set(job.scenario, [...(rows.get(job.scenario) ?? []), ...found]);
    progress.step(`${job.scenario}: ${job.subjects.at(-1)}`);
  }
  const scenarios = SCENARIOS.flatMap(({ id, title }): ScenarioResult[] => {
    const found = rows.get(id);
    return found === undefined ? [] : [{ id, title, rows: merge(found) }];
  });
  const results = {
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    mode,
    scenarios,
  };
  return { results, failures };
}

function jobsOf(scenario: Scenario, mode: Mode): Job[] {
  const peers = scenario.peers(mode);
  if (peers === undefined) return [];
  const alone: Job = { scenario: scenario.id, subjects: ['floor', 'rockpool'], mode };
  if (peers.length === 0) return [alone];
  return peers.map((peer) => ({ ...alone, subjects: [...alone.subjects, peer] }));
}

/** The floor and Rockpool were measured once for each peer: what is kept is the median of all. */
function merge(rows: readonly Row[]): Row[] {
  return [...groupBySubjectAndPart(rows).values()].map((group) => {
    const [first] = group as [Row, ...Row[]];
    const value = median(group.map((row) => row.value));
    const names = new Set(group.flatMap(({ against }) => Object.keys(against ?? {})));
    if (names.size === 0) return { ...first, value };
    const against = Object.fromEntries([...names].map((name) => [name, ratioTo(name, group)]));
    return { ...first, value, against };
  });
}

function ratioTo(name: string, group: readonly Row[]): Ratio {
  const found = group.map(({ against }) => against?.[name]).filter((each) => each !== undefined);
  return {
    ratio: median(found.map(({ ratio }) => ratio)),
    low: median(found.map(({ low }) => low)),
    high: median(found.map(({ high }) => high)),
  };
}

function keyOf(row: Row): string {
  return `${row.subject}\n${row.part}`;
}

function groupBySubjectAndPart(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}
