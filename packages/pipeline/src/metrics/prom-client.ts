import type { MetricsExtension } from './extension.js';
import { type Family, LATENCY_BOUNDS, type Labels } from './family.js';

/** What is used of a registry of prom-client; hand yours in. */
export interface PromRegistryLike {
  registerMetric(metric: never): void;
}

interface PromValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/**
 * Adds the metrics of a runtime to a registry of prom-client. They are read at every scrape; nothing is recorded in
 * between.
 *
 * @example
 * registerMetrics(new Registry(), metrics);
 */
export function registerMetrics(registry: PromRegistryLike, metrics: MetricsExtension): void {
  for (const family of metrics.families) {
    const { name } = family;
    const pulled = {
      name,
      help: family.help,
      type: family.kind,
      aggregator: 'sum',
      // What prom-client asks of a metric; its own classes would have to be fed.
      get: async () => ({
        name,
        help: family.help,
        type: family.kind,
        aggregator: 'sum',
        values: valuesOf(name, family, metrics),
      }),
      reset: () => {},
    };
    registry.registerMetric(pulled as never);
  }
}

function valuesOf(name: string, family: Family, metrics: MetricsExtension): PromValue[] {
  const reading = metrics.read();
  if (family.kind !== 'histogram') return [...family.read(reading)];
  return family
    .read(reading)
    .flatMap(({ labels, counts, count, sum }) => [
      ...LATENCY_BOUNDS.map((le, index) => bucket(name, labels, le, counts[index] ?? 0)),
      bucket(name, labels, '+Inf', count),
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ]);
}

function bucket(name: string, labels: Labels, le: number | string, value: number): PromValue {
  return { metricName: `${name}_bucket`, labels: { ...labels, le }, value };
}
