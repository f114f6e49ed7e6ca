import type { MetricsSink } from '../contract/ports.js';
import type { Family, Labels, MetricsReading } from './family.js';

/** Feeds a sink with what changed: counters with what was added since the last time, gauges with what they are. */
export class SinkFeed {
  readonly #sink: MetricsSink;
  readonly #seen = new Map<string, number>();

  constructor(sink: MetricsSink) {
    this.#sink = sink;
  }

  /** Tells the sink of a reading; latencies as gauges of their quantiles, because only their distribution is known. */
  feed(families: readonly Family[], reading: MetricsReading): void {
    for (const family of families) {
      const { name } = family;
      if (family.kind === 'histogram') this.#quantiles(name, reading);
      else {
        for (const { labels, value } of family.read(reading)) {
          if (family.kind === 'gauge') this.#sink.gauge(name, value, labels);
          else this.#count(name, value, labels);
        }
      }
    }
  }

  /** Lets the sink send what it holds, and closes it. */
  async close(): Promise<void> {
    await this.#sink.flush?.();
    await this.#sink.close?.();
  }

  async flush(): Promise<void> {
    await this.#sink.flush?.();
  }

  #quantiles(name: string, { stats }: MetricsReading): void {
    for (const { id, kind, latency } of Object.values(stats.pipelines)) {
      if (latency.count === 0) continue;
      const quantiles = { '0.5': latency.p50Ms, '0.95': latency.p95Ms, '0.99': latency.p99Ms };
      for (const [quantile, valueMs] of Object.entries(quantiles)) {
        this.#sink.gauge(name, valueMs / 1_000, { pipeline: id, kind, quantile });
      }
    }
  }

  #count(name: string, value: number, labels: Labels): void {
    const key = `${name} ${JSON.stringify(labels)}`;
    const added = value - (this.#seen.get(key) ?? 0);
    this.#seen.set(key, value);
    if (added > 0) this.#sink.counter(name, added, labels);
  }
}
