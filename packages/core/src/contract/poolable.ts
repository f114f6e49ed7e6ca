/** A value, or a promise of it. Hooks that answer at once are never awaited. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** When a resource is checked. */
export type TestPhase = 'create' | 'borrow' | 'return' | 'idle';

/**
 * Why a resource was ended.
 *
 * `idle` unused for too long · `lifetime` too old · `uses` lent too often · `invalid` a check failed · `unhealthy` its
 * score fell below `minHealth` · `reset-failed` it could not be cleaned · `borrower` its borrower destroyed it ·
 * `died` it announced its own death · `memory` it used more than `memoryLimitBytes`, or memory was short · `stale` older than the last `clear()` while on loan · `shrink` the pool became
 * smaller · `surplus` more idle than `maxIdle` · `abandoned` a lease that never came back, or a creation that came too
 * late · `clear` idle at `clear()` · `close` the pool closed
 */
export type DestroyReason =
  | 'idle'
  | 'lifetime'
  | 'uses'
  | 'invalid'
  | 'unhealthy'
  | 'reset-failed'
  | 'borrower'
  | 'died'
  | 'memory'
  | 'stale'
  | 'shrink'
  | 'surplus'
  | 'abandoned'
  | 'clear'
  | 'close';

/** Every reason, in the order of the documentation. */
export const DESTROY_REASONS: readonly DestroyReason[] = [
  'idle',
  'lifetime',
  'uses',
  'invalid',
  'unhealthy',
  'reset-failed',
  'borrower',
  'died',
  'memory',
  'stale',
  'shrink',
  'surplus',
  'abandoned',
  'clear',
  'close',
];

/**
 * What the pool knows about one resource; handed to every hook, selector and event. A live view: it shows the state
 * at the moment of reading. Times are in milliseconds of the pool's clock.
 */
export interface ResourceInfo {
  /** Never reused within a pool. */
  readonly id: number;
  /** A UUID for logs and events, made on first reading. */
  readonly uuid: string;
  /** How often the pool had been cleared when this resource was made. */
  readonly generation: number;
  readonly createdAt: number;
  /** When it was last lent or given back, to the accuracy of the pool's coarse clock. */
  readonly lastUsedAt: number;
  /** Since when it has been idle, or `undefined` while it is not. */
  readonly idleSince: number | undefined;
  /** How often it has been lent. */
  readonly uses: number;
  /** Leases on it now. */
  readonly leases: number;
  /** Failures reported by leases and hooks. */
  readonly errors: number;
  /** 0 (unusable) to 100 (perfect); see `policy/scoring`. */
  readonly health: number;
  /** What it used when it was measured last, in bytes; 0 when it does not say. */
  readonly memoryBytes: number;
}

/** Handed to `validate`, `reset` and `destroy`. */
export interface HookContext {
  readonly info: ResourceInfo;
  /** Aborts when the hook's time limit has passed, or the pool is closed by force. */
  readonly signal: AbortSignal;
}

/** Handed to `validate`. */
export interface ValidateContext extends HookContext {
  readonly phase: TestPhase;
}

/** Handed to `destroy`. */
export interface DestroyContext extends HookContext {
  readonly reason: DestroyReason;
}

/** Handed to `create`. */
export interface CreateContext {
  /** The id the resource will have. */
  readonly id: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborts at `createTimeoutMs` and when the pool is closed; never because one borrower gave up. */
  readonly signal: AbortSignal;
  /**
   * To be called when the resource dies on its own (a socket closes, a worker exits). Idle: it is removed and
   * replaced. On loan: `lease.signal` aborts and it is not lent again. May be called at any time, also twice.
   */
  readonly died: (error?: unknown) => void;
}

/**
 * The trait of a pooled object: optional methods it may bring along. A hook of the factory wins over the method of
 * the same name. `object &` keeps TypeScript from rejecting plain objects that have none of them.
 */
export type Poolable = object & {
  /** Runs in the moment of lending, synchronously; a throw destroys the resource and the next one is tried. */
  onAcquire?(info: ResourceInfo): void;
  /**
   * Whether the resource may be lent: `false` (or a rejection) ends it; a number from 0 to 1 is its health; anything
   * else is good.
   */
  validate?(context: ValidateContext): MaybePromise<boolean | number | void>;
  /** Another name for `validate`, as the trait of the seed calls it. Used when there is no `validate`. */
  isHealthy?(context: ValidateContext): MaybePromise<boolean>;
  /** Cleans the resource after a loan. `false` (or a rejection) means: do not use it again. */
  reset?(context: HookContext): MaybePromise<boolean | void>;
  /** Ends the resource. Runs exactly once. */
  destroy?(context: DestroyContext): MaybePromise<void>;
  /**
   * How much memory it uses now, in bytes. Asked when it was made, after each loan, and whenever somebody measures;
   * so it must be quick. What is not a number of at least 0 is told as a `warn` event and changes nothing.
   */
  memoryBytes?(): number;
};

/** How the resources of a pool are made, checked, cleaned and ended. */
export interface PoolFactory<T> {
  /** Makes a resource. A rejection is retried as `createRetry` says. */
  create(context: CreateContext): MaybePromise<T>;
  /** See {@link Poolable}. */
  validate?(resource: T, context: ValidateContext): MaybePromise<boolean | number | void>;
  /** See {@link Poolable}. */
  reset?(resource: T, context: HookContext): MaybePromise<boolean | void>;
  /** See {@link Poolable}. */
  destroy?(resource: T, context: DestroyContext): MaybePromise<void>;
  /** See {@link Poolable}. */
  memoryBytes?(resource: T): number;
}
