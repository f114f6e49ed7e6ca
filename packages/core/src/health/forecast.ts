/** A value at a time, in ms of one clock. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** When a rising value will have reached a limit. */
export interface Crossing {
  readonly limit: number;
  /** Ms after the newest point. */
  readonly inMs: number;
}

/** Fewer points say nothing about a slope. */
export const FEWEST_POINTS = 5;
/** Rises that chance alone would show in more than 1 of 40 cases are none: the Mann-Kendall test at 2.5 %. */
const SURE = 1.96;
/** No further ahead than four times as far as the points reach back. */
const REACH = 4;

/**
 * When a value will reach the first of `limits` that lies above it, by the median of the slopes between all pairs of
 * points (Theil-Sen): up to a quarter of the points may be outliers without moving it. Says nothing (`undefined`) when
 * there are too few points, when they do not clearly rise, when all limits are passed, or when it is too far off.
 * `points` from old to new.
 */
export function crossingOf(
  points: readonly Point[],
  limits: readonly number[],
): Crossing | undefined {
  const newest = points.at(-1);
  const oldest = points[0];
  if (newest === undefined || oldest === undefined || points.length < FEWEST_POINTS)
    return undefined;
  const limit = limits.filter((each) => each > newest.value).sort((a, b) => a - b)[0];
  if (limit === undefined || !risesForSure(points)) return undefined;
  const slope = medianSlope(points);
  if (!(slope > 0)) return undefined;
  // The line goes through the median of the points, not through the newest of them, which may be an outlier.
  const rest = median(points.map(({ at, value }) => value - slope * at));
  const inMs = Math.max(0, (limit - rest) / slope - newest.at);
  return inMs <= REACH * (newest.at - oldest.at) ? { limit, inMs } : undefined;
}

/** The Mann-Kendall test: pairs that rise against pairs that fall. */
function risesForSure(points: readonly Point[]): boolean {
  const n = points.length;
  let balance = 0;
  for (const [older, newer] of pairsOf(points)) balance += Math.sign(newer.value - older.value);
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return (balance - 1) / deviation >= SURE;
}

function medianSlope(points: readonly Point[]): number {
  const slopes = pairsOf(points)
    .filter(([older, newer]) => newer.at > older.at)
    .map(([older, newer]) => (newer.value - older.value) / (newer.at - older.at));
  return median(slopes);
}

function pairsOf(points: readonly Point[]): (readonly [older: Point, newer: Point])[] {
  return points.flatMap((older, index) =>
    points.slice(index + 1).map((newer) => [older, newer] as const),
  );
}

/** Not a number of nothing. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
