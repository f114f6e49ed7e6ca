import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCENARIOS } from '../scenarios/index.js';
import { renderChart } from './chart.js';
import { hasCurves, renderCurves } from './curves.js';
import { fillDocument, fillGuestDocument, fillTuningDocument } from './document.js';
import type { Results } from './results.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const resultsFolder = path.join(root, 'bench', 'results');
const chartFile = path.join(root, 'docs', 'assets', 'performance.svg');
const documentFile = path.join(root, 'docs', 'performance.md');
const curvesFile = path.join(root, 'docs', 'assets', 'pipeline-curves.svg');
const tuningDocumentFile = path.join(root, 'docs', 'pipeline-operating.md');
const guestDocumentFile = path.join(root, 'docs', 'wasm.md');

/** What the pools are, and what their guests are: each has a document of its own. */
type Topic = 'core' | 'wasm';

const PREFIXES: Readonly<Record<Topic, string>> = { core: 'node-', wasm: 'wasm-node-' };

/**
 * What the repository keeps of a run, and where: one file for each topic and each major version of Node. Scenarios that
 * were not measured, have no rows because their data is not here, or are `torn`, keep the figures they had.
 */
export function keptResults(
  results: Results,
  torn: ReadonlySet<string>,
  folder: string = resultsFolder,
): readonly { readonly file: string; readonly results: Results }[] {
  const major = results.node.replace(/^v(\d+).*/, '$1');
  return (['core', 'wasm'] as const).flatMap((topic) => {
    const measured = results.scenarios.filter(
      ({ id, rows }) =>
        id.startsWith('wasm-') === (topic === 'wasm') && !torn.has(id) && rows.length > 0,
    );
    if (measured.length === 0) return [];
    const file = path.join(folder, `${PREFIXES[topic]}${major}.json`);
    const known = existsSync(file) ? read(file).scenarios : [];
    const scenarios = SCENARIOS.flatMap((scenario) => {
      const found = [...measured, ...known].find(({ id }) => id === scenario.id);
      return found === undefined ? [] : [found];
    });
    return [{ file, results: { ...results, scenarios } }];
  });
}

function read(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

export function writeResults(file: string, results: Results): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify(essence(results), rounded, 2)}
`,
  );
}

/** All results kept in the repository, oldest Node first. */
function readResults(topic: Topic): Results[] {
  const prefix = PREFIXES[topic];
  const majorOf = (name: string): number =>
    Number(/^(\d+)\.json$/.exec(name.slice(prefix.length))?.[1]);
  return readdirSync(resultsFolder)
    .filter((name) => name.startsWith(prefix) && majorOf(name) > 0)
    .sort((a, b) => majorOf(a) - majorOf(b))
    .map((name) => read(path.join(resultsFolder, name)));
}

/** A file that is made from the results that the repository keeps. */
export interface ReportFile {
  readonly file: string;
  readonly content: string;
}

/** The chart, and the documents with their tables filled from all results kept. */
export function renderReport(): readonly ReportFile[] {
  const all = readResults('core');
  const filled = (
    file: string,
    fill: (document: string, results: readonly Results[]) => string,
    results: readonly Results[],
  ): ReportFile => ({ file, content: fill(readFileSync(file, 'utf8'), results) });
  return [
    { file: chartFile, content: renderChart(all) },
    filled(documentFile, fillDocument, all),
    filled(guestDocumentFile, fillGuestDocument, readResults('wasm')),
    filled(
      tuningDocumentFile,
      (document, results) => fillTuningDocument(document, results, 'assets/pipeline-curves.svg'),
      all,
    ),
    ...(hasCurves(all) ? [{ file: curvesFile, content: renderCurves(all) }] : []),
  ];
}

/** Writes them; answers which files it wrote. */
export function writeReport(): readonly string[] {
  mkdirSync(path.dirname(chartFile), { recursive: true });
  const report = renderReport();
  for (const { file, content } of report) writeFileSync(file, content);
  return report.map(({ file }) => file);
}

/** Without the ratios that nobody reads: those of the floor, and those between two peers. */
function essence(results: Results): Results {
  const scenarios = results.scenarios.map((scenario) => ({
    ...scenario,
    rows: scenario.rows.map(({ against, ...row }) => {
      if (against === undefined || row.subject === 'floor') return row;
      const kept = Object.entries(against).filter(([name]) => COMPARED_WITH.has(name));
      return kept.length === 0 ? row : { ...row, against: Object.fromEntries(kept) };
    }),
  }));
  return { ...results, scenarios };
}

const COMPARED_WITH: ReadonlySet<string> = new Set([
  'floor',
  'rockpool',
  'rockpool, counters only',
  'rockpool, whole runtime',
]);

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
