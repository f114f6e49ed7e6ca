import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { createPool, Histogram, type Pool } from '@rockpool/core';
import { EventBus } from '@rockpool/events';
import { createExtractionPool } from '@rockpool/extraction';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAMILIES, metricProducer, prometheusRegistry } from '../src/metrics/index.js';
import { page } from './folder.js';

interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format, strictly: a line that is none is an error. */
function parse(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] =
        /^([a-z_]+)(?:\{(.*)\})? ([-+.\deInf]+)$/.exec(line) ?? [];
      if (name === '') throw new Error(`not a sample: ${line}`);
      const pairs = [...labels.matchAll(/([a-z_]+)="([^"]*)"(?:,|$)/g)];
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
        value: Number(value),
      };
    });
}

const scrape = async (registry: { metrics(): Promise<string> }): Promise<Line[]> =>
  parse(await registry.metrics());
const sum = (lines: readonly Line[], name: string, labels: object = {}): number =>
  lines
    .filter((line) => line.name === name)
    .filter((line) => Object.entries(labels).every(([key, value]) => line.labels[key] === value))
    .reduce((total, line) => total + line.value, 0);

/** A pool after a random life: leases taken, given back, destroyed, detached, timed out, refused. */
const steps = fc.array(
  fc.constantFrom('acquire', 'release', 'destroy', 'detach', 'try', 'fail', 'clear', 'hurry'),
  { maxLength: 60 },
);
async function live(
  pool: Pool<object>,
  life: readonly string[],
  ill: { now: boolean },
): Promise<void> {
  const leases: Awaited<ReturnType<typeof pool.acquire>>[] = [];
  for (const step of life) {
    ill.now = step === 'fail';
    if (step === 'acquire' || step === 'fail') {
      await pool.acquire({ timeoutMs: 1 }).then(
        (lease) => leases.push(lease),
        () => undefined,
      );
    } else if (step === 'hurry') {
      const signal = AbortSignal.abort();
      await pool.acquire({ signal }).catch(() => undefined);
    } else if (step === 'try') {
      const lease = pool.tryAcquire();
      if (lease !== undefined) leases.push(lease);
    } else if (step === 'clear') await pool.clear();
    else leases.shift()?.[step as 'release' | 'destroy' | 'detach']();
  }
}

describe('the metrics of a pool', () => {
  it('obey the laws of conservation, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (life) => {
        const ill = { now: false };
        const create = (): object => {
          if (ill.now) throw new Error('ill');
          return {};
        };
        const pool = createPool<object>(
          { create },
          { name: 'p', max: 3, maxQueue: 2, createRetry: false },
        );
        await live(pool, life, ill);
        const lines = await scrape(prometheusRegistry({ pools: () => [pool] }));
        const stats = pool.stats();
        expect(sum(lines, 'rockpool_resources')).toBe(stats.size);
        // Every lease that was given out has ended, or is there.
        expect(sum(lines, 'rockpool_acquired_total')).toBe(
          sum(lines, 'rockpool_ended_total') + sum(lines, 'rockpool_leases'),
        );
        // Every resource that was made was ended, taken out, or is there.
        const present = sum(lines, 'rockpool_resources') - stats.creating;
        expect(sum(lines, 'rockpool_created_total')).toBe(
          sum(lines, 'rockpool_destroyed_total') -
            stats.destroying +
            sum(lines, 'rockpool_ended_total', { how: 'detached' }) +
            present,
        );
        expect(sum(lines, 'rockpool_destroyed_total')).toBe(stats.counters.destroyed);
        for (const name of ['wait', 'create', 'use']) {
          const buckets = lines.filter((line) => line.name === `rockpool_${name}_seconds_bucket`);
          const counts = buckets.map(({ value }) => value);
          expect(counts).toEqual(counts.toSorted((a, b) => a - b));
          expect(buckets.at(-1)?.labels['le']).toBe('+Inf');
          expect(counts.at(-1)).toBe(sum(lines, `rockpool_${name}_seconds_count`));
        }
        await pool.close({ force: true });
      }),
      { numRuns: 60 },
    );
  });

  it('never lets a counter fall, and costs nothing between two scrapes', async () => {
    const pool = createPool<object>(() => ({}), { name: 'p', max: 2 });
    const registry = prometheusRegistry({ pools: () => [pool] });
    const counters = FAMILIES.filter(({ kind }) => kind === 'counter').map(({ name }) => name);
    let before = await scrape(registry);
    for (let round = 0; round < 5; round++) {
      await live(pool, ['acquire', 'release', 'acquire', 'destroy', 'clear'], { now: false });
      const after = await scrape(registry);
      for (const name of counters) {
        expect(sum(after, name), name).toBeGreaterThanOrEqual(sum(before, name));
      }
      before = after;
    }
    expect(sum(before, 'rockpool_acquired_total')).toBe(10);
    await pool.close();
  });

  it('escapes what a name may contain', async () => {
    const pool = createPool<object>(() => ({}), { name: 'a "b"\\\n{c}' });
    const text = await prometheusRegistry({ pools: () => [pool] }).metrics();
    expect(text).toContain('pool="a \\"b\\"\\\\\\n{c}"');
    await pool.close();
  });
});

describe('the metrics of an extraction pool', () => {
  it('count pages by what came of them, and fallbacks by trigger', async () => {
    const bus = new EventBus();
    const extraction = createExtractionPool({ component: 'nowhere.wasm', bus });
    const registry = prometheusRegistry({ pools: () => extraction.pools, extraction, bus });
    await extraction.extract(page('Tides'));
    await extraction.extract(' ').catch(() => undefined);
    const lines = await scrape(registry);
    expect(sum(lines, 'rockpool_extractions_total')).toBe(2);
    expect(sum(lines, 'rockpool_extractions_total', { outcome: 'read' })).toBe(1);
    expect(sum(lines, 'rockpool_extractions_total', { outcome: 'refused' })).toBe(1);
    expect(sum(lines, 'rockpool_extraction_fallbacks_total', { trigger: 'component' })).toBe(2);
    expect(sum(lines, 'riptide_wasm_errors_total', { kind: 'component' })).toBe(2);
    expect(sum(lines, 'rockpool_breaker_state')).toBe(1);
    expect(sum(lines, 'rockpool_breaker_state', { state: 'closed' })).toBe(1);
    expect(sum(lines, 'rockpool_health_level')).toBe(1);
    expect(sum(lines, 'riptide_wasm_memory_pages')).toBe(0);
    expect(sum(lines, 'riptide_wasm_aot_cache_hits_total')).toBe(0);
    expect(lines.filter(({ name }) => name.startsWith('riptide_wasm_phase'))).toEqual([]);
    expect(lines.some(({ labels }) => labels['pool'] === 'extraction:article')).toBe(true);
    await extraction.close();
    await bus.close();
  });

  it('tell phases as histograms, and what came from the cache', async () => {
    const pool = createExtractionPool();
    const guest = new Histogram();
    for (const ms of [2, 4, 60]) guest.record(ms);
    const extraction = {
      name: pool.name,
      breaker: pool.breaker,
      healthStatus: () => pool.healthStatus(),
      metrics: () => ({ ...pool.metrics(), wasmAotCacheHits: 5, wasmAotCacheMisses: 2 }),
      phases: () => ({ guest: guest.snapshot(), decode: new Histogram().snapshot() }),
    };
    const lines = await scrape(prometheusRegistry({ pools: () => [], extraction }));
    expect(sum(lines, 'riptide_wasm_aot_cache_hits_total')).toBe(5);
    expect(sum(lines, 'riptide_wasm_aot_cache_misses_total')).toBe(2);
    const phase = (suffix: string, labels: Record<string, string>): number =>
      sum(lines, `riptide_wasm_phase_duration_seconds${suffix}`, labels);
    expect(phase('_count', { phase: 'guest' })).toBe(3);
    expect(phase('_count', { phase: 'decode' })).toBe(0);
    expect(phase('_sum', { phase: 'guest' })).toBeCloseTo(0.066);
    expect(phase('_bucket', { phase: 'guest', le: '0.05' })).toBe(2);
    expect(phase('_bucket', { phase: 'guest', le: '+Inf' })).toBe(3);
    await pool.close();
  });
});

describe('the metrics for OpenTelemetry', () => {
  class ByHand extends MetricReader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  }

  it('come to a reader of the SDK with the names of its conventions', async () => {
    const pool = createPool<object>(() => ({}), { name: 'p', max: 2 });
    const reader = new ByHand({ metricProducers: [metricProducer({ pools: () => [pool] })] });
    const provider = new MeterProvider({ readers: [reader] });
    const lease = await pool.acquire();
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const named = (name: string) => metrics.find(({ descriptor }) => descriptor.name === name);
    expect(named('rockpool.resource.count')?.dataPoints).toContainEqual(
      expect.objectContaining({
        attributes: { 'rockpool.pool.name': 'p', 'rockpool.resource.state': 'used' },
        value: 1,
      }),
    );
    const waits = named('rockpool.resource.wait_time');
    expect(waits?.descriptor.unit).toBe('s');
    const value = waits?.dataPoints[0]?.value as {
      buckets: { boundaries: number[]; counts: number[] };
      count: number;
    };
    expect(value.buckets.counts.length).toBe(value.buckets.boundaries.length + 1);
    expect(value.buckets.counts.reduce((a, b) => a + b, 0)).toBe(value.count);
    for (const suffix of [
      'limit',
      'idle.min',
      'pending_requests',
      'timeouts',
      'create_time',
      'use_time',
    ]) {
      expect(named(`rockpool.resource.${suffix}`), suffix).toBeDefined();
    }
    lease.release();
    await pool.close();
    await provider.shutdown();
  });

  it('have each name once, in the form that both sides want', () => {
    for (const { name, otel, kind } of FAMILIES) {
      expect(name).toMatch(/^(rockpool|riptide_wasm)_[a-z_]+$/);
      expect(otel).toMatch(/^(rockpool|riptide)\.[a-z_.]+$/);
      expect(name.endsWith('_total')).toBe(kind === 'counter');
    }
    expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length);
    expect(new Set(FAMILIES.map(({ otel }) => otel)).size).toBe(FAMILIES.length);
  });
});
