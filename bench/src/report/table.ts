import { columns, figureOf, short, withUnit } from './format.js';
import { GOALS, judge } from './goals.js';
import type { Results, ScenarioResult } from './results.js';

/** Everything that was measured, for the terminal. */
export function renderTable(results: Results): string {
  const head = `Rockpool beside its peers: CPU time, medians of ratios within rounds (${results.mode})\n${results.node} on ${results.platform}, ${results.cpu}`;
  return [head, ...results.scenarios.map(renderScenario), renderGoals(results)].join('\n\n');
}

function renderScenario({ id, title, rows }: ScenarioResult): string {
  if (rows.length === 0) return `${id}: ${title}\n  not measured: its data is not here`;
  const lines = rows.map((row) => {
    const rockpool = row.against?.['rockpool']?.ratio;
    const floor = row.against?.['floor']?.ratio;
    return [
      `  ${row.subject}`,
      row.part,
      figureOf(row),
      floor === undefined ? '' : `${short(floor)} × floor`,
      rockpool === undefined ? '' : `${short(rockpool)} × rockpool`,
    ];
  });
  return `${id}: ${title}\n${columns(lines)}`;
}

function renderGoals(results: Results): string {
  const lines = GOALS.map((goal) => ({ goal, measured: goal.measure(results) }))
    .filter(({ measured }) => measured !== undefined)
    .map(({ goal, measured }) => [
      `  ${goal.what}`,
      withUnit(measured, goal.unit),
      `${goal.kind === 'least' ? '≥' : '≤'} ${withUnit(goal.gate, goal.unit)}`,
      withUnit(goal.moonshot, goal.unit),
      judge(goal, measured),
    ]);
  if (lines.length === 0) return 'goals: none of them was measured';
  return `goals\n${columns([['', 'measured', 'gate', 'moonshot', ''], ...lines])}`;
}
