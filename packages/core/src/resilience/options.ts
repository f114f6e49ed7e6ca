import { z } from 'zod';
import { clockOption } from '../contract/clock-option.js';
import { parseOptions } from '../contract/parse.js';
import { type Clock, systemClock } from '../time/clock.js';
import type { BreakerSnapshot } from './state.js';

/** When a breaker opens: after so many failures in a row, or at a share of failures in a window. */
export type TripRule =
  | {
      readonly kind: 'consecutive';
      /** Failures in a row. Default 5. */
      readonly failures?: number | undefined;
    }
  | {
      readonly kind: 'rate';
      /** Share of failed calls, 0 to 1, at which it opens. Default 0.5. */
      readonly failureRate?: number | undefined;
      /** How far back calls count, in ms. Default 60,000. */
      readonly windowMs?: number | undefined;
      /** No decision on fewer calls than this. Default 10. */
      readonly minimumCalls?: number | undefined;
      /** Share of slow calls, 0 to 1, at which it opens. Default 1: when all are slow. */
      readonly slowRate?: number | undefined;
      /** A call that takes longer is slow, in ms; a trial that does counts as failed. Default no limit: none is slow. */
      readonly slowCallMs?: number | undefined;
    };

/** The options of a circuit breaker. */
export interface CircuitBreakerOptions {
  /** Shown in errors and events. Default `'breaker'`. */
  readonly name?: string | undefined;
  /** Default `{ kind: 'consecutive' }`. */
  readonly trip?: TripRule | undefined;
  /** How long it stays open before it lets a trial through, in ms. Default 30,000. */
  readonly openMs?: number | undefined;
  /** Each further opening without a recovery is this many times longer. Default 1. */
  readonly openFactor?: number | undefined;
  /** The longest opening, in ms. Default 600,000. */
  readonly maxOpenMs?: number | undefined;
  /** Successful trials that close it. Default 2. */
  readonly successes?: number | undefined;
  /** Trials at once while half-open; other calls are refused. Default 1. */
  readonly trials?: number | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

/** {@link TripRule} with its defaults. */
export type ResolvedTripRule =
  | { readonly kind: 'consecutive'; readonly failures: number }
  | {
      readonly kind: 'rate';
      readonly failureRate: number;
      readonly windowMs: number;
      readonly minimumCalls: number;
      readonly slowRate: number;
      readonly slowCallMs: number;
    };

/** {@link CircuitBreakerOptions} with their defaults. */
export interface ResolvedBreakerOptions {
  readonly name: string;
  readonly trip: ResolvedTripRule;
  readonly openMs: number;
  readonly openFactor: number;
  readonly maxOpenMs: number;
  readonly successes: number;
  readonly trials: number;
  readonly clock: Clock;
}

const whole = z.number('must be a whole number of at least 1').int('must be a whole number').min(1);
const ms = z.number('must be milliseconds').gt(0);
const share = z.number('must be a share from 0 to 1').gt(0).max(1);

const trip = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('consecutive'), failures: whole.default(5) }),
    z.strictObject({
      kind: z.literal('rate'),
      failureRate: share.default(0.5),
      windowMs: ms.default(60_000),
      minimumCalls: whole.default(10),
      slowRate: share.default(1),
      slowCallMs: z
        .union([ms, z.literal(Number.POSITIVE_INFINITY)])
        .default(Number.POSITIVE_INFINITY),
    }),
  ],
  { error: "must be { kind: 'consecutive', … } or { kind: 'rate', … }" },
);

const schema = z.strictObject({
  name: z.string().min(1).default('breaker'),
  trip: trip.prefault({ kind: 'consecutive' }),
  openMs: ms.default(30_000),
  openFactor: z.number().min(1).default(1),
  maxOpenMs: ms.default(600_000),
  successes: whole.default(2),
  trials: whole.default(1),
  clock: clockOption.optional(),
});

/**
 * Checks the options and fills in the defaults.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`
 */
export function resolveBreakerOptions(options: CircuitBreakerOptions): ResolvedBreakerOptions {
  const { clock, ...rest } = parseOptions(
    schema,
    options,
    'CircuitBreaker options',
    Object.keys(schema.shape),
  );
  return { ...rest, clock: clock ?? systemClock };
}

const noFewer = z.number('must be a number of at least 0').min(0);

const snapshotSchema = z.strictObject({
  kind: z.enum(['closed', 'open', 'half-open', 'isolated']),
  failures: noFewer.int().default(0),
  openForMs: noFewer.default(0),
  retryInMs: noFewer.default(0),
  openings: noFewer.int().default(0),
});

/**
 * Checks a snapshot, which may come from a file. Waits that are longer than the breaker's own are cut to them: a
 * snapshot of a breaker with other options cannot keep this one open for longer than its options say.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`
 */
export function readSnapshot(
  snapshot: BreakerSnapshot,
  { trip, maxOpenMs }: ResolvedBreakerOptions,
): BreakerSnapshot {
  const read = parseOptions(snapshotSchema, snapshot, 'CircuitBreaker snapshot');
  const most = trip.kind === 'consecutive' ? trip.failures - 1 : read.failures;
  return {
    ...read,
    failures: Math.min(read.failures, most),
    retryInMs: Math.min(read.retryInMs, maxOpenMs),
  };
}
