/** A line chart that follows its figures. */
import { html, useEffect, useRef } from './vendor/preact.js';
import uPlot from './vendor/uplot.js';

const COLOURS = ['#3b82f6', '#e08a1e', '#2fa36b', '#b455c8', '#d9534f', '#6b7a90'];

/** `series` is a list of `{ label, values }`; `show` makes a text of a value. */
export function Chart({ title, times, series, show, most }) {
  const place = useRef(null);
  const plot = useRef(undefined);
  const labels = series.map(({ label }) => label).join('|');

  useEffect(() => {
    const ink = {
      stroke: '#8793a6',
      grid: { stroke: '#8793a633' },
      ticks: { stroke: '#8793a633' },
    };
    const made = new uPlot(
      {
        width: place.current.clientWidth,
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
            stroke: COLOURS[index % COLOURS.length],
            width: 1.5,
            points: { show: false },
          })),
        ],
      },
      [times, ...series.map(({ values }) => values)],
      place.current,
    );
    plot.current = made;
    const follow = new ResizeObserver(([entry]) =>
      made.setSize({ width: Math.floor(entry.contentRect.width), height: 150 }),
    );
    follow.observe(place.current);
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
