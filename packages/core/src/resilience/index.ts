/**
 * Circuit breaker, permit style.
 * @packageDocumentation
 */
export * from './circuit-breaker.js';
export type { CircuitBreakerOptions, TripRule } from './options.js';
export * from './state.js';
