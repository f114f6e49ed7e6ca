import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderChart } from './chart.js';
import { fillDocument } from './document.js';
import type { Results } from './results.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const resultsFolder = path.join(root, 'bench', 'results');
const chartFile = path.join(root, 'docs', 'assets', 'performance.svg');
const documentFile = path.join(root, 'docs', 'performance.md');

/** Where the results of a whole run belong: one file for each major version of Node. */
export function resultsFile(node: string): string {
  return path.join(resultsFolder, `node-${node.replace(/^v(\d+).*/, '$1')}.json`);
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
export function readResults(): Results[] {
  return readdirSync(resultsFolder)
    .filter((name) => /^node-\d+\.json$/.test(name))
    .sort((a, b) => Number.parseInt(a.slice(5), 10) - Number.parseInt(b.slice(5), 10))
    .map((name) => JSON.parse(readFileSync(path.join(resultsFolder, name), 'utf8')) as Results);
}

/** Draws the chart and fills the tables of the document from all results kept; answers which files it wrote. */
export function writeReport(): readonly string[] {
  const all = readResults();
  mkdirSync(path.dirname(chartFile), { recursive: true });
  writeFileSync(chartFile, renderChart(all));
  writeFileSync(documentFile, fillDocument(readFileSync(documentFile, 'utf8'), all));
  return [chartFile, documentFile];
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
]);

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
