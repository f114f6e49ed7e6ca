/** The state of a breaker, each with its own data. Times are in ms of the breaker's clock. */
export type CircuitBreakerState =
  | {
      readonly kind: 'closed';
      /** Failures since the last success. */
      readonly failures: number;
      readonly successes: number;
      readonly lastFailureAt: number | undefined;
    }
  | {
      readonly kind: 'open';
      readonly openedAt: number;
      /** From then on a call is let through as a trial. */
      readonly retryAt: number;
      /** Openings since it was last closed. */
      readonly openings: number;
      readonly error: unknown;
    }
  | {
      readonly kind: 'half-open';
      readonly since: number;
      /** Trials that have not answered. */
      readonly inFlight: number;
      readonly lastTrialAt: number;
      readonly successes: number;
      readonly openings: number;
      readonly error: unknown;
    }
  | { readonly kind: 'isolated'; readonly since: number };

/** Every legal move. */
export const BREAKER_TRANSITIONS: Readonly<
  Record<CircuitBreakerState['kind'], readonly CircuitBreakerState['kind'][]>
> = {
  closed: ['open', 'isolated'],
  open: ['half-open', 'closed', 'isolated'],
  'half-open': ['closed', 'open', 'isolated'],
  isolated: ['closed'],
};

/** What can be written down and restored, as JSON. Times become ages, so it can be read by another process. */
export interface BreakerSnapshot {
  readonly kind: CircuitBreakerState['kind'];
  /** While closed: failures since the last success. */
  readonly failures: number;
  /** Ms since it opened. */
  readonly openForMs: number;
  /** Ms until the next trial. */
  readonly retryInMs: number;
  readonly openings: number;
}
