import { CURVES, type CurveName, curveId, SIZES } from '../scenarios/pipeline-curves.js';
import { short } from './format.js';
import { type Results, rowOf } from './results.js';

/** One setting of a knob, as it was measured. */
interface Measured {
  readonly name: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const KNOBS: readonly {
  readonly curve: CurveName;
  readonly title: string;
  readonly knob: string;
}[] = [
  { curve: 'concurrency', title: 'handler calls at once', knob: 'calls at once' },
  { curve: 'batch', title: 'values in a batch', knob: 'batch' },
  { curve: 'threads', title: 'parser threads', knob: 'threads' },
];

/** Whether a scenario is a point of these curves. */
export const isCurve = (id: string): boolean => id.startsWith('pipeline-curve-');

/** Whether any curve was measured. */
export function hasCurves(all: readonly Results[]): boolean {
  return all.some((results) => KNOBS.some(({ curve }) => curveOf(results, curve, 0).length > 0));
}

/** The tables of the tuning guide, and where its chart is. */
export function renderTuning(all: readonly Results[], chart: string): string {
  if (!hasCurves(all)) {
    return '`npm run bench -- --only pipeline-curve --keep` measures how throughput and latency follow these settings, and writes the figures here.';
  }
  const tables = all.flatMap((results) =>
    KNOBS.flatMap(({ curve, knob, title }) => {
      const curves = SIZES.map((_, index) => curveOf(results, curve, index));
      if (curves.every((each) => each.length === 0)) return [];
      const names = curves.find((each) => each.length > 0)?.map(({ name }) => name) ?? [];
      const lines = names.map((name) => [name, ...curves.flatMap((each) => cellsOf(each, name))]);
      const head = [knob, ...SIZES.flatMap(({ text }) => [`${text}: values/s`, 'p50', 'p99'])];
      return [`**${title}**, Node ${results.node.slice(1)}\n\n${table(head, lines)}`];
    }),
  );
  return [
    `![Throughput over concurrency, batch size and parser threads](${chart})`,
    ...tables,
  ].join('\n\n');
}

function cellsOf(curve: readonly Measured[], name: string): string[] {
  const found = curve.find((each) => each.name === name);
  if (found === undefined) return ['–', '–', '–'];
  return [short(found.perSecond), `${short(found.p50Ms)} ms`, `${short(found.p99Ms)} ms`];
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map(() => '---:');
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function curveOf(results: Results, curve: CurveName, size: number): Measured[] {
  const scenario = curveId(curve, SIZES[size]?.bytes ?? 0);
  return CURVES[curve].flatMap(({ name }): Measured[] => {
    const [value, p50, p99] = ['value', 'p50', 'p99'].map(
      (part) => rowOf(results, scenario, name, part)?.value,
    );
    if (value === undefined || p50 === undefined || p99 === undefined) return [];
    return [{ name, perSecond: 1_000_000_000 / value, p50Ms: p50, p99Ms: p99 }];
  });
}

const WIDTH = 760;
const PANEL = 236;
const GAP = 26;
const TOP = 74;
const HEIGHT = 170;

/**
 * Throughput over each knob, on a logarithmic scale that all panels share: the newest Node that was measured. The colours
 * are read on white and on black; there is no background.
 */
export function renderCurves(all: readonly Results[]): string {
  const results = all.filter((each) => hasCurves([each])).at(-1);
  if (results === undefined) throw new Error('no curve was measured');
  const panels = KNOBS.map((knob) => ({
    ...knob,
    lines: SIZES.map((_, index) => curveOf(results, knob.curve, index)),
  }));
  const rates = panels.flatMap(({ lines }) => lines.flat()).map(({ perSecond }) => perSecond);
  const low = 10 ** Math.floor(Math.log10(Math.min(...rates)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...rates)));
  const span = Math.max(1, Math.log10(high / low));
  const y = (rate: number): number => TOP + HEIGHT * (1 - Math.log10(rate / low) / span);
  const decades = Array.from({ length: Math.round(span) + 1 }, (_, at) => low * 10 ** at);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + 40}" width="${WIDTH}" height="${TOP + HEIGHT + 40}" role="img" aria-label="Values per second of a pipeline over its settings">`,
    `<style>${STYLE}</style>`,
    label(0, 18, 'Values per second (logarithmic)', 'title'),
    ...SIZES.flatMap(({ text }, index) => [
      `<circle class="d${index}" cx="${5 + index * 80}" cy="36" r="4"/>`,
      label(14 + index * 80, 40, text, 'value'),
    ]),
    ...panels.flatMap((panel, index) => drawPanel(panel, index * (PANEL + GAP), decades, y)),
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = `text{font:11px system-ui,sans-serif;fill:#57606a}.title{font-size:15px;font-weight:600}.head{font-size:12px;font-weight:600}.tick{text-anchor:middle}.grid{stroke:#8c959f;stroke-opacity:.35;stroke-dasharray:2 3}polyline{fill:none;stroke-width:2}.l0{stroke:#1f7a8c}.l1{stroke:#d9822b}.d0{fill:#1f7a8c}.d1{fill:#d9822b}@media (prefers-color-scheme:dark){text{fill:#c9d1d9}.l0{stroke:#4fb3c8}.l1{stroke:#f0a35a}.d0{fill:#4fb3c8}.d1{fill:#f0a35a}}`;
const AXIS = 34;

interface Panel {
  readonly curve: CurveName;
  readonly title: string;
  readonly lines: readonly (readonly Measured[])[];
}

function drawPanel(
  { curve, title, lines }: Panel,
  left: number,
  decades: readonly number[],
  y: (rate: number) => number,
): string[] {
  const points = CURVES[curve];
  const x = (name: string): number => {
    const at = points.findIndex((point) => point.name === name);
    return left + AXIS + ((at + 0.5) / points.length) * (PANEL - AXIS);
  };
  return [
    label(left, 60, title, 'head'),
    ...decades.flatMap((rate) => [
      `<line class="grid" x1="${left + AXIS}" y1="${y(rate)}" x2="${left + PANEL}" y2="${y(rate)}"/>`,
      label(left, y(rate) + 4, shortRate(rate), 'value'),
    ]),
    ...points.map(({ name }) => label(x(name), TOP + HEIGHT + 18, name, 'tick')),
    ...lines.flatMap((line, index) => [
      `<polyline class="l${index}" points="${line.map(({ name, perSecond }) => `${x(name).toFixed(1)},${y(perSecond).toFixed(1)}`).join(' ')}"/>`,
      ...line.map(
        ({ name, perSecond }) =>
          `<circle class="d${index}" cx="${x(name).toFixed(1)}" cy="${y(perSecond).toFixed(1)}" r="3"/>`,
      ),
    ]),
  ];
}

function shortRate(rate: number): string {
  return rate >= 1_000_000
    ? `${rate / 1_000_000} M`
    : rate >= 1_000
      ? `${rate / 1_000} k`
      : String(rate);
}

function label(x: number, y: number, content: string, style: string): string {
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${content}</text>`;
}
