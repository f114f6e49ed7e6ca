/**
 * Bounded, healthy, observable resource pools.
 * @packageDocumentation
 */
export * from './contract/events.js';
export type { FactoryOrCreate, SelfContainedFactory } from './contract/factory.js';
export * from './contract/lease.js';
export * from './contract/memory.js';
export * from './contract/options.js';
export { parseOptions, suggestion } from './contract/parse.js';
export * from './contract/poolable.js';
export { describeOptions, type OptionDescription } from './contract/schema.js';
export * from './contract/stats.js';
export type { Capacity, CapacityMember } from './engine/capacity.js';
export type { CloseOptions, WaitOptions } from './engine/closing.js';
export type { Sizes } from './engine/yard.js';
export * from './errors.js';
export {
  createKeyedPool,
  type KeyedListener,
  KeyedPool,
  type KeyedPoolStats,
} from './keyed/keyed-pool.js';
export type { KeyedFactory, KeyedPoolOptions, WithKey } from './keyed/options.js';
export {
  desiredSize,
  type LoadSigns,
  StableSize,
} from './policy/autoscale.js';
export { lifetimeMs } from './policy/lifetime.js';
export { type Load, PRESETS, type ResourceWeight } from './policy/presets.js';
export {
  PRESSURE_THRESHOLDS,
  type PressureThresholds,
  pressureAfter,
  pressureOf,
} from './policy/pressure.js';
export { type Observation, type PoolSigns, poolScore, scoreAfter } from './policy/scoring.js';
export { createPool, Pool } from './pool.js';
export { type SlotState, TRANSITIONS } from './slot/state.js';
export { Histogram } from './stats/histogram.js';
export { type Clock, systemClock, type TimerHandle } from './time/clock.js';
