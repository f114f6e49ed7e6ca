import type { Element } from 'domhandler';
import { attribute } from './elements.js';

/** A row with a span of a million columns must not become a million cells. */
const maxSpan = 50;
const maxColumns = 200;

/** How many columns a cell takes. */
export function cellSpan(cell: Element): number {
  const span = Number.parseInt(attribute(cell, 'colspan') ?? '1', 10);
  return Number.isInteger(span) && span > 1 ? Math.min(span, maxSpan) : 1;
}

/** A GitHub-flavoured table; the first row is the head. */
export function tableMarkdown(rows: readonly (readonly string[])[]): string {
  const columns = Math.min(
    maxColumns,
    rows.reduce((most, row) => Math.max(most, row.length), 0),
  );
  const line = (cells: readonly string[]): string =>
    `| ${Array.from({ length: columns }, (_, at) => (cells[at] ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(Array.from({ length: columns }, () => '---')), ...body.map(line)].join(
    '\n',
  );
}
