import { type HrTime, ValueType } from '@opentelemetry/api';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { wallTime } from '../time-of-day.js';
import { FAMILIES } from './families.js';
import { DURATION_BOUNDS, type Family, type Labels } from './family.js';
import type { MetricsSource } from './source.js';

/** What the producer may be told. */
export interface MetricProducerOptions {
  /** Default none: that of the reader's own provider is used where it has one. */
  readonly resource?: Resource | undefined;
  /** The time of day in ms since 1970, for the points. Default that of the system. */
  readonly timeOfDay?: (() => number) | undefined;
}

/**
 * The same metrics for OpenTelemetry: given to a reader as one of its `metricProducers`, it is asked whenever the reader
 * collects. Labels become attributes: `pool` is `rockpool.pool.name`, `state` is `rockpool.resource.state`.
 *
 * @example
 * const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [metricProducer(source)] });
 */
export function metricProducer(
  source: MetricsSource,
  { resource = resourceFromAttributes({}), timeOfDay = wallTime }: MetricProducerOptions = {},
): MetricProducer {
  const startedAt = timeOfDay();
  return {
    async collect(): Promise<CollectionResult> {
      const span = { startTime: hrTime(startedAt), endTime: hrTime(timeOfDay()) };
      const metrics = FAMILIES.map((family) => dataOf(family, source, span));
      const scopeMetrics = [{ scope: { name: '@rockpool/server' }, metrics }];
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
    },
  };
}

interface Span {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

function dataOf(family: Family, source: MetricsSource, span: Span): MetricData {
  const descriptor = {
    name: family.otel,
    description: family.help,
    unit: family.unit,
    valueType: ValueType.DOUBLE,
  };
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  if (family.kind === 'histogram') {
    const dataPoints = family.read(source).map(({ labels, counts, count, sum }) => ({
      ...span,
      attributes: attributesOf(labels),
      value: {
        buckets: { boundaries: [...DURATION_BOUNDS], counts: apart(counts, count) },
        count,
        sum,
      },
    }));
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = family.read(source).map(({ labels, value }) => ({
    ...span,
    attributes: attributesOf(labels),
    value,
  }));
  if (family.kind === 'gauge') return { ...common, dataPointType: DataPointType.GAUGE, dataPoints };
  return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

/** From counts up to each bound to counts between the bounds, and one beyond the last. */
function apart(counts: readonly number[], count: number): number[] {
  return [...counts, count].map(
    (each, index) => each - (index === 0 ? 0 : (counts[index - 1] ?? 0)),
  );
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  pool: 'rockpool.pool.name',
  state: 'rockpool.resource.state',
};

function attributesOf(labels: Labels): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [ATTRIBUTES[name] ?? `rockpool.${name}`, value]),
  );
}

function hrTime(ms: number): HrTime {
  return [Math.trunc(ms / 1_000), Math.round((ms % 1_000) * 1_000_000)];
}
