import { short } from './format.js';
import { type Results, ratio } from './results.js';

interface Bar {
  readonly label: string;
  /** One for each Node version; how many times faster Rockpool is. */
  readonly ratios: readonly (number | undefined)[];
}

interface Panel {
  readonly title: string;
  readonly scenario: string;
  readonly part?: string;
  readonly peers: readonly string[];
}

const PANELS: readonly Panel[] = [
  {
    title: 'acquire + release, nobody else there',
    scenario: 'acquire',
    peers: ['lightning-pool', 'effect', 'sequelize-pool', 'generic-pool', 'pg-pool', 'tarn'],
  },
  { title: 'tryAcquire, beside await acquire', scenario: 'try-acquire', peers: ['generic-pool'] },
  {
    title: 'use(fn)',
    scenario: 'use',
    peers: ['lightning-pool', 'effect', 'generic-pool', 'tarn'],
  },
  {
    title: '1,000 workers on 10 resources',
    scenario: 'contended-1000',
    peers: ['lightning-pool', 'generic-pool', 'sequelize-pool', 'pg-pool', 'tarn', 'effect'],
  },
  {
    title: 'a synchronous check before each loan',
    scenario: 'check-sync',
    peers: ['lightning-pool', 'generic-pool', 'tarn'],
  },
  {
    title: 'destroyed after each use',
    scenario: 'destroy',
    peers: ['lightning-pool', 'sequelize-pool', 'pg-pool', 'generic-pool'],
  },
];

const WIDTH = 760;
const LABELS = 150;
const VALUES = 64;
const BAR = 9;
const GAP = 7;
const HEAD = 34;

/**
 * How many times faster Rockpool is than its peers, as horizontal bars on a logarithmic scale. The colours are read
 * on white and on black; there is no background.
 */
export function renderChart(all: readonly Results[]): string {
  const panels = PANELS.map((panel) => ({ panel, bars: barsOf(panel, all) })).filter(
    ({ bars }) => bars.length > 0,
  );
  const most = Math.max(2, ...panels.flatMap(({ bars }) => bars.flatMap(highest)));
  const x = (value: number): number =>
    LABELS + (Math.log(Math.max(1, value)) / Math.log(most)) * (WIDTH - LABELS - VALUES);
  let y = 58;
  const parts: string[] = [];
  for (const { panel, bars } of panels) {
    parts.push(text(0, y + 14, panel.title, 'head'));
    y += HEAD - 10;
    for (const bar of bars) {
      parts.push(...drawBar(bar, y, x));
      y += bar.ratios.length * (BAR + 1) + GAP;
    }
    y += 12;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="How many times faster Rockpool is than other pools">`,
    `<style>${STYLE}</style>`,
    text(0, 18, 'How many times faster Rockpool is (CPU time per loan, logarithmic)', 'title'),
    ...all.map((results, index) => legend(index, results.node)),
    line(x(1), 52, y - 8),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = `text{font:12px system-ui,sans-serif;fill:#57606a}.title{font-size:15px;font-weight:600}.head{font-weight:600}.label,.value{font-size:11px}.label{text-anchor:end}.n0{fill:#1f7a8c}.n1{fill:#d9822b}.n2{fill:#8250df}.one{stroke:#8c959f;stroke-dasharray:2 3}@media (prefers-color-scheme:dark){text{fill:#c9d1d9}.n0{fill:#4fb3c8}.n1{fill:#f0a35a}.n2{fill:#b392f0}}`;

function barsOf({ scenario, part, peers }: Panel, all: readonly Results[]): Bar[] {
  return peers
    .map((label) => ({
      label,
      ratios: all.map((results) => ratio(results, scenario, label, 'rockpool', part)),
    }))
    .filter(({ ratios }) => ratios.some((value) => value !== undefined));
}

function highest({ ratios }: Bar): number[] {
  return ratios.filter((value) => value !== undefined);
}

function drawBar({ label, ratios }: Bar, y: number, x: (value: number) => number): string[] {
  const height = ratios.length * (BAR + 1);
  return [
    text(LABELS - 8, y + height / 2 + 4, label, 'label'),
    ...ratios.flatMap((value, index) => {
      if (value === undefined) return [];
      const top = y + index * (BAR + 1);
      const width = Math.max(1, x(value) - LABELS);
      return [
        `<rect class="n${index}" x="${LABELS}" y="${top}" width="${width.toFixed(1)}" height="${BAR}" rx="1.5"/>`,
        text(LABELS + width + 5, top + BAR, `${short(value)} ×`, 'value'),
      ];
    }),
  ];
}

function legend(index: number, node: string): string {
  const left = index * 110;
  return `<rect class="n${index}" x="${left}" y="30" width="10" height="10" rx="1.5"/>${text(left + 15, 39, `Node ${node.slice(1)}`, 'value')}`;
}

function line(x: number, from: number, to: number): string {
  return `<line class="one" x1="${x}" y1="${from}" x2="${x}" y2="${to}"/>`;
}

function text(x: number, y: number, content: string, style: string): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${escaped}</text>`;
}
