/** `npm run bench`: measures Rockpool beside its peers, prints a table, keeps the results and draws the chart. */
import { measureAll, planJobs } from './measure-all.js';
import { type BenchOptions, readOptions, USAGE } from './options.js';
import { showProgress } from './progress.js';
import { keptResults, writeReport, writeResults } from './report/files.js';
import { renderTable } from './report/table.js';
import { SCENARIOS } from './scenarios/index.js';

async function main(): Promise<number> {
  const options = read(process.argv.slice(2));
  if (options === undefined) return 2;
  switch (options.task) {
    case 'help':
      say(USAGE);
      return 0;
    case 'list':
      say(SCENARIOS.map(({ id, title }) => `${id.padEnd(24)} ${title}`).join('\n'));
      return 0;
    case 'draw':
      say(writeReport().join('\n'));
      return 0;
    case 'measure':
      return measure(options);
  }
}

async function measure({ mode, only, json, keep }: BenchOptions): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const jobs = planJobs(only, mode);
  const progress = showProgress(jobs.length);
  try {
    const { results, failures } = await measureAll(jobs, mode, progress, stop.signal);
    progress.end(`measured ${jobs.length} times`);
    say(renderTable(results));
    for (const failure of failures) complain(`bench: ${failure.message}`);
    const lasting = mode === 'full' && (only.length === 0 || keep) && json === undefined;
    // A scenario with a hole in it does not replace what the repository keeps.
    const torn = new Set(failures.map(({ scenario }) => scenario));
    const kept =
      json === undefined ? (lasting ? keptResults(results, torn) : []) : [{ file: json, results }];
    for (const each of kept) {
      writeResults(each.file, each.results);
      complain(`results: ${each.file}`);
    }
    if (lasting) complain(`report: ${writeReport().join(', ')}`);
    return failures.length === 0 ? 0 : 1;
  } catch (error) {
    progress.end('stopped');
    if (stop.signal.aborted) return 130;
    complain(`bench: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function read(args: readonly string[]): BenchOptions | undefined {
  try {
    return readOptions(args);
  } catch (error) {
    complain(`bench: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

process.exitCode = await main();
