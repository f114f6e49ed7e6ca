import type { Row } from '../scenarios/index.js';
import type { Goal } from './goals.js';

/** A figure with as many digits as it deserves. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(2).replace(/\.?0+$/, '');
}

export function withUnit(value: number | undefined, unit: Goal['unit']): string {
  if (value === undefined) return '–';
  return unit === '' ? short(value) : `${short(value)} ${unit}`;
}

/** The value of a row with its unit; nanoseconds in the unit that reads best. */
export function figureOf({ value, unit }: Row): string {
  if (unit === 'count') return short(value);
  if (unit === 'bytes') return `${short(value)} B`;
  if (unit === 'ms') return `${short(value)} ms`;
  return value >= 10_000 ? `${short(value / 1_000)} µs` : `${short(value)} ns`;
}

/** Columns of text, the first to the left, the others to the right. */
export function columns(lines: readonly (readonly string[])[]): string {
  const count = Math.max(...lines.map((cells) => cells.length));
  const widths = Array.from({ length: count }, (_, index) =>
    Math.max(...lines.map((cells) => (cells[index] ?? '').length)),
  );
  return lines
    .map((cells) =>
      widths
        .map((width, index) =>
          index === 0 ? (cells[index] ?? '').padEnd(width) : (cells[index] ?? '').padStart(width),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
