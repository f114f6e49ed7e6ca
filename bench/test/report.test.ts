import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { quantile } from '../src/measure/statistics.js';
import { readOptions } from '../src/options.js';
import { renderChart } from '../src/report/chart.js';
import { hasCurves, renderCurves } from '../src/report/curves.js';
import { fillDocument, fillGuestDocument, fillTuningDocument } from '../src/report/document.js';
import { keptResults, renderReport } from '../src/report/files.js';
import { GOALS, judge } from '../src/report/goals.js';
import { type Results, ratio } from '../src/report/results.js';
import { SCENARIOS } from '../src/scenarios/index.js';
import {
  CURVES,
  type CurveName,
  pipelineCurveScenarios,
} from '../src/scenarios/pipeline-curves.js';

const against = (name: string, found: number) => ({
  [name]: { ratio: found, low: found, high: found },
});
const RESULTS: Results = {
  node: 'v20.0.0',
  v8: '11',
  platform: 'linux x64',
  cpu: '1 × <fast & small>',
  mode: 'full',
  scenarios: [
    {
      id: 'acquire',
      title: 'await acquire + release',
      rows: [
        {
          subject: 'rockpool',
          part: 'loan',
          unit: 'ns',
          value: 60,
          against: against('floor', 1.2),
        },
        {
          subject: 'generic-pool',
          part: 'loan',
          unit: 'ns',
          value: 420,
          against: against('rockpool', 7),
        },
      ],
    },
  ],
};
const DOCUMENT = ['goals', 'figures', 'machines']
  .map((name) => `<!-- bench:${name} -->stale text<!-- /bench:${name} -->`)
  .join('\nkept\n');

/** An empty folder for results, or one with those of an older run. */
function folderWith(results?: Results): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-results-'));
  folders.push(folder);
  if (results !== undefined)
    writeFileSync(path.join(folder, 'node-20.json'), JSON.stringify(results));
  return folder;
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('the report', () => {
  it('takes a quantile between two numbers where it falls between them', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('finds a ratio within rounds, and nothing where nothing was measured', () => {
    expect(ratio(RESULTS, 'acquire', 'generic-pool', 'rockpool')).toBe(7);
    expect(ratio(RESULTS, 'acquire', 'tarn', 'rockpool')).toBeUndefined();
  });

  it('keeps what is about guests apart, in results and in its own document', () => {
    const row = { subject: 'rockpool', part: 'stop', unit: 'ms', value: 1 } as const;
    const guests = { id: 'wasm-stop', title: 'a guest that never ends', rows: [row] };
    const whole = { ...RESULTS, scenarios: [...RESULTS.scenarios, guests] };
    const kept = keptResults(whole, new Set(), folderWith());
    expect(kept.map(({ file }) => file.replace(/.*[\\/]/, ''))).toEqual([
      'node-20.json',
      'wasm-node-20.json',
    ]);
    expect(kept.map(({ results }) => results.scenarios.map(({ id }) => id))).toEqual([
      ['acquire'],
      ['wasm-stop'],
    ]);
    const filled = fillGuestDocument(DOCUMENT, [kept[1]!.results]);
    expect(filled).toContain('**a guest that never ends** (`wasm-stop`)');
    expect(filled).toContain('<!-- bench:goals -->stale text');
    expect(fillGuestDocument(filled, [kept[1]!.results])).toBe(filled);
  });

  it('keeps the older figures of what was not measured, or not by all', () => {
    const older = (id: string) => ({ id, title: 'as it was', rows: [] });
    const folder = folderWith({ ...RESULTS, scenarios: [older('use'), older('acquire')] });
    const titles = (torn: string[]): (string | undefined)[] =>
      (keptResults(RESULTS, new Set(torn), folder)[0]?.results.scenarios ?? []).map(
        ({ id, title }) => `${id}: ${title}`,
      );
    expect(titles([])).toEqual([`acquire: ${RESULTS.scenarios[0]?.title}`, 'use: as it was']);
    expect(titles(['acquire'])).toEqual([]);
    // Data that is not everywhere was not here.
    const withoutData = { ...RESULTS, scenarios: [{ ...older('use'), title: 'without data' }] };
    expect(keptResults(withoutData, new Set(), folder)).toEqual([]);
    expect(fillDocument(DOCUMENT, [withoutData])).not.toContain('without data');
  });

  it('draws a line for each size of messages over each knob, and writes its tables', () => {
    const document = '<!-- bench:tuning -->stale<!-- /bench:tuning -->';
    expect(fillTuningDocument(document, [RESULTS], 'chart.svg')).toContain('--only pipeline-curve');
    expect(hasCurves([RESULTS])).toBe(false);
    const scenarios = pipelineCurveScenarios.map(({ id, title }) => {
      const curve = CURVES[id.split('-')[2] as CurveName];
      const rows = curve.flatMap(({ name }, at) => [
        { subject: name, part: 'value', unit: 'ns' as const, value: 1_000_000 / 2 ** at },
        { subject: name, part: 'p50', unit: 'ms' as const, value: 1.5 },
        { subject: name, part: 'p99', unit: 'ms' as const, value: 4 },
      ]);
      return { id, title, rows };
    });
    const curves = { ...RESULTS, scenarios };
    const chart = renderCurves([curves, RESULTS]);
    expect(chart.match(/<polyline/g)).toHaveLength(6);
    expect(chart.match(/r="3"/g)).toHaveLength(2 * (7 + 4 + 3));
    const filled = fillTuningDocument(document, [curves, RESULTS], 'chart.svg');
    expect(filled).toContain('(chart.svg)');
    expect(filled).toContain('**handler calls at once**, Node 20.0.0');
    expect(filled).toContain('| 64 | 64,000 | 1.5 ms | 4 ms | 64,000 | 1.5 ms | 4 ms |');
    expect(fillDocument(DOCUMENT, [curves])).not.toContain('pipeline-curve');
  });

  it('judges a figure by its gate and its moonshot', () => {
    const [goal] = GOALS.filter(({ what }) => what.endsWith('than generic-pool'));
    if (goal === undefined) throw new Error('there is no goal against generic-pool');
    expect(goal.measure(RESULTS)).toBe(7);
    expect(judge(goal, 5.9)).toBe('missed');
    expect(judge(goal, 7)).toBe('gate');
    expect(judge(goal, 8)).toBe('moonshot');
    expect(judge(goal, undefined)).toBe('not measured');
  });

  it('replaces the marked blocks of a document and keeps the rest', () => {
    const filled = fillDocument(DOCUMENT, [RESULTS]);
    expect(filled).not.toContain('stale text');
    expect(filled.match(/kept/g)).toHaveLength(2);
    expect(filled).toContain('7 × ✓');
    expect(fillDocument(filled, [RESULTS])).toBe(filled);
  });

  it('says which block a document lacks', () => {
    expect(() => fillDocument('nothing here', [RESULTS])).toThrow('<!-- bench:goals -->');
  });

  it('draws a bar for each ratio and no markup from names', () => {
    const chart = renderChart([RESULTS]);
    expect(chart.match(/<rect class="n0" x="150"/g)).toHaveLength(1);
    expect(chart).toContain('7 ×');
  });

  it('knows every scenario that a goal looks at', () => {
    const ids = new Set(SCENARIOS.map(({ id }) => id));
    const asked = new Set<string>();
    const spy: Results = {
      ...RESULTS,
      scenarios: new Proxy([], {
        get: (target, key) =>
          key === 'find'
            ? (test: (scenario: { id: string }) => boolean) => {
                for (const id of ids) if (test({ id })) asked.add(id);
                return undefined;
              }
            : Reflect.get(target, key),
      }),
    };
    for (const goal of GOALS) {
      asked.clear();
      goal.measure(spy);
      expect([...asked], goal.what).not.toEqual([]);
    }
  });

  it('is what the tables of the documentation and the chart are made of, to the letter', () => {
    for (const { file, content } of renderReport()) {
      expect(content.split('\n'), file).toEqual(readFileSync(file, 'utf8').split('\n'));
    }
  });

  it('refuses a scenario that does not exist and names those that do', () => {
    expect(() => readOptions(['--only', 'nonsense'])).toThrow(/no scenario nonsense.*acquire/);
    expect(readOptions(['--only', 'contended']).only.length).toBeGreaterThan(1);
    expect(readOptions(['--only', 'acquire']).only).toEqual(['acquire']);
  });
});
