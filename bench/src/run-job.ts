import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job } from './child.js';
import { findScenario, type Row } from './scenarios/index.js';

/** What somebody may have set for the process that must not reach those that measure. */
const INHERITED = process.execArgv.filter(
  (flag) => !/^--(inspect|cpu-prof|heap-prof|prof)\b/.test(flag),
);
const GIVE_UP_AFTER_MS = 900_000;

/** Measures one scenario with some pools in a process of its own. */
export function runJob(job: Job, signal: AbortSignal): Promise<readonly Row[]> {
  const flags = findScenario(job.scenario).nodeFlags ?? [];
  return new Promise((resolve, reject) => {
    let rows: readonly Row[] | undefined;
    const complaints: Buffer[] = [];
    const child = fork(
      fileURLToPath(new URL('./child.ts', import.meta.url)),
      [JSON.stringify(job)],
      {
        execArgv: [...INHERITED, '--expose-gc', '--max-old-space-size=6144', ...flags],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        timeout: GIVE_UP_AFTER_MS,
        signal,
      },
    );
    child.stderr?.on('data', (piece: Buffer) => complaints.push(piece));
    child.on('message', (message) => {
      rows = message as readonly Row[];
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (rows !== undefined && code === 0) resolve(rows);
      else reject(new JobFailedError(job, code ?? killedBy ?? 'nothing', complaints));
    });
  });
}

export class JobFailedError extends Error {
  readonly scenario: string;

  constructor(job: Job, ended: number | string, complaints: readonly Buffer[]) {
    const said = Buffer.concat(complaints).toString('utf8').trim();
    super(`${job.scenario} with ${job.subjects.join(', ')} ended with ${ended}: ${said}`);
    this.name = 'JobFailedError';
    this.scenario = job.scenario;
  }
}
