import type { MetricsSource } from './source.js';

/** Names and values that tell samples of one family apart. */
export type Labels = Readonly<Record<string, string>>;

/** One number. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One distribution of durations, in seconds. `counts[i]` is how many took `bounds[i]` or less. */
export interface Distribution {
  readonly labels: Labels;
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** What names a family. */
export interface FamilyName {
  /** For Prometheus; counters end in `_total`, durations are in seconds. */
  readonly name: string;
  /** For OpenTelemetry: the suffixes of `db.client.connection.*` where there is one. */
  readonly otel: string;
  /** UCUM, as OpenTelemetry has it. */
  readonly unit: string;
  readonly help: string;
}

/** Metrics of one kind, with the way to read them. */
export type Family =
  | (FamilyName & {
      readonly kind: 'gauge' | 'counter';
      readonly read: (source: MetricsSource) => readonly Sample[];
    })
  | (FamilyName & {
      readonly kind: 'histogram';
      readonly read: (source: MetricsSource) => readonly Distribution[];
    });

/** The upper bounds of the buckets of durations, in seconds; what takes longer is in none but `+Inf`. */
export const DURATION_BOUNDS: readonly number[] = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
