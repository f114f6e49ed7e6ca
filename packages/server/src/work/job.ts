import { performance } from 'node:perf_hooks';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import type { Expansion } from '../inputs/expand.js';
import { Interruption, type StopReason } from '../interruption.js';
import { type Progress, progressOn } from '../progress.js';
import { Output } from '../report/output.js';
import { onOneLine } from '../report/printable.js';
import type { Terminal } from '../terminal.js';
import type { Extractors, WorkLimits } from './extractors.js';
import { inOrder } from './in-order.js';
import { type PageOutcome, type PageWork, workOn } from './page-work.js';
import type { PoolUse } from './pool-use.js';

/** A page that was extracted. */
export type DonePage = Extract<PageOutcome, { readonly kind: 'done' }>;

/** One run over some inputs. */
export interface Job {
  readonly inputs: Expansion;
  readonly extractors: Extractors;
  readonly limits: WorkLimits;
  /** Overrides the charset that a page declares. */
  readonly encoding?: string | undefined;
  /** What a page puts on stdout. */
  readonly print: (page: DonePage) => string;
}

/** How a run ended. */
export interface JobReport {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly elapsedMs: number;
  readonly uses: readonly PoolUse[];
  readonly exitCode: ExitCode;
}

/** Works on all inputs: results to stdout in the order of the inputs, everything else to stderr. */
export async function runJob(job: Job, terminal: Terminal): Promise<JobReport> {
  const startedAt = performance.now();
  const { sources, refused } = job.inputs;
  const messages = (text: string): void => progress.aside(() => void terminal.stderr.write(text));
  const progress: Progress = progressOn(terminal, sources.length);
  using interruption = new Interruption(terminal, {
    onStop: (reason) => messages(stopMessage(reason)),
    beforeExit: () => progress.end(),
  });
  const output = new Output(terminal.stdout, () => interruption.stop('reader-gone'));
  const counts = { done: 0, failed: 0, skipped: 0 };
  const fail = (name: string, message: string): void => {
    counts.failed += 1;
    messages(`rockpool: ${onOneLine(name)}: ${onOneLine(message)}\n`);
  };

  for (const { name, problem } of refused) fail(name, problem.message);
  if (terminal.stdin.isTTY && sources.some(({ kind }) => kind === 'stdin')) {
    messages('rockpool: reading the page from the keyboard; end it with Ctrl-D\n');
  }
  const work = workOf(job, terminal, interruption.signal);
  const outcomes = inOrder(sources, windowOf(job.limits), async (source) => {
    const outcome = await workOn(source, work);
    if (outcome.kind !== 'skipped') progress.advance(outcome.kind, onOneLine(source.name));
    return outcome;
  });
  for await (const outcome of outcomes) {
    if (outcome.kind === 'failed') {
      fail(outcome.source.name, outcome.message);
    } else {
      counts[outcome.kind] += 1;
      if (outcome.kind === 'done') await progress.aside(() => output.write(job.print(outcome)));
    }
  }
  progress.end();
  await output.flush();
  if (output.failure !== undefined) {
    fail('the results', `cannot be written: ${output.failure.message}`);
  }
  return {
    ...counts,
    elapsedMs: performance.now() - startedAt,
    uses: job.extractors.uses(),
    exitCode: interruption.exitCode ?? (counts.failed > 0 ? exitCodes.failed : exitCodes.ok),
  };
}

/** Enough pages in line that no extractor waits for work; few enough that results waiting for their turn stay few. */
const windowOf = ({ concurrency }: WorkLimits): number => Math.max(16, concurrency * 4);

function workOf(job: Job, terminal: Terminal, interrupted: AbortSignal): PageWork {
  const { maxBytes, timeoutMs } = job.limits;
  return {
    extractors: job.extractors,
    reading: { maxBytes, timeoutMs, stdin: terminal.stdin, interrupted },
    encoding: job.encoding,
  };
}

function stopMessage(reason: StopReason): string {
  return reason === 'reader-gone'
    ? ''
    : 'rockpool: stopping: finishing what is running; once more stops at once\n';
}
