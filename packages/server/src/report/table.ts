import measure from 'fast-string-truncated-width';

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Columns of the terminal; longer cells are cut. */
  readonly width: number;
}

/** One row, padded by what a terminal shows rather than by characters: a Chinese character takes two columns. */
export const rowOf = (columns: readonly Column[], cells: readonly string[]): string =>
  columns
    .map(({ width, align }, at) => fit(cells[at] ?? '', width, align))
    .join('  ')
    .trimEnd();

function fit(text: string, width: number, align: Column['align']): string {
  const { index, truncated } = measure(text, { limit: width, ellipsis: '…', ellipsisWidth: 1 });
  const cut = truncated ? `${text.slice(0, index)}…` : text;
  const padding = ' '.repeat(Math.max(0, width - measure(cut).width));
  return align === 'left' ? cut + padding : padding + cut;
}
