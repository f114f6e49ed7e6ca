import path from 'node:path';
import { showCockpit } from '../demo/show-cockpit.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { type Expansion, expandInputs } from '../inputs/expand.js';
import type { Source } from '../inputs/source.js';
import { Interruption } from '../interruption.js';
import { type Paint, paintFor } from '../paint.js';
import { showDuration } from '../quantities.js';
import { onOneLine } from '../report/printable.js';
import { pages } from '../report/summary.js';
import { type Column, rowOf } from '../report/table.js';
import { type IndexSamples, indexSamples, pageFolders } from '../repository.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { showViews } from '../views/show-views.js';
import { Extractors } from '../work/extractors.js';
import { type DonePage, type JobReport, runJob } from '../work/job.js';
import { planOf } from '../work/plan.js';

const limits = { concurrency: 4, timeoutMs: 30_000, maxBytes: 10_000_000 };

/** What `rockpool demo` takes. */
export interface DemoOptions {
  /** Whether the cockpit is shown. */
  readonly serve: boolean;
  /** Whether it stays open. */
  readonly stay?: boolean;
}

/**
 * Extracts the sample pages and, where there are any, real ones, and shows what the pool did; then views of an indexer,
 * and the cockpit with its load.
 *
 * @throws UsageError when there is no page at all, or nothing that could stay
 */
export async function demo(
  folder: string | undefined,
  { serve, stay = false }: DemoOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (stay && !serve) throw new UsageError('--stay has nothing to keep open with --no-serve');
  // Whatever the demonstration is at: it ends in order. While pages are read, that job says so.
  using interruption = new Interruption(terminal, { onStop: () => {}, beforeExit: () => {} });
  const groups = await findGroups(folder);
  const sources = groups.flatMap((group) => group.inputs.sources);
  const refused = groups.flatMap((group) => group.inputs.refused);
  if (sources.length === 0 && refused.length === 0) {
    throw new UsageError(
      'there are no sample pages beside this installation; name a folder: rockpool demo <folder>',
    );
  }
  const paint = paintFor(terminal.stdout, terminal.env);
  await using extractors = new Extractors(planOf([], [], true), limits);
  terminal.stdout.write(introduction(sources.length, paint));
  const print = rowPrinter(groups, paint);
  const report = await runJob(
    { inputs: { sources, refused }, extractors, limits, print },
    terminal,
  );
  terminal.stdout.write(conclusion(report, paint));
  const { signal } = interruption;
  signal.addEventListener('abort', () => terminal.stderr.write('rockpool: stopping\n'));
  const samples = folder === undefined ? indexSamples() : undefined;
  if (samples !== undefined) await showViews(samples, terminal, paint, signal);
  const until = stay ? 'aborted' : 'seen';
  const shown = serve ? await showCockpit(terminal, paint, { signal, until }) : exitCodes.ok;
  if (interruption.exitCode !== undefined) return interruption.exitCode;
  terminal.stdout.write(next(samples, paint));
  return report.exitCode === exitCodes.ok ? shown : report.exitCode;
}

interface Group {
  readonly title: string;
  readonly inputs: Expansion;
}

async function findGroups(folder: string | undefined): Promise<Group[]> {
  const { samples, real } = pageFolders();
  const folders: [string, string | undefined][] = [
    ['Sample pages', samples],
    [folder === undefined ? 'Real pages' : `Pages of ${folder}`, folder ?? real],
  ];
  const groups: Group[] = [];
  for (const [title, place] of folders) {
    if (place !== undefined)
      groups.push({ title, inputs: withoutExpectations(await expandInputs([place])) });
  }
  return groups;
}

/** Collections of test pages keep what should come out (`expected.html`) beside what goes in (`source.html`). */
function withoutExpectations({ sources, refused }: Expansion): Expansion {
  const all = new Set(sources.map(pathOf));
  const isExpectation = (file: string): boolean =>
    path.basename(file) === 'expected.html' &&
    all.has(path.join(path.dirname(file), 'source.html'));
  return { sources: sources.filter((source) => !isExpectation(pathOf(source))), refused };
}

const columns: readonly Column[] = [
  { title: 'page', align: 'left', width: 22 },
  { title: 'title', align: 'left', width: 44 },
  { title: 'words', align: 'right', width: 6 },
  { title: 'reading', align: 'right', width: 7 },
  { title: 'time', align: 'right', width: 7 },
];

/** One row a page, with the name of its group above the first. */
function rowPrinter(groups: readonly Group[], paint: Paint): (page: DonePage) => string {
  const groupOf = new Map(
    groups.flatMap(({ title, inputs }) => inputs.sources.map((source) => [source, title])),
  );
  let shown: string | undefined;
  return ({ source, result }) => {
    const title = groupOf.get(source);
    const head =
      title === shown ? '' : `\n${paint.bold(onOneLine(title ?? ''))}\n${paint.dim(headRow)}\n`;
    shown = title;
    return `${head}${pageRow(nameOf(source), result.article)}\n`;
  };
}

const headRow = rowOf(
  columns,
  columns.map(({ title }) => title),
);

function pageRow(name: string, article: DonePage['result']['article']): string {
  if (article === undefined) return name;
  const { title, wordCount, readingTime, parserMetadata } = article;
  return rowOf(columns, [
    onOneLine(name),
    onOneLine(title ?? '(no title)'),
    wordCount.toLocaleString('en'),
    `${readingTime} min`,
    showDuration(Math.max(1, Math.round(parserMetadata.parseTimeMs))),
  ]);
}

/** `news/source.html` is known by its folder. */
function nameOf(source: Source): string {
  const file = pathOf(source);
  const { name } = path.parse(file);
  return name === 'source' || name === 'index' ? path.basename(path.dirname(file)) : name;
}

const pathOf = (source: Source): string => (source.kind === 'file' ? source.path : source.name);

function introduction(count: number, paint: Paint): string {
  return `${paint.bold('Rockpool')}: ${pages(count)} through a pool of at most ${limits.concurrency} article extractors\n`;
}

function conclusion(report: JobReport, paint: Paint): string {
  const { done, failed, elapsedMs, uses } = report;
  const lines = uses.map(
    ({ created, reused, evicted, waitP50Ms, waitP99Ms }) =>
      `  created ${created}, then lent again ${reused} times, evicted ${evicted}\n` +
      `  a page waited for its turn: p50 ${showDuration(waitP50Ms)}, p99 ${showDuration(waitP99Ms)}\n`,
  );
  const outcome =
    failed === 0
      ? paint.good(`${pages(done)} in ${showDuration(elapsedMs)}`)
      : paint.bad(`${failed} failed, ${pages(done)} in ${showDuration(elapsedMs)}`);
  return `\n${paint.bold('The pool')}\n  ${outcome}\n${lines.join('')}`;
}

function next(samples: IndexSamples | undefined, paint: Paint): string {
  const commands = [
    'rockpool extract <files, folders, URLs> --json',
    ...(samples === undefined
      ? []
      : [
          'rockpool views --blocks <folder> --indexer <file> --db-path <folder> --enable-view-pool',
        ]),
    'rockpool serve --demo',
    'rockpool --help',
  ];
  return `\n${paint.dim(`Next: ${commands.join('\n      ')}`)}\n`;
}
