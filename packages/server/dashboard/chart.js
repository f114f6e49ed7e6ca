/**
 * A line chart that follows its figures.
 * @import { Line } from '../dashboard-types/model.js'
 */
import { html, useEffect, useRef } from './vendor/preact.js';
import uPlot from './vendor/uplot.js';

const COLOURS = ['#3b82f6', '#e08a1e', '#2fa36b', '#b455c8', '#d9534f'];
const FURTHER = '#6b7a90';

/**
 * @param {object} properties
 * @param {string} properties.title
 * @param {number[]} properties.times in seconds since 1970
 * @param {Line[]} properties.series
 * @param {(value: number) => string} properties.show makes a text of a value
 * @param {number} [properties.most] the end of the axis; without it the largest value decides
 */
export function Chart({ title, times, series, show, most }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {uPlot | undefined} */ (undefined));
  const labels = series.map(({ label }) => label).join('|');

  useEffect(() => {
    const { current: around } = place;
    if (around === null) return undefined;
    const ink = {
      stroke: '#8793a6',
      grid: { stroke: '#8793a633' },
      ticks: { stroke: '#8793a633' },
    };
    const made = new uPlot(
      {
        width: around.clientWidth,
        height: 150,
        cursor: { drag: { x: false, y: false } },
        legend: { live: false },
        scales: {
          y: {
            range: (_plot, least, largest) => [
              Math.min(0, least ?? 0),
              most ?? Math.max(largest ?? 0, 1e-9) * 1.1,
            ],
          },
        },
        axes: [
          { ...ink, size: 28 },
          { ...ink, size: 58, values: (_plot, values) => values.map(show) },
        ],
        series: [
          {},
          ...series.map(({ label }, index) => ({
            label,
            stroke: COLOURS[index % (COLOURS.length + 1)] ?? FURTHER,
            width: 1.5,
            points: { show: false },
          })),
        ],
      },
      [times, ...series.map(({ values }) => values)],
      around,
    );
    plot.current = made;
    const follow = new ResizeObserver(() =>
      made.setSize({ width: Math.floor(around.clientWidth), height: 150 }),
    );
    follow.observe(around);
    return () => {
      follow.disconnect();
      made.destroy();
    };
    // A chart is made anew only when its lines are others.
  }, [labels]);

  useEffect(() => {
    plot.current?.setData([times, ...series.map(({ values }) => values)]);
  });

  const last = series.map(({ label, values }) => `${label} ${show(values.at(-1) ?? 0)}`).join(', ');
  return html`<section class="card">
    <h2>${title}</h2>
    <div class="chart" ref=${place} role="img" aria-label=${`${title}: ${last}`}></div>
  </section>`;
}
