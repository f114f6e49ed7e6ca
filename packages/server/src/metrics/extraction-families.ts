import { HEALTH_LEVELS } from '@rockpool/core/health';
import { FALLBACK_TRIGGERS } from '@rockpool/extraction';
import type { Family } from './family.js';
import { ofBus, ofExtraction, phasesOfExtraction } from './family-makers.js';

/** What is told of the extraction pool, its breaker, its health, its guests, and of the bus. */
export const EXTRACTION_FAMILIES: readonly Family[] = [
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
  ofExtraction(
    'gauge',
    'riptide_wasm_cold_start_time_ms',
    'riptide.wasm.cold_start.time',
    'ms',
    'Time the last guest took to be ready, in milliseconds.',
    ({ metrics }) => [[{}, metrics.wasmColdStartMs]],
  ),
  ofExtraction(
    'counter',
    'riptide_wasm_aot_cache_hits_total',
    'riptide.wasm.aot_cache.hits',
    '{module}',
    'Modules and components that were ready in the cache of this process or on disk: rewritten code, not machine code.',
    ({ metrics }) => [[{}, metrics.wasmAotCacheHits]],
  ),
  ofExtraction(
    'counter',
    'riptide_wasm_aot_cache_misses_total',
    'riptide.wasm.aot_cache.misses',
    '{module}',
    'Modules that no cache had: rewritten and compiled by this process.',
    ({ metrics }) => [[{}, metrics.wasmAotCacheMisses]],
  ),
  phasesOfExtraction(
    'riptide_wasm_phase_duration_seconds',
    'riptide.wasm.phase.duration',
    'Phases of extractions by the component: wait for an instance, decode the page, guest with the way to its worker and back, make the document.',
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
