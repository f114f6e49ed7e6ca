import type { PoolStats, TimingStats } from '@rockpool/core';
import {
  type Distribution,
  DURATION_BOUNDS,
  type Family,
  type Labels,
  type Sample,
} from './family.js';
import type { MetricsSource } from './source.js';

/** Labels and values of one thing. */
export type Pairs = readonly (readonly [labels: Labels, value: number])[];
type Kind = 'gauge' | 'counter';

/** Of each pool. */
export function ofPools(
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

/** One gauge of each pool. */
export function gaugeOfPools(
  name: string,
  otel: string,
  unit: string,
  help: string,
  read: (stats: PoolStats) => number,
): Family {
  return ofPools('gauge', name, otel, unit, help, (stats) => [[{}, read(stats)]]);
}

/** One counter of each pool. */
export function counterOfPools(
  name: string,
  otel: string,
  unit: string,
  help: string,
  read: (stats: PoolStats) => number,
): Family {
  return ofPools('counter', name, otel, unit, help, (stats) => [[{}, read(stats)]]);
}

/** Durations of each pool. */
export function timingOfPools(
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

/** What the families of an extraction pool are read from. */
export interface ExtractionFigures {
  readonly metrics: ReturnType<NonNullable<MetricsSource['extraction']>['metrics']>;
  readonly breaker: NonNullable<MetricsSource['extraction']>['breaker'];
  readonly health: ReturnType<NonNullable<MetricsSource['extraction']>['healthStatus']>;
}

/** Of the extraction pool; nothing where there is none. */
export function ofExtraction(
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

/** Durations of the phases of the extraction pool, by phase. */
export function phasesOfExtraction(name: string, otel: string, help: string): Family {
  return {
    kind: 'histogram',
    name,
    otel,
    unit: 's',
    help,
    read: ({ extraction }) =>
      Object.entries(extraction?.phases() ?? {}).map(([phase, timing]) =>
        distributionOf({ pool: extraction?.name ?? '', phase }, timing),
      ),
  };
}

/** Of the event bus; nothing where there is none. */
export function ofBus(
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
