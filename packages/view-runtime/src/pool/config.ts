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
 * other, whether it is idle or not · `random` any, whether it is idle or not. A view with an `affinityKey` goes to the
 * runtime of its key in every case.
 */
export type Dispatch = 'least-busy' | 'round-robin' | 'random';

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

/** {@link ViewPoolConfig} with its defaults, checked. */
export interface ResolvedViewPoolConfig {
  readonly poolSize: number;
  /** As it was given: `undefined` means that it follows `poolSize`. */
  readonly maxConcurrentRequests?: number | undefined;
  readonly maxQueue: number;
  readonly acquireTimeoutMs: number;
  readonly deadlineMs: number;
  readonly abortGraceMs: number;
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
  dispatch: z
    .enum(['least-busy', 'round-robin', 'random'], {
      error: 'must be least-busy, round-robin or random',
    })
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
const schema: z.ZodType<ResolvedViewPoolConfig, ViewPoolConfig> = z.strictObject(shape);

/** @throws PoolOptionsError `ERR_POOL_OPTIONS` with every problem */
export function resolveViewPoolConfig(config: ViewPoolConfig | undefined): ResolvedViewPoolConfig {
  return parseOptions(schema, config ?? {}, 'ViewPool config', Object.keys(shape));
}

/** The concurrency a pool of `poolSize` runtimes has when none was chosen. */
export function defaultConcurrency(poolSize: number): number {
  return poolSize * 2;
}
