import { type Clock, parseOptions, systemClock } from '@rockpool/core';
import { z } from 'zod';
import type { Plain } from './base.js';
import type { Fault, MetricsScope, ObservableBreaker, Overflow } from './options.js';
import { SEVERITIES, type Severity } from './severity.js';

/** A function of the user's; what it takes and gives is the types' affair. */
type Callback = (...given: never[]) => unknown;

/** {@link EventBusOptions} with its defaults, checked. */
export interface ResolvedBusOptions {
  readonly bufferSize: number;
  readonly handlerTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly source: string;
  readonly onError: ((fault: Fault) => void) | undefined;
  readonly clock: Clock;
  readonly timeOfDay: () => number;
}

/** {@link EventFilter}, checked. */
export interface CheckedFilter {
  readonly minSeverity: Severity | undefined;
  readonly severities: readonly Severity[] | undefined;
  readonly where: Callback | undefined;
}

/** {@link SubscribeOptions} with its defaults, checked. */
export interface ResolvedSubscribeOptions extends CheckedFilter {
  readonly types: readonly string[];
  readonly bufferSize: number | undefined;
  readonly overflow: Overflow;
  readonly coalesceBy: Callback | undefined;
  readonly onLagged: ((skipped: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** {@link HandlerOptions} with its defaults, checked. */
export interface ResolvedHandlerOptions extends CheckedFilter {
  readonly types: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly bufferSize: number | undefined;
}

/** {@link ObserveOptions} with its defaults, checked. */
export interface ResolvedObserveOptions {
  readonly poolId: string | undefined;
  readonly metrics: MetricsScope;
  readonly breaker: ObservableBreaker | undefined;
  readonly metadata: Readonly<Record<string, Plain>>;
  readonly context: Readonly<Record<string, Plain>>;
}

/** {@link MemoryPressureOptions} with its defaults, checked. */
export interface ResolvedGaugeOptions {
  readonly poolId: string;
  readonly limitBytes: number;
  readonly medium: number;
  readonly high: number;
  readonly critical: number;
  readonly hysteresis: number;
}

const callback = z.custom<Callback>((value) => typeof value === 'function', 'must be a function');
const bufferSize = z
  .number('must be a whole number of at least 1')
  .int('must be a whole number')
  .min(1, 'must be at least 1');
const duration = z
  .number('must be milliseconds: a number of at least 0, where 0 means no limit')
  .min(0);
const text = z.string('must be a text').min(1, 'must not be empty');
const severity = z.enum(SEVERITIES as [Severity, ...Severity[]], {
  error: `must be one of ${SEVERITIES.join(', ')}`,
});
const signal = z.custom<AbortSignal>(
  (value) => value instanceof AbortSignal,
  'must be an AbortSignal',
);
const clock = z.custom<Clock>(
  (value) => typeof (value as Partial<Clock> | null)?.setTimeout === 'function',
  'must be a clock: an object with now(), setTimeout(fn, ms) and clearTimeout(handle)',
);
const breaker = z.custom<ObservableBreaker>(
  (value) => typeof (value as Partial<ObservableBreaker> | null)?.onChange === 'function',
  'must be a breaker: an object with onChange(listener)',
);
const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]), {
  error: 'must be an object of texts, numbers, booleans and nulls',
});

const filter = {
  minSeverity: severity.optional(),
  severities: z.array(severity).min(1, 'must name at least one severity').optional(),
  where: callback.optional(),
};
const types = z
  .array(text, 'must be a list of names and patterns')
  .min(1, 'must name at least one event')
  .default(['*']);

const bus = z.strictObject({
  bufferSize: bufferSize.default(1_000),
  handlerTimeoutMs: duration.default(5_000),
  closeTimeoutMs: duration.default(5_000),
  source: text.default('rockpool'),
  onError: callback.optional(),
  clock: clock.default(systemClock),
  timeOfDay: callback.default(() => Date.now),
});
const listening = z.strictObject(filter);
const subscribing = z.strictObject({
  ...filter,
  types,
  bufferSize: bufferSize.optional(),
  overflow: z
    .enum(['skip-oldest', 'error', 'coalesce'], {
      error: 'must be one of skip-oldest, error, coalesce',
    })
    .default('skip-oldest'),
  coalesceBy: callback.optional(),
  onLagged: callback.optional(),
  signal: signal.optional(),
});
const handling = z.strictObject({
  ...filter,
  types,
  timeoutMs: duration.optional(),
  bufferSize: bufferSize.optional(),
});
const observing = z.strictObject({
  poolId: text.optional(),
  metrics: z
    .enum(['none', 'pool', 'all'], { error: 'must be one of none, pool, all' })
    .default('pool'),
  breaker: breaker.optional(),
  metadata: facts.default({}),
  context: facts.default({}),
});
const share = z.number('must be a number from 0 to 1').gt(0).max(1);
const gauging = z
  .strictObject({
    poolId: text,
    limitBytes: z.number('must be a number of bytes').positive('must be more than 0'),
    medium: share.default(0.5),
    high: share.default(0.75),
    critical: share.default(0.9),
    hysteresis: z.number('must be a number from 0 to 1').min(0).max(1).default(0.05),
  })
  .refine(({ medium, high, critical }) => medium < high && high < critical, {
    message: 'medium must be below high, and high below critical',
  });

export const resolveBus = (input: unknown): ResolvedBusOptions =>
  parseOptions(bus, input ?? {}, 'EventBus options') as ResolvedBusOptions;

export const resolveListening = (input: unknown): CheckedFilter =>
  parseOptions(listening, input ?? {}, 'listener filter') as CheckedFilter;

export const resolveSubscribing = (input: unknown): ResolvedSubscribeOptions =>
  parseOptions(subscribing, input ?? {}, 'subscribe options') as ResolvedSubscribeOptions;

export const resolveHandling = (input: unknown): ResolvedHandlerOptions =>
  parseOptions(handling, input ?? {}, 'handler options') as ResolvedHandlerOptions;

export const resolveObserving = (input: unknown): ResolvedObserveOptions =>
  parseOptions(observing, input ?? {}, 'observe options') as ResolvedObserveOptions;

export const resolveGauging = (input: unknown): ResolvedGaugeOptions =>
  parseOptions(gauging, input, 'memory pressure options');
