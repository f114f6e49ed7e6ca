import type { Clock } from '../time/clock.js';
import type { ResourceInfo } from './poolable.js';

/** An idle resource as a selector sees it. */
export interface Candidate<T> {
  readonly resource: T;
  readonly info: ResourceInfo;
}

/** An idle resource that can be ended, for an eviction policy of one's own. */
export interface IdleResource<T> extends Candidate<T> {
  /** Ends it now. False: it is not idle any more. */
  evict(): boolean;
}

/**
 * Chooses among idle resources, oldest idle first. Returns the index of its choice; `undefined` or an index out of
 * range means: none of these, create or wait.
 */
export type Selector<T> = (idle: readonly Candidate<T>[]) => number | undefined;

/**
 * Which idle resource is lent.
 *
 * `lifo` the one used last (warm, and lets the others age out) · `fifo` the one idle for longest · `round-robin` as
 * `fifo`, and shared resources take turns · `least-used` the one lent least often · `healthiest` the best score, in
 * steps of 12.5 points, warmest first · `random` · or a selector of one's own. The first three and `healthiest` cost
 * the same for any number of idle resources; the others look at each.
 */
export type Strategy<T> =
  | 'lifo'
  | 'fifo'
  | 'round-robin'
  | 'least-used'
  | 'healthiest'
  | 'random'
  | Selector<T>;

/** The named strategies. */
export const STRATEGIES = [
  'lifo',
  'fifo',
  'round-robin',
  'least-used',
  'healthiest',
  'random',
] as const;

/** How often and how fast a failed creation is tried again. */
export interface CreateRetry {
  /** Attempts in all, the first one included. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** Wait before the second attempt, in ms. Default 100. */
  readonly initialMs?: number | undefined;
  /** Longest wait, in ms. Default 5,000. */
  readonly maxMs?: number | undefined;
  /** Each wait is this many times the last one. Default 2. */
  readonly factor?: number | undefined;
  /** Share of each wait that is left to chance, 0 to 1. Default 0.5. */
  readonly jitter?: number | undefined;
  /**
   * What becomes of those in line when all attempts have failed. `reject-waiters`: they are rejected with the cause.
   * `keep-waiters`: they stay in line until their deadline, and new creations are tried, each after a longer wait, for
   * as long as anybody wants one. Default `'reject-waiters'`.
   */
  readonly onGiveUp?: GiveUpPolicy | undefined;
}

/** See {@link CreateRetry.onGiveUp}. */
export type GiveUpPolicy = 'reject-waiters' | 'keep-waiters';

/** How a pool follows its load. */
export interface Autoscale {
  /** Least size; also the resources that are kept warm. */
  readonly min: number;
  /** Largest size. */
  readonly max: number;
  /** The size is chosen so that this share of it is busy. Default 0.8. */
  readonly targetUtilization?: number | undefined;
  /** A longer wait asks for one more resource. Default 100. */
  readonly maxWaitMs?: number | undefined;
  /** Grow when more was wanted for so long. Default 1,000. */
  readonly scaleUpAfterMs?: number | undefined;
  /** Shrink when less was wanted for so long. Default 60,000. */
  readonly scaleDownAfterMs?: number | undefined;
}

/** How much a pool measures. */
export type StatsLevel = 'counters' | 'sampled' | 'exact';

/** The options of a pool. All are optional; durations are in milliseconds. */
export interface PoolOptions<T> {
  /** Shown in errors, events and metrics. Default `'pool'`. */
  readonly name?: string | undefined;
  /** Resources the pool keeps, idle or not. Default 0. */
  readonly min?: number | undefined;
  /** Resources the pool may have at once, those being made or ended included. Default 10. */
  readonly max?: number | undefined;
  /** Idle resources to hold ready beyond those on loan, within `max`. Default 0. */
  readonly minIdle?: number | undefined;
  /** Idle resources to keep at most; a returned one above it is ended. Default `max`. */
  readonly maxIdle?: number | undefined;
  /** Creations at once. Default the smaller of 4 and `max`. */
  readonly maxCreating?: number | undefined;
  /** Let `min` and `max` follow the load. Takes the place of these two. Default off. */
  readonly autoscale?: Autoscale | undefined;
  /** Leases one resource may have at once. Default 1. */
  readonly concurrency?: number | undefined;
  /** Default `'lifo'`. */
  readonly strategy?: Strategy<T> | undefined;
  /** Start to create `min` resources at once, rather than at `start()` or the first `acquire`. Default true. */
  readonly autostart?: boolean | undefined;

  /** Callers that may wait at once. Default no limit. */
  readonly maxQueue?: number | undefined;
  /** Classes of priority; 0 is the most urgent. Default 1. */
  readonly priorities?: number | undefined;
  /** A waiter gains one class on later ones for each such time it has waited; 0 = never. Default 1,000. */
  readonly agingMs?: number | undefined;
  /** From the call of `acquire` to the lease; 0 = no limit. Default 30,000. */
  readonly acquireTimeoutMs?: number | undefined;

  /** One attempt to create; 0 = no limit. Default 30,000. */
  readonly createTimeoutMs?: number | undefined;
  /** What to do when an attempt fails; `false` = give up at once. */
  readonly createRetry?: CreateRetry | false | undefined;

  /** Check a new resource before it is used. Default false. */
  readonly testOnCreate?: boolean | undefined;
  /** Check before lending, unless it was used within `validateAfterIdleMs`. Never a brand-new one. Default false. */
  readonly testOnBorrow?: boolean | undefined;
  /** Check after each loan. Default false. */
  readonly testOnReturn?: boolean | undefined;
  /** Check idle ones every `keepAliveMs`. Default false. */
  readonly testWhileIdle?: boolean | undefined;
  /** A resource used more recently than this is not checked on borrow (as HikariCP does). Default 500. */
  readonly validateAfterIdleMs?: number | undefined;
  /** One check; a later answer counts as invalid; 0 = no limit. Default 5,000. */
  readonly validateTimeoutMs?: number | undefined;
  /** One reset; a later answer counts as failed; 0 = no limit. Default 5,000. */
  readonly resetTimeoutMs?: number | undefined;
  /** How often `testWhileIdle` checks each idle resource. Default 30,000. */
  readonly keepAliveMs?: number | undefined;

  /** Idle for longer: ended, down to `min` and `minIdle`; 0 = never. Default 30,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** Idle for longer: ended, below `min` too; 0 = never. Default 0. */
  readonly hardIdleTimeoutMs?: number | undefined;
  /** Older: ended when next idle; 0 = never. Default 0. */
  readonly maxLifetimeMs?: number | undefined;
  /** Each lifetime is shortened by up to this share, so that equal birth is not equal death. Default 0.25. */
  readonly jitter?: number | undefined;
  /** Ended after so many loans. Default no limit. */
  readonly maxUses?: number | undefined;
  /** One `destroy`; afterwards its place is free all the same; 0 = no limit. Default 5,000. */
  readonly destroyTimeoutMs?: number | undefined;
  /** `close()` waits so long for leases; then they are abandoned; 0 = no limit. Default 30,000. */
  readonly closeTimeoutMs?: number | undefined;

  /** A lease held for longer is reported as a `leak`; 0 = never. Default 0. */
  readonly leakThresholdMs?: number | undefined;
  /** A lease held for longer is taken away and its resource destroyed; 0 = never. Default 0. */
  readonly reclaimAfterMs?: number | undefined;
  /** Show in leak reports where the lease was acquired: never, always, or for a share (0 to 1) of them. Default false. */
  readonly captureStacks?: boolean | number | undefined;
  /**
   * Notice leases that were dropped without release when the garbage collector finds them, and replace their resource:
   * never, always, or for a share (0 to 1) of them. Default false.
   */
  readonly trackCollectedLeases?: boolean | number | undefined;

  /** What one resource may use, in bytes, as its `memoryBytes` tells; one that uses more is ended. Default no limit. */
  readonly memoryLimitBytes?: number | undefined;
  /**
   * What all may use together, in bytes. From three quarters of it on, idle resources are ended down to `min`, the
   * largest first; once it is reached, creations fail with MemoryLimitExceededError. Default no limit.
   */
  readonly poolMemoryLimitBytes?: number | undefined;
  /** A resource whose score falls below this is replaced; 0 to 100. Default 0. */
  readonly minHealth?: number | undefined;
  /** `counters` no durations · `sampled` durations of a part of the loans · `exact` of all. Default `'sampled'`. */
  readonly stats?: StatsLevel | undefined;
  /** The pool holds the process until it is closed. Default false: an idle pool lets it exit. */
  readonly keepProcessAlive?: boolean | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

/** {@link Autoscale} with its defaults. */
export interface AutoscalePlan {
  readonly min: number;
  readonly max: number;
  readonly targetUtilization: number;
  readonly maxWaitMs: number;
  readonly scaleUpAfterMs: number;
  readonly scaleDownAfterMs: number;
}

/** {@link CreateRetry} with its defaults. */
export interface RetryPlan {
  readonly maxAttempts: number;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  readonly jitter: number;
  readonly onGiveUp: GiveUpPolicy;
}

/** {@link PoolOptions} with its defaults, checked. */
export interface ResolvedOptions<T> {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly minIdle: number;
  readonly maxIdle: number;
  readonly maxCreating: number;
  readonly autoscale: AutoscalePlan | undefined;
  readonly concurrency: number;
  readonly strategy: Strategy<T>;
  readonly autostart: boolean;
  readonly maxQueue: number;
  readonly priorities: number;
  readonly agingMs: number;
  readonly acquireTimeoutMs: number;
  readonly createTimeoutMs: number;
  readonly createRetry: RetryPlan;
  readonly testOnCreate: boolean;
  readonly testOnBorrow: boolean;
  readonly testOnReturn: boolean;
  readonly testWhileIdle: boolean;
  readonly validateAfterIdleMs: number;
  readonly validateTimeoutMs: number;
  readonly resetTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly idleTimeoutMs: number;
  readonly hardIdleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly jitter: number;
  readonly maxUses: number;
  readonly destroyTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly leakThresholdMs: number;
  readonly reclaimAfterMs: number;
  /** Shares, 0 to 1. */
  readonly captureStacks: number;
  readonly trackCollectedLeases: number;
  /** Infinity = no limit. */
  readonly memoryLimitBytes: number;
  readonly poolMemoryLimitBytes: number;
  readonly minHealth: number;
  readonly stats: StatsLevel;
  readonly keepProcessAlive: boolean;
  readonly clock: Clock;
}
