import { z } from 'zod';
import { systemClock } from '../time/clock.js';
import { clockOption } from './clock-option.js';
import type { PoolOptions, ResolvedOptions, Selector, Strategy } from './options.js';
import { STRATEGIES } from './options.js';
import { parseOptions } from './parse.js';

const NO_LIMIT = Number.POSITIVE_INFINITY;

const whole = (least: number) => {
  const message = `must be a whole number of at least ${least}`;
  return z.number(message).int(message).min(least, message);
};
/** A count that may also be Infinity: no limit. */
const count = (least: number) =>
  z.union([z.literal(NO_LIMIT), whole(least)], {
    error: `must be a whole number of at least ${least}, or Infinity for no limit`,
  });
/** A duration in ms; Infinity is the same as 0: no limit. */
const MILLISECONDS = 'must be milliseconds: a number of at least 0, where 0 means no limit';
const duration = z
  .union([z.literal(NO_LIMIT), z.number().min(0, MILLISECONDS)], { error: MILLISECONDS })
  .transform((ms) => (ms === NO_LIMIT ? 0 : ms));
const SHARE = 'must be a number from 0 to 1';
const share = z.number(SHARE).min(0, SHARE).max(1, SHARE);
const flag = z.boolean('must be true or false');
/** Never, always, or for a share of the cases. */
const sampled = z
  .union([flag, share], { error: 'must be true, false, or a share from 0 to 1' })
  .transform(Number);

const retry = z.strictObject({
  maxAttempts: whole(1).default(3),
  initialMs: z.number().min(0).default(100),
  maxMs: z.number().min(0).default(5_000),
  factor: z.number().min(1).default(2),
  jitter: share.default(0.5),
  onGiveUp: z
    .enum(['reject-waiters', 'keep-waiters'], { error: 'must be reject-waiters or keep-waiters' })
    .default('reject-waiters'),
});
const NO_RETRY = {
  maxAttempts: 1,
  initialMs: 100,
  maxMs: 5_000,
  factor: 2,
  jitter: 0.5,
  onGiveUp: 'reject-waiters' as const,
};

const autoscale = z.strictObject({
  min: whole(1),
  max: whole(1),
  targetUtilization: z.number().gt(0).max(1).default(0.8),
  maxWaitMs: z.number().min(0).default(100),
  scaleUpAfterMs: z.number().gt(0).default(1_000),
  scaleDownAfterMs: z.number().gt(0).default(60_000),
});

const strategy = z.union([z.enum(STRATEGIES), z.custom<Selector<never>>(isFunction)], {
  error: `must be one of ${STRATEGIES.join(', ')}, or a function that picks among idle resources`,
});

/** Schema, defaults and the documentation's table in one place. */
const schema = z.strictObject({
  name: z
    .string('must be a text')
    .min(1)
    .default('pool')
    .describe('Shown in errors, events and metrics.'),
  min: whole(0).default(0).describe('Resources the pool keeps, idle or not.'),
  max: count(1).default(10).describe('Resources the pool may have at once.'),
  minIdle: whole(0).default(0).describe('Idle resources to hold ready beyond those on loan.'),
  maxIdle: count(0).optional().describe('Idle resources to keep at most; default `max`.'),
  maxCreating: count(1)
    .optional()
    .describe('Creations at once; default the smaller of 4 and `max`.'),
  autoscale: autoscale
    .optional()
    .describe('Let `min` and `max` follow the load; takes their place.'),
  concurrency: count(1).default(1).describe('Leases one resource may have at once.'),
  strategy: strategy.default('lifo').describe('Which idle resource is lent.'),
  autostart: flag.default(true).describe('Create `min` resources at once.'),
  maxQueue: count(0).default(NO_LIMIT).describe('Callers that may wait at once.'),
  priorities: whole(1)
    .max(10_000)
    .default(1)
    .describe('Classes of priority; 0 is the most urgent.'),
  agingMs: duration
    .default(1_000)
    .describe('A waiter gains one class for each such time it has waited.'),
  acquireTimeoutMs: duration.default(30_000).describe('From `acquire` to the lease.'),
  createTimeoutMs: duration.default(30_000).describe('One attempt to create.'),
  createRetry: z
    .union([z.literal(false).transform(() => NO_RETRY), retry], {
      error: 'must be false, or { maxAttempts, initialMs, maxMs, factor, jitter, onGiveUp }',
    })
    .prefault({})
    .describe('What to do when an attempt to create fails.'),
  testOnCreate: flag.default(false).describe('Check a new resource before it is used.'),
  testOnBorrow: flag.default(false).describe('Check before lending, unless used very recently.'),
  testOnReturn: flag.default(false).describe('Check after each loan.'),
  testWhileIdle: flag.default(false).describe('Check idle ones every `keepAliveMs`.'),
  validateAfterIdleMs: z
    .number()
    .min(0)
    .default(500)
    .describe('No check on borrow for one used more recently.'),
  validateTimeoutMs: duration.default(5_000).describe('One check.'),
  resetTimeoutMs: duration.default(5_000).describe('One reset.'),
  keepAliveMs: duration
    .default(30_000)
    .describe('How often `testWhileIdle` checks each idle resource.'),
  idleTimeoutMs: duration
    .default(30_000)
    .describe('Idle for longer: ended, down to `min` and `minIdle`.'),
  hardIdleTimeoutMs: duration.default(0).describe('Idle for longer: ended, below `min` too.'),
  maxLifetimeMs: duration.default(0).describe('Older: ended when next idle.'),
  jitter: share.default(0.25).describe('Each lifetime is shortened by up to this share.'),
  maxUses: count(1).default(NO_LIMIT).describe('Ended after so many loans.'),
  destroyTimeoutMs: duration
    .default(5_000)
    .describe('One destroy; then its place is free all the same.'),
  closeTimeoutMs: duration.default(30_000).describe('How long `close()` waits for leases.'),
  leakThresholdMs: duration.default(0).describe('A lease held for longer is reported.'),
  reclaimAfterMs: duration.default(0).describe('A lease held for longer is taken away.'),
  captureStacks: sampled.prefault(false).describe('Show where a leaked lease was acquired.'),
  trackCollectedLeases: sampled
    .prefault(false)
    .describe('Notice leases that were dropped without release.'),
  memoryLimitBytes: count(1)
    .default(NO_LIMIT)
    .describe('What one resource may use; one that uses more is ended.'),
  poolMemoryLimitBytes: count(1)
    .default(NO_LIMIT)
    .describe('What all may use together; idle ones are ended from three quarters of it on.'),
  minHealth: z.number().min(0).max(100).default(0).describe('A lower score: replaced.'),
  stats: z
    .enum(['counters', 'sampled', 'exact'], { error: 'must be counters, sampled or exact' })
    .default('sampled')
    .describe('How much is measured.'),
  keepProcessAlive: flag.default(false).describe('The pool holds the process until it is closed.'),
  clock: clockOption.optional().describe('The time; default the monotonic clock of the process.'),
});

const consistent = schema.superRefine((options, problem) => {
  const { min, max, minIdle, maxIdle, autoscale } = options;
  const say = (path: string, message: string) =>
    problem.addIssue({ code: 'custom', path: [path], message });
  if (min > max) say('min', `is ${min}, more than max (${max}); raise max or lower min`);
  if (minIdle > max)
    say('minIdle', `is ${minIdle}, more than max (${max}); raise max or lower minIdle`);
  if (maxIdle !== undefined && maxIdle < minIdle) {
    say('maxIdle', `is ${maxIdle}, less than minIdle (${minIdle})`);
  }
  if (autoscale !== undefined && autoscale.min > autoscale.max) {
    say('autoscale', `min is ${autoscale.min}, more than max (${autoscale.max})`);
  }
  if (maxIdle !== undefined && maxIdle < min)
    say('maxIdle', `is ${maxIdle}, less than min (${min})`);
});

/**
 * Checks the options of a pool and fills in the defaults.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with every problem
 */
export function resolveOptions<T>(input: PoolOptions<T> | undefined): ResolvedOptions<T> {
  const known = Object.keys(schema.shape);
  const {
    maxIdle,
    maxCreating,
    clock: given,
    ...rest
  } = parseOptions(consistent, input ?? {}, 'createPool options', known);
  // A pool that follows its load begins at its least size.
  const { autoscale } = rest;
  const [min, max] =
    autoscale === undefined ? [rest.min, rest.max] : [autoscale.min, autoscale.min];
  return {
    ...rest,
    min,
    max,
    autoscale,
    strategy: rest.strategy as Strategy<T>,
    maxIdle: Math.min(maxIdle ?? max, max),
    maxCreating: maxCreating ?? Math.min(4, autoscale?.max ?? max),
    clock: given ?? systemClock,
  };
}

/** One option, for the documentation's table. */
export interface OptionDescription {
  readonly name: string;
  /** As written in code; `''` where the description tells it. */
  readonly defaultValue: string;
  readonly description: string;
}

/** The names of all options. */
export const OPTION_NAMES: readonly string[] = Object.keys(schema.shape);

/** Every option of a pool in the order of the schema. */
export function describeOptions(): readonly OptionDescription[] {
  const resolved = schema.parse({}) as Record<string, unknown>;
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    defaultValue: shown(asWritten(field) ?? resolved[name]),
    description: field.description ?? '',
  }));
}

/** The default as somebody would write it: `false`, although the pool then reads a share of 0. */
function asWritten(field: z.ZodType): unknown {
  const written = field instanceof z.ZodPrefault ? field.def.defaultValue : undefined;
  return typeof written === 'object' ? undefined : written;
}

function shown(value: unknown): string {
  if (value === undefined) return '';
  if (value === NO_LIMIT) return 'Infinity';
  return JSON.stringify(value);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
