import { type Metric, Registry } from 'prom-client';
import { FAMILIES } from './families.js';
import { type Distribution, DURATION_BOUNDS, type Family, type Sample } from './family.js';
import type { MetricsSource } from './source.js';

/**
 * A registry that reads its metrics from the pools at every scrape: nothing is recorded in between, so a scrape is all
 * that metrics cost. Add metrics of your own to it, or give your own registry.
 *
 * @example
 * const registry = prometheusRegistry({ pools: () => [pool] });
 * response.end(await registry.metrics());
 */
export function prometheusRegistry(
  source: MetricsSource,
  registry: Registry = new Registry(),
): Registry {
  for (const family of FAMILIES) {
    // What prom-client asks of a metric is its name, and `get`; its own classes would have to be fed.
    registry.registerMetric(new PulledMetric(family, source) as unknown as Metric);
  }
  return registry;
}

interface Value {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

class PulledMetric {
  readonly name: string;
  readonly #family: Family;
  readonly #source: MetricsSource;

  constructor(family: Family, source: MetricsSource) {
    this.name = family.name;
    this.#family = family;
    this.#source = source;
  }

  async get(): Promise<{
    name: string;
    help: string;
    type: string;
    values: Value[];
    aggregator: string;
  }> {
    const { kind, help } = this.#family;
    return { name: this.name, help, type: kind, values: this.#values(), aggregator: 'sum' };
  }

  /** Nothing is recorded here, so there is nothing to be forgotten. */
  reset(): void {}

  #values(): Value[] {
    const family = this.#family;
    if (family.kind !== 'histogram') return [...family.read(this.#source)] satisfies Sample[];
    return family.read(this.#source).flatMap((each) => valuesOf(family.name, each));
  }
}

function valuesOf(name: string, { labels, counts, count, sum }: Distribution): Value[] {
  const buckets = DURATION_BOUNDS.map((le, index) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le },
    value: counts[index] ?? 0,
  }));
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
