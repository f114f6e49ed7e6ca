import { isCurve, renderTuning } from './curves.js';
import { figureOf, short, withUnit } from './format.js';
import { GOALS, judge, type Verdict } from './goals.js';
import type { Results, ScenarioResult } from './results.js';

const MARKS: Readonly<Record<Verdict, string>> = {
  moonshot: '★',
  gate: '✓',
  missed: '✗',
  'not measured': '',
};

/** Puts the figures of all results into the marked places of the document; all else in it stays as it is. */
export function fillDocument(document: string, all: readonly Results[]): string {
  return [
    ['goals', renderGoals(all)] as const,
    ['figures', renderFigures(all)] as const,
    ['machines', renderMachines(all)] as const,
  ].reduce((text, [name, content]) => replaceBlock(text, name, content), document);
}

/** The same for the document about guests. */
export function fillGuestDocument(document: string, all: readonly Results[]): string {
  return [
    ['figures', renderFigures(all)] as const,
    ['machines', renderMachines(all)] as const,
  ].reduce((text, [name, content]) => replaceBlock(text, name, content), document);
}

/** The same for the guide to tuning pipelines; `chart` is where its chart is. */
export function fillTuningDocument(
  document: string,
  all: readonly Results[],
  chart: string,
): string {
  return replaceBlock(document, 'tuning', renderTuning(all, chart));
}

function replaceBlock(document: string, name: string, content: string): string {
  const begin = `<!-- bench:${name} -->`;
  const end = `<!-- /bench:${name} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document has no block ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${content}\n\n${document.slice(to)}`;
}

function renderGoals(all: readonly Results[]): string {
  const lines = GOALS.map((goal) => [
    goal.what,
    `${goal.kind === 'least' ? '≥' : '≤'} ${withUnit(goal.gate, goal.unit)}`,
    withUnit(goal.moonshot, goal.unit),
    ...all.map((results) => {
      const measured = goal.measure(results);
      return `${withUnit(measured, goal.unit)} ${MARKS[judge(goal, measured)]}`.trim();
    }),
  ]);
  return markdownTable(['goal', 'gate', 'moonshot', ...all.map(nameOf)], lines);
}

function renderFigures(all: readonly Results[]): string {
  // What could not be measured, for want of data, has no rows; curves have a document of their own.
  const shown = all.flatMap(({ scenarios }) => scenarios.filter(({ rows }) => rows.length > 0));
  const ids = [...new Set(shown.map(({ id }) => id))].filter((id) => !isCurve(id));
  return ids
    .map((id) => {
      const found = all.map(({ scenarios }) => scenarios.find((each) => each.id === id));
      const [first] = found.filter((each) => each !== undefined);
      if (first === undefined) return '';
      return `**${first.title}** (\`${id}\`)\n\n${renderScenario(first, found, all)}`;
    })
    .join('\n\n');
}

function renderScenario(
  first: ScenarioResult,
  found: readonly (ScenarioResult | undefined)[],
  all: readonly Results[],
): string {
  // Not every Node can do everything: a row stands here if any of them has it.
  const rows = new Map(
    found.flatMap((each) => each?.rows ?? []).map((row) => [`${row.subject}\n${row.part}`, row]),
  );
  const parts = new Set(first.rows.map(({ part }) => part));
  const compared = first.rows.some(({ against }) => against !== undefined);
  const lines = [...rows.values()].map(({ subject, part }) => [
    parts.size > 1 ? `${subject}, ${part}` : subject,
    ...found.flatMap((scenario) => {
      const row = scenario?.rows.find((each) => each.subject === subject && each.part === part);
      if (row === undefined) return compared ? ['–', '–', '–'] : ['–'];
      if (!compared) return [figureOf(row)];
      return [figureOf(row), times(row.against?.['floor']), times(row.against?.['rockpool'])];
    }),
  ]);
  const columns = all.flatMap((results) =>
    compared ? [nameOf(results), '× floor', '× Rockpool'] : [nameOf(results)],
  );
  return markdownTable(['', ...columns], lines);
}

function times(against: { readonly ratio: number } | undefined): string {
  return against === undefined ? '' : short(against.ratio);
}

function renderMachines(all: readonly Results[]): string {
  return all
    .map(
      ({ node, v8, platform, cpu }) => `- Node ${node.slice(1)} (V8 ${v8}) on ${platform}, ${cpu}`,
    )
    .join('\n');
}

function nameOf({ node }: Results): string {
  return `Node ${node.replace(/^v(\d+).*/, '$1')}`;
}

function markdownTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
