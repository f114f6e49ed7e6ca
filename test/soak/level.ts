/** What was measured after so many extractions. */
export interface Sample {
  readonly extractions: number;
  readonly bytes: number;
}

/** How memory went: its level after the first tenth, and the highest of the tenths after it. */
export interface Verdict {
  readonly levelBytes: number;
  /** Medians of each tenth after the first. */
  readonly tenths: readonly number[];
  /** Of the highest tenth over the level; below zero when memory only fell. */
  readonly grownPercent: number;
}

/**
 * The level is the median of the last third of the first tenth: a process has found its size by then. Medians, because a
 * single reading depends on when the collector ran last.
 */
export function judge(samples: readonly Sample[]): Verdict {
  const total = samples.at(-1)?.extractions ?? 0;
  const tenth = total / 10;
  const between = (from: number, to: number): number[] =>
    samples.filter(({ extractions: at }) => at > from && at <= to).map(({ bytes }) => bytes);
  const levelBytes = median(between((tenth * 2) / 3, tenth));
  const tenths = Array.from({ length: 9 }, (_, index) =>
    median(between(tenth * (index + 1), tenth * (index + 2))),
  );
  return { levelBytes, tenths, grownPercent: (Math.max(...tenths) / levelBytes - 1) * 100 };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error('nothing was measured: give more extractions');
  return middle;
}
