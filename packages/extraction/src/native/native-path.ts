import { NativeExtractorPool } from '@rockpool/native-adapter';
import type { ResolvedExtractionPoolOptions } from '../options.js';
import type {
  ExtractionPath,
  PathCheckout,
  PathTimings,
  PoolStatus,
  SteerablePool,
} from '../path.js';
import { statusOf, timingsOf } from '../pool-figures.js';
import { NativeLease } from './native-lease.js';

/** Pages read in this process by pooled article extractors. */
export class NativePath implements ExtractionPath {
  readonly #pool: NativeExtractorPool;
  readonly #initialSize: number;
  readonly #lentBefore = new WeakSet<object>();
  #reused = 0;

  /** @throws ExtractError `ERR_EXTRACT_OPTIONS`: at once, not at the first page */
  constructor({
    native,
    name,
    acquireTimeoutMs,
    extractionTimeoutMs,
  }: Pick<
    ResolvedExtractionPoolOptions,
    'native' | 'name' | 'acquireTimeoutMs' | 'extractionTimeoutMs'
  >) {
    this.#pool = new NativeExtractorPool({
      ...native,
      name,
      acquireTimeoutMs,
      extractionTimeoutMs,
    });
    const { minPoolSize, initialPoolSize } = this.#pool.config;
    this.#initialSize = Math.max(minPoolSize, initialPoolSize);
    // A page needs neither of the other two kinds: none of them is kept.
    this.#pool.pools.css.resize({ min: 0 });
    this.#pool.pools.regex.resize({ min: 0 });
  }

  get pools(): readonly SteerablePool[] {
    return [this.#pool.pools.article as unknown as SteerablePool];
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
    return statusOf(this.#pool.pools.article.stats());
  }

  timings(): PathTimings {
    return timingsOf(this.#pool.pools.article.stats(), this.#reused);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
