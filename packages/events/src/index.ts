/**
 * A typed event bus for pools: patterns, named handlers, bounded subscriptions.
 * @packageDocumentation
 */
export { EventBus } from './bus.js';
export type * from './contract/base.js';
export type * from './contract/families.js';
export type * from './contract/map.js';
export { EVENT_SEVERITIES, POOL_OPERATIONS } from './contract/names.js';
export type * from './contract/options.js';
export type * from './contract/patterns.js';
export type * from './contract/pool.js';
export { SEVERITIES, type Severity } from './contract/severity.js';
export type * from './contract/stats.js';
export type * from './contract/subscription.js';
export { DIAGNOSTICS_CHANNEL, type TapOptions, tapDiagnostics } from './diagnostics.js';
export * from './errors.js';
export { createEventAwarePool } from './pool/event-aware.js';
export { MemoryPressure, type MemoryPressureOptions } from './pool/memory-pressure.js';
export type { ObservablePool } from './pool/observable.js';
export type { Publisher } from './pool/observer.js';
export type { Unsubscribe } from './unsubscribe.js';
