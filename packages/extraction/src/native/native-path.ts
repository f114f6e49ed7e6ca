import type { PoolStats } from '@rockpool/core';
import { NativeExtractorPool } from '@rockpool/native-adapter';
import type { ResolvedExtractionPoolOptions } from '../options.js';
import type { ExtractionPath, PathCheckout, PathTimings, PoolStatus } from '../path.js';
import { NativeLease } from './native-lease.js';

/** Pages read in this process by pooled article extractors. */
export class NativePath implements ExtractionPath {
  readonly #pool: NativeExtractorPool;
  readonly #initialSize: number;
  readonly #lentBefore = new WeakSet<object>();
  #reused = 0;

  /** @throws ExtractError `ERR_EXTRACT_OPTIONS`: at once, not at the first page */
  constructor({ native, ...options }: ResolvedExtractionPoolOptions) {
    this.#pool = new NativeExtractorPool({ ...native, ...options });
    const { minPoolSize, initialPoolSize } = this.#pool.config;
    this.#initialSize = Math.max(minPoolSize, initialPoolSize);
    // A page needs neither of the other two kinds: none of them is kept.
    this.#pool.pools.css.resize({ min: 0 });
    this.#pool.pools.regex.resize({ min: 0 });
  }

  async checkout({ signal, timeoutMs, label }: PathCheckout): Promise<NativeLease> {
    const lease = await this.#pool.checkout('article', { signal, timeoutMs, label });
    if (this.#lentBefore.has(lease.resource)) this.#reused += 1;
    else this.#lentBefore.add(lease.resource);
    return new NativeLease(lease);
  }

  ready(): Promise<void> {
    return this.#pool.pools.article.ready({ idle: this.#initialSize });
  }

  status(): PoolStatus {
    const stats = this.#stats();
    return {
      state: openness(stats),
      total: stats.size,
      available: stats.idle,
      active: stats.borrowed,
      max: stats.max,
      waiting: stats.waiting,
      utilization: stats.utilization,
      health: stats.health,
    };
  }

  timings(): PathTimings {
    const { counters, destroyedBy, timings } = this.#stats();
    return {
      created: counters.created,
      reused: this.#reused,
      evicted: destroyedBy.idle + destroyedBy.lifetime + destroyedBy.uses + destroyedBy.surplus,
      avgWaitTimeMs: timings.wait.meanMs,
      waitP50Ms: timings.wait.quantile(0.5),
      waitP99Ms: timings.wait.quantile(0.99),
      avgCreationTimeMs: timings.create.meanMs,
    };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #stats(): PoolStats {
    return this.#pool.pools.article.stats();
  }
}

function openness({ state }: PoolStats): PoolStatus['state'] {
  return state === 'closing' || state === 'closed' ? state : 'open';
}
