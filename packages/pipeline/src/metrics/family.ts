import type { RuntimeStats } from '../contract/stats.js';

/** What tells samples of one family apart. */
export type Labels = Readonly<Record<string, string>>;

/** One number. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One distribution; `counts[i]` is how many values were `LATENCY_BOUNDS[i]` or less. */
export interface Distribution {
  readonly labels: Labels;
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** What families are read from. */
export interface MetricsReading {
  readonly stats: RuntimeStats;
  /** Connections that were made again. */
  readonly reconnects: number;
  readonly pools: readonly PoolReading[];
}

/** What is read of a pool; one of `@rockpool/core` fits. */
export interface PoolReading {
  readonly name: string;
  readonly size: number;
  readonly available: number;
  readonly pending: number;
}

interface FamilyName {
  readonly name: string;
  readonly help: string;
}

/** Metrics of one name, with the way to read them. */
export type Family =
  | (FamilyName & {
      readonly kind: 'counter' | 'gauge';
      readonly read: (reading: MetricsReading) => readonly Sample[];
    })
  | (FamilyName & {
      readonly kind: 'histogram';
      readonly read: (reading: MetricsReading) => readonly Distribution[];
    });

/** The upper bounds of the buckets of a latency, in seconds; what takes longer is in none but `+Inf`. */
export const LATENCY_BOUNDS: readonly number[] = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
