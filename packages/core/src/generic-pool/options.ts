import type { PoolOptions } from '../contract/options.js';
import { unknownKeys } from '../contract/parse.js';
import { PoolOptionsError } from '../errors.js';

/** The options of generic-pool 3.9. Nonsense is repaired in silence, as there. Durations are in milliseconds. */
export interface Options {
  /** Resources at once; at least 1. Default 1. */
  max?: number | undefined;
  /** Resources to keep; at most `max`. Default 0. */
  min?: number | undefined;
  /** Callers that may wait at once while the pool is at its `max`. Default no limit. */
  maxWaitingClients?: number | undefined;
  /** Check before lending; needs `factory.validate`. Default false. */
  testOnBorrow?: boolean | undefined;
  /** Check after each loan, where there is a `factory.validate`. Default false. */
  testOnReturn?: boolean | undefined;
  /** Longest wait of an `acquire`. Default no limit. */
  acquireTimeoutMillis?: number | undefined;
  /** After this a `destroy` counts as failed. Default no limit. */
  destroyTimeoutMillis?: number | undefined;
  /** Lend the one that has been idle for longest, rather than the one used last. Default true. */
  fifo?: boolean | undefined;
  /** Classes of priority; 0 is the most urgent. Default 1, at most 10,000. */
  priorityRange?: number | undefined;
  /** Start in the constructor, rather than with `start()` or the first `acquire`. Default true. */
  autostart?: boolean | undefined;
  /** How often to look for resources that have been idle for too long. Default 0: never. */
  evictionRunIntervalMillis?: number | undefined;
  /** How many idle resources to look at each time. Default 3. */
  numTestsPerEvictionRun?: number | undefined;
  /** Idle for longer, with more than `min` idle: may be ended. Default -1: never. */
  softIdleTimeoutMillis?: number | undefined;
  /** Idle for longer: ended, below `min` too. Default 30,000. */
  idleTimeoutMillis?: number | undefined;
  /** The class of the promises that the pool returns. Default the native one. */
  Promise?: PromiseConstructorLike | null | undefined;
  /** What generic-pool does not have. */
  rockpool?: RockpoolOptions | undefined;
}

/**
 * Options of the pool underneath. Without `createTimeoutMs` and `validateTimeoutMs` there is no limit. `createRetry`
 * is `{ maxAttempts: 1, initialMs: 10, maxMs: 1_000, factor: 2, jitter: 0.5, onGiveUp: 'keep-waiters' }`, in which
 * `onGiveUp: 'reject-waiters'` tells a failure to the caller instead of trying for ever.
 */
export type RockpoolOptions = Pick<
  PoolOptions<unknown>,
  'name' | 'clock' | 'createTimeoutMs' | 'validateTimeoutMs' | 'createRetry'
>;

const EXTRAS: readonly (keyof RockpoolOptions)[] = [
  'name',
  'clock',
  'createTimeoutMs',
  'validateTimeoutMs',
  'createRetry',
];

/** Options after their repair. Values that generic-pool keeps as they are, strings too, are kept here. */
export interface RepairedOptions {
  readonly max: number;
  /** May be negative, which is no minimum. */
  readonly min: number;
  /** NaN: no limit. */
  readonly maxWaitingClients: number;
  readonly testOnBorrow: boolean;
  readonly testOnReturn: boolean;
  /** `undefined`: no limit. NaN or negative: every `acquire` throws. */
  readonly acquireTimeoutMillis: number | undefined;
  /** `undefined` or NaN: no limit. */
  readonly destroyTimeoutMillis: number | undefined;
  readonly fifo: boolean;
  readonly priorityRange: number;
  readonly autostart: boolean;
  readonly evictionRunIntervalMillis: number;
  readonly numTestsPerEvictionRun: number;
  readonly softIdleTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
  readonly Promise: PromiseConstructorLike;
  readonly rockpool: RockpoolOptions;
}

const MOST_PRIORITIES = 10_000;

/**
 * Repairs options as generic-pool does.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` for unknown names in `rockpool`, which has no past to be true to
 */
export function repairOptions(input: Options | null | undefined): RepairedOptions {
  const given: Options = input || {};
  const max = Math.max(integer(given.max) ?? 1, 1);
  return {
    max,
    min: Math.min(integer(given.min) ?? 0, max),
    maxWaitingClients: integer(given.maxWaitingClients) ?? Number.NaN,
    testOnBorrow: flag(given.testOnBorrow, false),
    testOnReturn: flag(given.testOnReturn, false),
    acquireTimeoutMillis: limit(given.acquireTimeoutMillis),
    destroyTimeoutMillis: limit(given.destroyTimeoutMillis),
    fifo: flag(given.fifo, true),
    priorityRange: Math.min(Math.max(Number(given.priorityRange || 1) | 0, 1), MOST_PRIORITIES),
    autostart: flag(given.autostart, true),
    evictionRunIntervalMillis: given.evictionRunIntervalMillis || 0,
    numTestsPerEvictionRun: given.numTestsPerEvictionRun || 3,
    softIdleTimeoutMillis: given.softIdleTimeoutMillis || -1,
    idleTimeoutMillis: given.idleTimeoutMillis || 30_000,
    Promise: given.Promise ?? Promise,
    rockpool: extras(given.rockpool ?? {}),
  };
}

function flag(value: unknown, byDefault: boolean): boolean {
  return typeof value === 'boolean' ? value : byDefault;
}

/** Also out of a text, whose tail may be anything; `undefined` when there is no number in it. */
function integer(value: unknown): number | undefined {
  const number = Number.parseInt(String(value), 10);
  return Number.isNaN(number) ? undefined : number;
}

function limit(value: unknown): number | undefined {
  return value ? (integer(value) ?? Number.NaN) : undefined;
}

function extras(given: RockpoolOptions): RockpoolOptions {
  const problems = unknownKeys(given, EXTRAS).map(({ path, message }) => ({
    path: `rockpool.${path}`,
    message,
  }));
  if (problems.length > 0) throw new PoolOptionsError('createPool options', problems);
  return given;
}
