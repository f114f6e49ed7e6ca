import { parseOptions } from '@rockpool/core';
import { z } from 'zod';
import { type CacheMode, DEFAULT_CACHE_LIMIT_BYTES } from '../cache/caches.js';
import { quietLogger, type ViewLogger } from '../log.js';
import type { KeyValueStore } from '../store/store.js';

/** What a runtime reports. */
export type RuntimeEvent =
  | { readonly kind: 'runtime.created' }
  | { readonly kind: 'stateful.enabled' }
  | { readonly kind: 'stateful.failed'; readonly error: unknown }
  | { readonly kind: 'stateful.disabled' };

/** When a kept instance is replaced, beside every change of the store. */
export interface RecycleOptions {
  /** After so many views. Default 10,000. */
  readonly maxUses?: number | undefined;
  /** When its memory has more pages of 64 KiB. Default 4,096, which is 256 MiB. */
  readonly maxPages?: number | undefined;
  /**
   * Whether what the guest remembers names the height it belongs to, so that one instance may serve several heights
   * and outlive new blocks. Default `'declared'`: if the module exports `__height_safe` (a function or a global that
   * is not 0).
   */
  readonly heightSafe?: boolean | 'declared' | undefined;
}

/** How the host's caches share their memory. */
export interface CacheOptions {
  /** Default `'view'`. */
  readonly mode?: CacheMode | undefined;
  /** In all. Default 1 GiB. */
  readonly limitBytes?: number | undefined;
}

/** The options of a runtime. All are optional; durations are in milliseconds. */
export interface RuntimeOptions {
  /** Where blocks are kept. Default a new store in memory. */
  readonly store?: KeyValueStore | undefined;
  /**
   * Whether one instance is kept between views, and when it is made: `eager` with the runtime, `lazy` with the first
   * view, `off` a fresh instance for each view. Default `'eager'`.
   */
  readonly statefulViews?: 'eager' | 'lazy' | 'off' | undefined;
  readonly recycle?: RecycleOptions | undefined;
  readonly cache?: CacheOptions | undefined;
  /** Stops a view that takes longer, by interrupting this thread; 0 = no limit. Default 0. */
  readonly deadlineMs?: number | undefined;
  /** Default: nothing is logged, warnings become warnings of the process. */
  readonly logger?: ViewLogger | undefined;
  readonly onEvent?: ((event: RuntimeEvent) => void) | undefined;
}

const whole = (least: number) =>
  z.number(`must be a whole number of at least ${least}`).int('must be a whole number').min(least);
const hasMethods = (names: readonly string[]) => (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');

export const recycleSchema: z.ZodType<ResolvedRecycle, RecycleOptions> = z.strictObject({
  maxUses: whole(1).default(10_000),
  maxPages: whole(1).default(4_096),
  heightSafe: z.union([z.boolean(), z.literal('declared')]).default('declared'),
});

/** {@link RecycleOptions} with its defaults. */
export interface ResolvedRecycle {
  readonly maxUses: number;
  readonly maxPages: number;
  readonly heightSafe: boolean | 'declared';
}

export const cacheSchema: z.ZodType<ResolvedCache, CacheOptions> = z.strictObject({
  mode: z.enum(['indexer', 'view'], { error: 'must be indexer or view' }).default('view'),
  limitBytes: whole(4_096).default(DEFAULT_CACHE_LIMIT_BYTES),
});

/** {@link CacheOptions} with its defaults. */
export interface ResolvedCache {
  readonly mode: CacheMode;
  readonly limitBytes: number;
}

export const loggerSchema: z.ZodType<ViewLogger, ViewLogger> = z.custom<ViewLogger>(
  hasMethods(['debug', 'info', 'warn', 'error']),
  'must be a logger: an object with debug(), info(), warn() and error()',
);

export const deadlineSchema: z.ZodType<number, number> = z
  .number('must be milliseconds: a number of at least 0, where 0 means no limit')
  .min(0)
  .max(2_147_483_647);

const schema: z.ZodType<ResolvedRuntimeOptions, RuntimeOptions> = z.strictObject({
  store: z
    .custom<KeyValueStore>(
      hasMethods(['get', 'mark', 'commit', 'rollback']),
      'must be a KeyValueStore, such as new LmdbStore(folder)',
    )
    .optional(),
  statefulViews: z
    .enum(['eager', 'lazy', 'off'], { error: 'must be eager, lazy or off' })
    .default('eager'),
  recycle: recycleSchema.prefault({}),
  cache: cacheSchema.prefault({}),
  deadlineMs: deadlineSchema.default(0),
  logger: loggerSchema.default(quietLogger),
  onEvent: z
    .custom<(event: RuntimeEvent) => void>(
      (value) => typeof value === 'function',
      'must be a function',
    )
    .default(() => () => {}),
});

const OPTION_NAMES = [
  'store',
  'statefulViews',
  'recycle',
  'cache',
  'deadlineMs',
  'logger',
  'onEvent',
];

/** {@link RuntimeOptions} with its defaults, checked. */
export interface ResolvedRuntimeOptions {
  readonly store?: KeyValueStore | undefined;
  readonly statefulViews: 'eager' | 'lazy' | 'off';
  readonly recycle: ResolvedRecycle;
  readonly cache: ResolvedCache;
  readonly deadlineMs: number;
  readonly logger: ViewLogger;
  readonly onEvent: (event: RuntimeEvent) => void;
}

/** @throws PoolOptionsError `ERR_POOL_OPTIONS` with every problem */
export function resolveRuntimeOptions(options: RuntimeOptions | undefined): ResolvedRuntimeOptions {
  return parseOptions(schema, options ?? {}, 'MetashrewRuntime options', OPTION_NAMES);
}
