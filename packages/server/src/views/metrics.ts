import type {
  KeyValueStore,
  MetashrewRuntimeAdapter,
  ViewPoolExtras,
  ViewPoolStats,
} from '@rockpool/view-runtime';
import { Counter, Gauge, Registry } from 'prom-client';

type Samples = Readonly<Record<string, number>>;

/**
 * The numbers of an index and its views for Prometheus, read when they are asked for. Without a pool those of the pool
 * are 0.
 */
export function viewMetrics(adapter: MetashrewRuntimeAdapter, store: KeyValueStore): Registry {
  const registry = new Registry();
  const metrics = new Metrics(registry);
  metrics.gauge('rockpool_index_height', 'Height of the last whole block', () => {
    return store.mark().tip ?? Number.NaN;
  });
  metrics.counter('rockpool_index_reorganisations_total', 'Rollbacks of the index', () => {
    return store.mark().reorganisations;
  });
  metrics.counter('rockpool_view_fallbacks_total', 'Views run directly: the pool failed', () => {
    return adapter.fallbacks;
  });
  addPool(metrics, () => adapter.getViewPoolStats());
  return registry;
}

function addPool(metrics: Metrics, stats: () => ViewPoolStats | undefined): void {
  const extra = (read: (extras: ViewPoolExtras) => number) => (): number => {
    const extras = stats()?.extras;
    return extras === undefined ? 0 : read(extras);
  };
  metrics.gauge('rockpool_view_pool_size', 'Runtimes the pool is to have', () => {
    return stats()?.poolSize ?? 0;
  });
  metrics.gauge(
    'rockpool_view_pool_runtimes',
    'Runtimes that are alive',
    extra(({ liveRuntimes }) => liveRuntimes),
  );
  metrics.gauge('rockpool_view_active', 'Views that run or wait for their runtime', () => {
    return stats()?.activeRequests() ?? 0;
  });
  metrics.gauge(
    'rockpool_view_queued',
    'Views that wait for admission',
    extra(({ queued }) => queued),
  );
  metrics.counter(
    'rockpool_view_runtimes_replaced_total',
    'Runtimes ended in the middle of a view, or dead',
    extra(({ replaced }) => replaced),
  );
  metrics.counter('rockpool_views_total', 'Views by how they ended', 'outcome', () => {
    const extras = stats()?.extras;
    if (extras === undefined) return {};
    const { succeeded, failed, aborted, deadlines, refused } = extras;
    return { succeeded, failed, aborted, deadline: deadlines, refused };
  });
  const caches = (field: 'hits' | 'misses' | 'memoryUsage') => (): Samples => {
    const all = stats()?.extras?.runtimes.caches;
    if (all === undefined) return {};
    return { main: all.main[field], height: all.height[field], api: all.api[field] };
  };
  metrics.gauge('rockpool_view_cache_bytes', 'What a cache holds', 'cache', caches('memoryUsage'));
  metrics.counter('rockpool_view_cache_hits_total', 'Reads answered', 'cache', caches('hits'));
  metrics.counter('rockpool_view_cache_misses_total', 'Reads passed on', 'cache', caches('misses'));
}

/** Metrics whose values are kept elsewhere. */
class Metrics {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  gauge(name: string, help: string, read: () => number): void;
  gauge(name: string, help: string, label: string, read: () => Samples): void;
  gauge(name: string, help: string, ...rest: Reading): void {
    const registers = [this.#registry];
    const labelNames = rest.length === 1 ? [] : [rest[0]];
    new Gauge({
      name,
      help,
      registers,
      labelNames,
      collect() {
        for (const [labels, value] of samplesOf(rest)) this.set(labels, value);
      },
    });
  }

  counter(name: string, help: string, read: () => number): void;
  counter(name: string, help: string, label: string, read: () => Samples): void;
  counter(name: string, help: string, ...rest: Reading): void {
    const registers = [this.#registry];
    const labelNames = rest.length === 1 ? [] : [rest[0]];
    new Counter({
      name,
      help,
      registers,
      labelNames,
      collect() {
        this.reset();
        for (const [labels, value] of samplesOf(rest)) this.inc(labels, value);
      },
    });
  }
}

type Reading = readonly [read: () => number] | readonly [label: string, read: () => Samples];

function samplesOf(reading: Reading): (readonly [Readonly<Record<string, string>>, number])[] {
  if (reading.length === 1) return [[{}, reading[0]()]];
  const [label, read] = reading;
  return Object.entries(read()).map(([name, value]) => [{ [label]: name }, value]);
}
