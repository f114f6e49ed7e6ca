import { z } from 'zod';
import type { PoolOptions } from '../contract/options.js';
import { parseOptions, unknownKeys } from '../contract/parse.js';
import type {
  CreateContext,
  DestroyContext,
  HookContext,
  MaybePromise,
  ValidateContext,
} from '../contract/poolable.js';
import { OPTION_NAMES } from '../contract/schema.js';
import { PoolOptionsError } from '../errors.js';

/** What the contexts of a keyed pool's hooks carry in addition. */
export interface WithKey<K> {
  readonly key: K;
}

/** How the resources of a keyed pool are made and ended; as {@link PoolFactory}, and each hook is told the key. */
export interface KeyedFactory<K, T> {
  create(context: CreateContext & WithKey<K>): MaybePromise<T>;
  validate?(
    resource: T,
    context: ValidateContext & WithKey<K>,
  ): MaybePromise<boolean | number | void>;
  reset?(resource: T, context: HookContext & WithKey<K>): MaybePromise<boolean | void>;
  destroy?(resource: T, context: DestroyContext & WithKey<K>): MaybePromise<void>;
}

/** The options of a keyed pool: those of the pool of each key, and these. */
export interface KeyedPoolOptions<K, T> extends Omit<PoolOptions<T>, 'max' | 'keepProcessAlive'> {
  /** Resources under all keys together. Default no limit. */
  readonly maxTotal?: number | undefined;
  /** Resources under one key. Default 10. */
  readonly maxPerKey?: number | undefined;
  /** Keys at once; for a further one the idle key that was used least recently is closed. Default 1,000. */
  readonly maxKeys?: number | undefined;
  /** What keys are told apart by. Default the key itself: primitives by value, objects by identity. */
  readonly hash?: ((key: K) => string | number) | undefined;
  /** A freed place goes to the key whose waiter came first, even if another key must give up a resource for it. Default true. */
  readonly fairAcrossKeys?: boolean | undefined;
}

/** The part of the options that is not the pools' own. */
export interface KeyedLimits<K> {
  readonly maxTotal: number;
  readonly maxPerKey: number;
  readonly maxKeys: number;
  readonly hash: (key: K) => unknown;
  readonly fairAcrossKeys: boolean;
}

const places = z.union([z.literal(Number.POSITIVE_INFINITY), z.number().int().min(1)], {
  error: 'must be a whole number of at least 1, or Infinity for no limit',
});

const schema = z.strictObject({
  maxTotal: places.default(Number.POSITIVE_INFINITY),
  maxPerKey: places.default(10),
  maxKeys: z.number('must be a whole number of at least 1').int().min(1).default(1_000),
  hash: z
    .custom<(key: never) => unknown>(
      (value) => typeof value === 'function',
      'must be a function of a key',
    )
    .default(() => identity),
  fairAcrossKeys: z.boolean('must be true or false').default(true),
});

/**
 * Splits the options into the keyed pool's own and those of each key's pool; the latter are checked when a pool is
 * made, and once at the start by {@link KeyedPool} itself.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`
 */
export function splitOptions<K, T>(
  options: KeyedPoolOptions<K, T>,
): { readonly limits: KeyedLimits<K>; readonly perKey: PoolOptions<T> } {
  const known = [...Object.keys(schema.shape), ...OPTION_NAMES.filter((name) => name !== 'max')];
  const problems = unknownKeys(options, known);
  if (problems.length > 0) throw new PoolOptionsError('createKeyedPool options', problems);
  const { maxTotal, maxPerKey, maxKeys, hash, fairAcrossKeys, ...perKey } = options;
  const own = { maxTotal, maxPerKey, maxKeys, hash, fairAcrossKeys };
  const limits = parseOptions(schema, own, 'createKeyedPool options') as KeyedLimits<K>;
  return { limits, perKey: { ...perKey, max: Math.min(limits.maxPerKey, limits.maxTotal) } };
}

function identity(key: unknown): unknown {
  return key;
}
