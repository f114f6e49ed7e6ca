import type { ChooseRuntime, Dispatch } from './config.js';
import type { ThreadStats } from './thread-stats.js';

/** The part of the configuration that statistics show. */
export interface ViewPoolConfigSnapshot {
  readonly poolSize: number;
  readonly maxConcurrentRequests: number | undefined;
  readonly enableLogging: boolean;
  /** `custom` for a function. */
  readonly dispatch: Exclude<Dispatch, ChooseRuntime> | 'custom';
}

/** The numbers of {@link ViewPoolStats}. */
export interface ViewPoolNumbers {
  /** Runtimes the pool is to have now. */
  readonly poolSize: number;
  /** Requests that would be admitted at once now. */
  readonly availablePermits: number;
  /** Requests admitted at once at most. */
  readonly maxConcurrentRequests: number;
  /** Requests admitted so far, whatever became of them. */
  readonly totalRequestsProcessed: number;
  readonly config: ViewPoolConfigSnapshot;
}

/** What upstream does not count. */
export interface ViewPoolExtras {
  /** Runtimes that are ready or busy now; less than `poolSize` while one is replaced. */
  readonly liveRuntimes: number;
  /** Requests that wait for admission. */
  readonly queued: number;
  readonly succeeded: number;
  /** Ended by an error of the guest, or of the runtime. */
  readonly failed: number;
  readonly aborted: number;
  /** Stopped at their deadline. */
  readonly deadlines: number;
  /** Refused because too many waited, or waited for too long. */
  readonly refused: number;
  /** Runtimes that were ended in the middle of a view, or died. */
  readonly replaced: number;
  readonly peakActive: number;
  /** Mean time from admission to the end, in ms. */
  readonly meanMs: number;
  /** Sums over the runtimes that are alive. */
  readonly runtimes: ThreadStats;
}

/** A snapshot of a view pool. */
export class ViewPoolStats implements ViewPoolNumbers {
  readonly poolSize: number;
  readonly availablePermits: number;
  readonly maxConcurrentRequests: number;
  readonly totalRequestsProcessed: number;
  readonly config: ViewPoolConfigSnapshot;
  readonly extras: ViewPoolExtras | undefined;

  constructor(numbers: ViewPoolNumbers, extras?: ViewPoolExtras) {
    this.poolSize = numbers.poolSize;
    this.availablePermits = numbers.availablePermits;
    this.maxConcurrentRequests = numbers.maxConcurrentRequests;
    this.totalRequestsProcessed = numbers.totalRequestsProcessed;
    this.config = numbers.config;
    this.extras = extras;
  }

  /** Requests that are running or wait for their runtime. */
  activeRequests(): number {
    return Math.max(0, this.maxConcurrentRequests - this.availablePermits);
  }

  /** `activeRequests` in per cent of `maxConcurrentRequests`. */
  utilizationPercentage(): number {
    if (this.maxConcurrentRequests === 0) return 0;
    return (this.activeRequests() / this.maxConcurrentRequests) * 100;
  }

  /** The fields of upstream under their names there. */
  toUpstreamJSON(): Readonly<Record<string, unknown>> {
    return {
      pool_size: this.poolSize,
      available_permits: this.availablePermits,
      max_concurrent_requests: this.maxConcurrentRequests,
      total_requests_processed: this.totalRequestsProcessed,
      config: {
        pool_size: this.config.poolSize,
        max_concurrent_requests: this.config.maxConcurrentRequests ?? null,
        enable_logging: this.config.enableLogging,
      },
    };
  }
}
