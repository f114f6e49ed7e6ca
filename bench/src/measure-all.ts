import { cpus } from 'node:os';
import type { Job } from './child.js';
import type { Progress } from './progress.js';
import type { Results, ScenarioResult } from './report/results.js';
import { runJob } from './run-job.js';
import { type Mode, type Row, SCENARIOS, type Scenario } from './scenarios/index.js';

/** Jobs of a plan: each peer in a process of its own, always together with the floor and Rockpool. */
export function planJobs(only: readonly string[], mode: Mode): readonly Job[] {
  const wanted = SCENARIOS.filter(({ id }) => only.length === 0 || only.includes(id));
  // Who is asked for by name runs in any mode.
  return wanted.flatMap((scenario) => {
    const jobs = jobsOf(scenario, mode);
    return jobs.length > 0 || only.length === 0 ? jobs : jobsOf(scenario, 'full');
  });
}

/** Runs the jobs one after the other; two at once would take each other's caches. */
export async function measureAll(
  jobs: readonly Job[],
  mode: Mode,
  progress: Progress,
  signal: AbortSignal,
): Promise<Results> {
  const rows = new Map<string, Row[]>();
  for (const job of jobs) {
    const found = await runJob(job, signal);
    rows.set(job.scenario, [...(rows.get(job.scenario) ?? []), ...found]);
    progress.step(`${job.scenario}: ${job.subjects.at(-1)}`);
  }
  const scenarios = SCENARIOS.flatMap(({ id, title }): ScenarioResult[] => {
    const found = rows.get(id);
    return found === undefined ? [] : [{ id, title, rows: merge(found) }];
  });
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    mode,
    scenarios,
  };
}

function jobsOf(scenario: Scenario, mode: Mode): Job[] {
  const peers = scenario.peers(mode);
  if (peers === undefined) return [];
  const alone: Job = { scenario: scenario.id, subjects: ['floor', 'rockpool'], mode };
  if (peers.length === 0) return [alone];
  return peers.map((peer) => ({ ...alone, subjects: [...alone.subjects, peer] }));
}

/**
 * The floor and Rockpool were measured once for each peer: their figures become the median of all, and each keeps its
 * ratios to every other.
 */
function merge(rows: readonly Row[]): Row[] {
  const groups = groupBySubjectAndPart(rows);
  return [...groups.values()].map((group) => {
    const [first] = group as [Row, ...Row[]];
    const against = Object.assign({}, ...group.map((row) => row.against)) as Row['against'] &
      object;
    const values = group.map(({ value }) => value).sort((a, b) => a - b);
    const value = values[values.length >> 1] as number;
    return { ...first, value, ...(Object.keys(against).length > 0 ? { against } : {}) };
  });
}

function keyOf(row: Row): string {
  return `${row.subject}\n${row.part}`;
}

function groupBySubjectAndPart(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}
