import { z } from 'zod';
import { clockOption } from '../contract/clock-option.js';
import { parseOptions } from '../contract/parse.js';
import { type Clock, systemClock, wallTime } from '../time/clock.js';

/** How a monitor watches. */
export interface HealthMonitorOptions {
  /** Between two checks, in ms. Default 30,000. */
  readonly intervalMs?: number | undefined;
  /** How far back calls count for the rates, in ms. Default 300,000. */
  readonly windowMs?: number | undefined;
  /** Mean waits in ms whose crossing is forecast; they do not change the level. Default 100, 1,000 and 5,000. */
  readonly waitLimitsMs?: readonly number[] | undefined;
  /** `apply` carries remedies out where the source can; `none` only watches. Default `'apply'`. */
  readonly remedies?: 'apply' | 'none' | undefined;
  /** Told what a source, a remedy or a listener threw. Default a process warning, once for each of them. */
  readonly onError?: ((error: unknown, during: MonitorFault) => void) | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
  /** The time of day in ms since 1970, for `lastCheck`. Default that of the system. */
  readonly timeOfDay?: (() => number) | undefined;
}

/** What was being done when something threw. */
export type MonitorFault = 'read' | 'remedy' | 'listener';

/** {@link HealthMonitorOptions} with their defaults. */
export interface ResolvedMonitorOptions {
  readonly intervalMs: number;
  readonly windowMs: number;
  readonly waitLimitsMs: readonly number[];
  readonly remedies: 'apply' | 'none';
  readonly onError: ((error: unknown, during: MonitorFault) => void) | undefined;
  readonly clock: Clock;
  readonly timeOfDay: () => number;
}

const ms = z.number('must be milliseconds: a number above 0').gt(0, 'must be above 0');

const schema = z.strictObject({
  intervalMs: ms.default(30_000),
  windowMs: ms.default(300_000),
  waitLimitsMs: z.array(ms).default([100, 1_000, 5_000]),
  remedies: z.enum(['apply', 'none'], { error: 'must be apply or none' }).default('apply'),
  onError: z
    .custom<(error: unknown, during: MonitorFault) => void>(isFunction, 'must be a function')
    .optional(),
  clock: clockOption.optional(),
  timeOfDay: z.custom<() => number>(isFunction, 'must be a function').optional(),
});

/**
 * Checks the options and fills in the defaults.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`
 */
export function resolveMonitorOptions(options: HealthMonitorOptions): ResolvedMonitorOptions {
  const { clock, timeOfDay, onError, ...rest } = parseOptions(
    schema,
    options,
    'PoolHealthMonitor options',
  );
  return {
    ...rest,
    onError,
    clock: clock ?? systemClock,
    timeOfDay: timeOfDay ?? wallTime,
  };
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
