import type { BaseEvent, Plain } from './base.js';

/** What happens to an extraction. */
export type ExtractionOperation = 'started' | 'completed' | 'failed' | 'timeout' | 'fallback_used';

/** An extraction began or ended. */
export interface ExtractionEvent<Operation extends ExtractionOperation = ExtractionOperation>
  extends BaseEvent<`extraction.${Operation}`> {
  readonly url: string;
  readonly extractionMode: string;
  readonly durationMs?: number;
  /** Length of what was extracted, in characters. */
  readonly contentLength?: number;
  readonly errorDetails?: string;
}

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy' | 'critical';

/** The health of a component. */
export interface HealthEvent<Status extends HealthStatus = HealthStatus>
  extends BaseEvent<`health.${Status}`> {
  readonly component: string;
  readonly status: Status;
  readonly details?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary';

/** A measured value. */
export interface MetricsEvent<Kind extends MetricKind = MetricKind>
  extends BaseEvent<`metrics.${Kind}`> {
  readonly metricName: string;
  readonly metricValue: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Anything else the program tells about itself: `system.<category>`. */
export interface SystemEvent extends BaseEvent<`system.${string}`> {
  readonly message: string;
  readonly details?: Readonly<Record<string, Plain>>;
}

export type ExtractionEventMap = {
  [Operation in ExtractionOperation as `extraction.${Operation}`]: ExtractionEvent<Operation>;
};
export type HealthEventMap = {
  [Status in HealthStatus as `health.${Status}`]: HealthEvent<Status>;
};
export type MetricsEventMap = {
  [Kind in MetricKind as `metrics.${Kind}`]: MetricsEvent<Kind>;
};
export interface SystemEventMap {
  [name: `system.${string}`]: SystemEvent;
}
