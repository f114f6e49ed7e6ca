import { DESTROY_REASONS, type PoolStats, type TimingStats } from '@rockpool/core';
import { HEALTH_LEVELS } from '@rockpool/core/health';
import { FALLBACK_TRIGGERS } from '@rockpool/extraction';
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

interface FamilyName {
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

/** Every metric, in the order of the documentation. */
export const FAMILIES: readonly Family[] = [
  ofPools(
    'gauge',
    'rockpool_resources',
    'rockpool.resource.count',
    '{resource}',
    'Resources, by state.',
    (stats) => [
      [{ state: 'idle' }, stats.idle],
      [{ state: 'used' }, stats.borrowed],
      [{ state: 'creating' }, stats.creating],
      [{ state: 'validating' }, stats.validating],
      [{ state: 'resetting' }, stats.resetting],
      [{ state: 'destroying' }, stats.destroying],
    ],
  ),
  gaugeOfPools(
    'rockpool_resources_limit',
    'rockpool.resource.limit',
    '{resource}',
    'Most resources there may be.',
    ({ max }) => max,
  ),
  gaugeOfPools(
    'rockpool_resources_min',
    'rockpool.resource.idle.min',
    '{resource}',
    'Resources that are kept.',
    ({ min }) => min,
  ),
  gaugeOfPools(
    'rockpool_leases',
    'rockpool.resource.leases',
    '{lease}',
    'Leases that have not ended.',
    ({ leases }) => leases,
  ),
  gaugeOfPools(
    'rockpool_pending_requests',
    'rockpool.resource.pending_requests',
    '{request}',
    'Callers in line.',
    ({ waiting }) => waiting,
  ),
  gaugeOfPools(
    'rockpool_utilization_ratio',
    'rockpool.resource.utilization',
    '1',
    'Leases over the leases possible.',
    ({ utilization }) => utilization,
  ),
  gaugeOfPools(
    'rockpool_pool_score',
    'rockpool.pool.score',
    '1',
    'Score of the pool, 0 to 100.',
    ({ health }) => health,
  ),
  ofPools(
    'counter',
    'rockpool_acquired_total',
    'rockpool.resource.acquired',
    '{lease}',
    'Leases given out, at once or after waiting.',
    ({ counters }) => [
      [{ way: 'direct' }, counters.acquiredDirect],
      [{ way: 'waited' }, counters.acquiredAfterWait],
    ],
  ),
  ofPools(
    'counter',
    'rockpool_ended_total',
    'rockpool.resource.ended',
    '{lease}',
    'Leases ended, by how.',
    ({ counters }) => [
      [{ how: 'released' }, counters.released],
      [{ how: 'destroyed' }, counters.destroyedByBorrower],
      [{ how: 'detached' }, counters.detached],
      [{ how: 'reclaimed' }, counters.reclaimed],
    ],
  ),
  counterOfPools(
    'rockpool_enqueued_total',
    'rockpool.resource.enqueued',
    '{request}',
    'Callers who had to wait.',
    ({ counters }) => counters.enqueued,
  ),
  counterOfPools(
    'rockpool_timeouts_total',
    'rockpool.resource.timeouts',
    '{timeout}',
    'Callers whose deadline passed.',
    ({ counters }) => counters.timedOut,
  ),
  ofPools(
    'counter',
    'rockpool_refused_total',
    'rockpool.resource.refused',
    '{request}',
    'Callers who got no lease, by why; time-outs apart.',
    ({ counters }) => [
      [{ reason: 'aborted' }, counters.aborted],
      [{ reason: 'queue-full' }, counters.rejectedQueueFull],
      [{ reason: 'closed' }, counters.rejectedClosed],
      [{ reason: 'create-failed' }, counters.rejectedCreate],
    ],
  ),
  counterOfPools(
    'rockpool_created_total',
    'rockpool.resource.created',
    '{resource}',
    'Resources made or adopted.',
    ({ counters }) => counters.created,
  ),
  counterOfPools(
    'rockpool_create_errors_total',
    'rockpool.resource.create_errors',
    '{error}',
    'Attempts to create that failed.',
    ({ counters }) => counters.createErrors,
  ),
  ofPools(
    'counter',
    'rockpool_destroyed_total',
    'rockpool.resource.destroyed',
    '{resource}',
    'Resources ended, by reason.',
    ({ destroyedBy }) =>
      DESTROY_REASONS.map((reason) => [{ reason }, destroyedBy[reason]] as const),
  ),
  counterOfPools(
    'rockpool_leaks_total',
    'rockpool.resource.leaks',
    '{lease}',
    'Leases held too long or dropped.',
    ({ counters }) => counters.leaks,
  ),
  counterOfPools(
    'rockpool_invalid_total',
    'rockpool.resource.invalid',
    '{resource}',
    'Resources that a check found unusable.',
    ({ counters }) => counters.invalid,
  ),
  timingOfPools(
    'rockpool_wait_seconds',
    'rockpool.resource.wait_time',
    'From the call to the lease.',
    'wait',
  ),
  timingOfPools(
    'rockpool_create_seconds',
    'rockpool.resource.create_time',
    'Making a resource.',
    'create',
  ),
  timingOfPools(
    'rockpool_use_seconds',
    'rockpool.resource.use_time',
    'From the lease to its end.',
    'hold',
  ),
  ofPools(
    'gauge',
    'rockpool_memory_bytes',
    'rockpool.memory.usage',
    'By',
    'Memory of all resources, as far as they say.',
    ({ memory }) => [
      [{ kind: 'used' }, memory.usedBytes],
      [{ kind: 'in-use' }, memory.inUseBytes],
      [{ kind: 'peak' }, memory.peakBytes],
    ],
  ),
  ofExtraction(
    'counter',
    'rockpool_extractions_total',
    'rockpool.extraction.count',
    '{page}',
    'Pages, by what came of them.',
    ({ metrics }) => [
      [{ outcome: 'read' }, metrics.successfulExtractions],
      [{ outcome: 'refused' }, metrics.refusedPages],
      [{ outcome: 'failed' }, metrics.failedExtractions - metrics.refusedPages],
    ],
  ),
  ofExtraction(
    'counter',
    'rockpool_extraction_fallbacks_total',
    'rockpool.extraction.fallbacks',
    '{page}',
    'Pages given to the native parser, by trigger.',
    ({ metrics }) =>
      FALLBACK_TRIGGERS.map(
        (trigger) => [{ trigger }, metrics.fallbacksByTrigger[trigger]] as const,
      ),
  ),
  ofExtraction(
    'counter',
    'rockpool_extraction_seconds_total',
    'rockpool.extraction.time',
    's',
    'Time of all extractions.',
    ({ metrics }) => [[{}, metrics.processingMs / 1_000]],
  ),
  ofExtraction(
    'gauge',
    'rockpool_breaker_state',
    'rockpool.breaker.state',
    '1',
    'The state of the breaker: 1 for the one it is in.',
    ({ breaker }) =>
      ['closed', 'open', 'half-open', 'isolated'].map(
        (state) => [{ state }, Number(breaker.state.kind === state)] as const,
      ),
  ),
  ofExtraction(
    'counter',
    'rockpool_breaker_trips_total',
    'rockpool.breaker.trips',
    '{trip}',
    'How often the breaker opened.',
    ({ breaker }) => [[{}, breaker.trips]],
  ),
  ofExtraction(
    'counter',
    'rockpool_breaker_refused_total',
    'rockpool.breaker.refused',
    '{call}',
    'Calls that the breaker refused.',
    ({ breaker }) => [[{}, breaker.refused]],
  ),
  ofExtraction(
    'gauge',
    'rockpool_health_level',
    'rockpool.health.level',
    '1',
    'The level of health: 1 for the one it is at.',
    ({ health }) =>
      HEALTH_LEVELS.map((level) => [{ level }, Number(health.level === level)] as const),
  ),
  ofExtraction(
    'gauge',
    'rockpool_health_score',
    'rockpool.health.score',
    '1',
    'Score of the health, 0 to 100.',
    ({ health }) => [[{}, health.score]],
  ),
  ofExtraction(
    'gauge',
    'riptide_wasm_memory_pages',
    'riptide.wasm.memory.pages',
    '{page}',
    'Pages of 64 KiB that all guests have.',
    ({ metrics }) => [[{}, metrics.wasmMemoryPages]],
  ),
  ofExtraction(
    'gauge',
    'riptide_wasm_peak_memory_pages',
    'riptide.wasm.memory.peak_pages',
    '{page}',
    'The most pages that one guest had.',
    ({ metrics }) => [[{}, metrics.wasmPeakMemoryPages]],
  ),
  ofExtraction(
    'counter',
    'riptide_wasm_grow_failed_total',
    'riptide.wasm.memory.grow_failed',
    '{failure}',
    'Growth of a guest’s memory that was refused.',
    ({ metrics }) => [[{}, metrics.wasmGrowFailedTotal]],
  ),
  ofExtraction(
    'counter',
    'riptide_wasm_errors_total',
    'riptide.wasm.errors',
    '{error}',
    'Failures of guests, by kind.',
    ({ metrics }) =>
      (['instantiation', 'deadline', 'memory-limit', 'component', 'trap'] as const).map(
        (kind) => [{ kind }, metrics.fallbacksByTrigger[kind]] as const,
      ),
  ),
  ofBus(
    'counter',
    'rockpool_events_published_total',
    'rockpool.events.published',
    'Events that were made.',
    ({ published }) => published,
  ),
  ofBus(
    'counter',
    'rockpool_events_lagged_total',
    'rockpool.events.lagged',
    'Events that slow subscribers lost.',
    ({ lagged }) => lagged,
  ),
  ofBus(
    'gauge',
    'rockpool_event_subscribers',
    'rockpool.events.subscribers',
    'Open subscriptions.',
    ({ currentSubscribers }) => currentSubscribers,
  ),
];

type Pairs = readonly (readonly [labels: Labels, value: number])[];
type Kind = 'gauge' | 'counter';

function ofPools(
  kind: Kind,
  name: string,
  otel: string,
  unit: string,
  help: string,
  read: (stats: PoolStats) => Pairs,
): Family {
  return {
    kind,
    name,
    otel,
    unit,
    help,
    read: (source) =>
      source.pools().flatMap((pool) => samples({ pool: pool.name }, read(pool.stats()))),
  };
}

function gaugeOfPools(
  name: string,
  otel: string,
  unit: string,
  help: string,
  read: (stats: PoolStats) => number,
): Family {
  return ofPools('gauge', name, otel, unit, help, (stats) => [[{}, read(stats)]]);
}

function counterOfPools(
  name: string,
  otel: string,
  unit: string,
  help: string,
  read: (stats: PoolStats) => number,
): Family {
  return ofPools('counter', name, otel, unit, help, (stats) => [[{}, read(stats)]]);
}

function timingOfPools(
  name: string,
  otel: string,
  help: string,
  phase: 'wait' | 'create' | 'hold',
): Family {
  return {
    kind: 'histogram',
    name,
    otel,
    unit: 's',
    help,
    read: (source) =>
      source
        .pools()
        .map((pool) => distributionOf({ pool: pool.name }, pool.stats().timings[phase])),
  };
}

interface ExtractionFigures {
  readonly metrics: ReturnType<NonNullable<MetricsSource['extraction']>['metrics']>;
  readonly breaker: NonNullable<MetricsSource['extraction']>['breaker'];
  readonly health: ReturnType<NonNullable<MetricsSource['extraction']>['healthStatus']>;
}

function ofExtraction(
  kind: Kind,
  name: string,
  otel: string,
  unit: string,
  help: string,
  read: (figures: ExtractionFigures) => Pairs,
): Family {
  return {
    kind,
    name,
    otel,
    unit,
    help,
    read: ({ extraction }) => {
      if (extraction === undefined) return [];
      const figures = {
        metrics: extraction.metrics(),
        breaker: extraction.breaker,
        health: extraction.healthStatus(),
      };
      return samples({ pool: extraction.name }, read(figures));
    },
  };
}

function ofBus(
  kind: Kind,
  name: string,
  otel: string,
  help: string,
  read: (stats: ReturnType<NonNullable<MetricsSource['bus']>['stats']>) => number,
): Family {
  return {
    kind,
    name,
    otel,
    unit: '{event}',
    help,
    read: ({ bus }) => (bus === undefined ? [] : [{ labels: {}, value: read(bus.stats()) }]),
  };
}

function samples(labels: Labels, pairs: Pairs): Sample[] {
  return pairs.map(([more, value]) => ({ labels: { ...labels, ...more }, value }));
}

function distributionOf(labels: Labels, timing: TimingStats): Distribution {
  return {
    labels,
    counts: DURATION_BOUNDS.map((bound) => timing.countUpTo(bound * 1_000)),
    count: timing.count,
    sum: timing.sumMs / 1_000,
  };
}
