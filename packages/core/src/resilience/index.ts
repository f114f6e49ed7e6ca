/**
 * Circuit breaker, permit style.
 * @packageDocumentation
 */
export * from './circuit-breaker.js';
export { type LeaseSource, useGuarded } from './guard.js';
export type { CircuitBreakerOptions, TripRule } from './options.js';
export type { Permit } from './permit.js';
export * from './state.js';
