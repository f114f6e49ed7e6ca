import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FAMILIES } from '@rockpool/server/metrics';
import { describe, expect, it } from 'vitest';
import { root } from './support/pages.js';

const read = (file: string): string =>
  readFileSync(path.join(root, 'docs', 'grafana', file), 'utf8');

/** Every name that a series of ours can have. */
const names = new Set(
  FAMILIES.flatMap(({ name, kind }) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

describe('the files for Grafana and Prometheus', () => {
  it.each(['dashboard.json', 'alerts.yml'])('%s asks for metrics that there are', (file) => {
    const asked = [...read(file).matchAll(/\b(?:rockpool|riptide_wasm)_[a-z_]+/g)].map(
      ([name]) => name,
    );
    expect(asked.length).toBeGreaterThan(8);
    expect(asked.filter((name) => !names.has(name))).toEqual([]);
  });

  it('the dashboard has panels that do not overlap', () => {
    const { panels } = JSON.parse(read('dashboard.json')) as {
      panels: {
        id: number;
        title: string;
        gridPos: { x: number; y: number; w: number; h: number };
      }[];
    };
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });
});
