import { availableParallelism } from 'node:os';
import { type Clock, parseOptions, systemClock } from '@rockpool/core';
import { z } from 'zod';
import { quietLogger, type ViewLogger } from '../log.js';
import {
  type CacheOptions,
  cacheSchema,
  deadlineSchema,
  loggerSchema,
  type RecycleOptions,
  type ResolvedCache,
  type ResolvedRecycle,
  recycleSchema,
} from '../runtime/options.js';

/**
 * Which runtime gets a view.
 *
 * `least-busy` whichever is idle, the one idle for longest first; all wait in one line · `round-robin` one after the
 * other, whether it is idle or not · `random` any, whether it is idle or not · or a function of your own. A view with
 * an `affinityKey` goes to the runtime of its key in every case.
 */
export type Dispatch = 'least-busy' | 'round-robin' | 'random' | ChooseRuntime;

/**
 * Chooses a runtime for a view that has been admitted.
 * @returns an index of `runtimes`; anything else fails the view with `ERR_VIEW_ARGUMENT`
 */
export type ChooseRuntime = (
  view: { readonly name: string; readonly height: number },
  runtimes: readonly ChoosableRuntime[],
) => number;

/** A runtime as a {@link ChooseRuntime} sees it. */
export interface ChoosableRuntime {
  /** Its place in the pool; a replacement has the place of the one before it. */
  readonly place: number;
  /** Whether it runs a view now. */
  readonly busy: boolean;
}

/** How the size of a pool follows its load; the largest size is `poolSize`. Durations are in milliseconds. */
export interface ViewPoolAutoscale {
  /** Least size, kept warm. Default 1. */
  readonly min?: number | undefined;
  /** Grow when more was wanted for so long. Default 1,000. */
  readonly scaleUpAfterMs?: number | undefined;
  /** Shrink when less was wanted for so long. Default 60,000. */
  readonly scaleDownAfterMs?: number | undefined;
}

/** How a pool of view runtimes is made. All are optional; durations are in milliseconds. */
export interface ViewPoolConfig {
  /** Runtimes, each in a thread of its own. Default: the cores this process may use. */
  readonly poolSize?: number | undefined;
  /** Views that may be running or waiting for their runtime. Default twice `poolSize`. */
  readonly maxConcurrentRequests?: number | undefined;
  /** Views that may wait for one of these places; one more is refused. Default 10,000. */
  readonly maxQueue?: number | undefined;
  /** From the call to the moment a runtime takes the view; 0 = no limit. Default 30,000. */
  readonly acquireTimeoutMs?: number | undefined;
  /** A view that runs for longer is stopped and its runtime replaced; 0 = no limit. Default 30,000. */
  readonly deadlineMs?: number | undefined;
  /** How long a view whose caller has given up may go on before it is stopped. Default 100. */
  readonly abortGraceMs?: number | undefined;
  /** Let the size follow the load instead of having `poolSize` runtimes all the time. Default off. */
  readonly autoscale?: ViewPoolAutoscale | undefined;
  /** Default `'least-busy'`. */
  readonly dispatch?: Dispatch | undefined;
  /** Whether each runtime keeps its instance between views. Default `'on'`. */
  readonly statefulViews?: 'on' | 'off' | undefined;
  readonly recycle?: RecycleOptions | undefined;
  /** `limitBytes` is that of all runtimes together. */
  readonly cache?: CacheOptions | undefined;
  /** Log every view and what the guests print. Default false: warnings only. */
  readonly enableLogging?: boolean | undefined;
  readonly logger?: ViewLogger | undefined;
  /**
   * Where the program of a thread lies: for applications that are bundled into one file, which have to bundle
   * `view-worker.js` of this package as a file of its own. Default: beside this package's own files.
   */
  readonly workerUrl?: URL | undefined;
  /** The time of deadlines. Default that of the process. */
  readonly clock?: Clock | undefined;
}

/** {@link ViewPoolAutoscale} with its defaults. */
export interface ResolvedAutoscale {
  readonly min: number;
  readonly scaleUpAfterMs: number;
  readonly scaleDownAfterMs: number;
}

/** {@link ViewPoolConfig} with its defaults, checked. */
export interface ResolvedViewPoolConfig {
  readonly poolSize: number;
  /** As it was given: `undefined` means that it follows `poolSize`. */
  readonly maxConcurrentRequests?: number | undefined;
  readonly maxQueue: number;
  readonly acquireTimeoutMs: number;
  readonly deadlineMs: number;
  readonly abortGraceMs: number;
  readonly autoscale: ResolvedAutoscale | undefined;
  readonly dispatch: Dispatch;
  readonly statefulViews: 'on' | 'off';
  readonly recycle: ResolvedRecycle;
  readonly cache: ResolvedCache;
  readonly enableLogging: boolean;
  readonly logger: ViewLogger;
  readonly workerUrl?: URL | undefined;
  readonly clock: Clock;
}

const whole = (least: number) =>
  z.number(`must be a whole number of at least ${least}`).int('must be a whole number').min(least);

const shape = {
  poolSize: whole(1)
    .max(1_024)
    .default(() => availableParallelism()),
  maxConcurrentRequests: whole(1).optional(),
  maxQueue: whole(0).default(10_000),
  acquireTimeoutMs: deadlineSchema.default(30_000),
  deadlineMs: deadlineSchema.default(30_000),
  abortGraceMs: deadlineSchema.default(100),
  autoscale: z
    .strictObject({
      min: whole(1).default(1),
      scaleUpAfterMs: deadlineSchema.default(1_000),
      scaleDownAfterMs: deadlineSchema.default(60_000),
    })
    .optional(),
  dispatch: z
    .custom<Dispatch>(
      (value) =>
        typeof value === 'function' ||
        ['least-busy', 'round-robin', 'random'].includes(value as string),
      'must be least-busy, round-robin, random or a function',
    )
    .default('least-busy'),
  statefulViews: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  recycle: recycleSchema.prefault({}),
  cache: cacheSchema.prefault({}),
  enableLogging: z.boolean('must be true or false').default(false),
  logger: loggerSchema.default(quietLogger),
  workerUrl: z.instanceof(URL, { error: 'must be a URL' }).optional(),
  clock: z
    .custom<Clock>((value) => typeof value === 'object' && value !== null, 'must be a clock')
    .default(systemClock),
};
const schema: z.ZodType<ResolvedViewPoolConfig, ViewPoolConfig> = z
  .strictObject(shape)
  .refine(({ autoscale, poolSize }) => (autoscale?.min ?? 1) <= poolSize, {
    path: ['autoscale', 'min'],
    error: 'must not be more than poolSize',
  })
  // A key that is left out and one that is undefined are the same to who reads the result.
  .transform((config) => ({ autoscale: undefined, ...config }));

/** @throws PoolOptionsError `ERR_POOL_OPTIONS` with every problem */
export function resolveViewPoolConfig(config: ViewPoolConfig | undefined): ResolvedViewPoolConfig {
  return parseOptions(schema, config ?? {}, 'ViewPool config', Object.keys(shape));
}

/** The concurrency a pool of `poolSize` runtimes has when none was chosen. */
export function defaultConcurrency(poolSize: number): number {
  return poolSize * 2;
}
