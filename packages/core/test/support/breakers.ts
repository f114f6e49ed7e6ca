import {
  type BreakerChange,
  CircuitBreaker,
  type CircuitBreakerOptions,
  type Permit,
} from '@rockpool/core/resilience';
import { ManualClock } from '@rockpool/core/testing';

/** A breaker on a clock that stands still, and every change of its state. */
export const consecutive = (options: CircuitBreakerOptions = {}) => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ clock, ...options });
  const changes: string[] = [];
  breaker.onChange(({ from, to }: BreakerChange) => changes.push(`${from} -> ${to}`));
  return { clock, breaker, changes };
};

/** A permit; the breaker must give one. */
export const pass = (breaker: CircuitBreaker): Permit => {
  const permit = breaker.tryPass();
  if (permit === undefined) throw new Error(`refused while ${breaker.state.kind}`);
  return permit;
};

/** So many failed calls. */
export const fail = (breaker: CircuitBreaker, times = 1): void => {
  for (let i = 0; i < times; i++) pass(breaker).fail(new Error(`failure ${i + 1}`));
};

/** So many good calls. */
export const succeed = (breaker: CircuitBreaker, times = 1): void => {
  for (let i = 0; i < times; i++) pass(breaker).succeed();
};
