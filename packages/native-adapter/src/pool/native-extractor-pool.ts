import {
  type AcquireOptions,
  createPool,
  type Pool,
  type PoolOptions,
  type PoolStats,
} from '@rockpool/core';
import { ArticleExtractor } from '../article/extractor.js';
import { CssExtractor } from '../css/extractor.js';
import { SelectorCache } from '../css/selector.js';
import { ExtractError } from '../errors.js';
import { nearest } from '../options.js';
import { RegexExtractor } from '../regex/extractor.js';
import { Bookkeeper } from './bookkeeper.js';
import {
  type ExtractorKind,
  type NativePoolConfig,
  type ResolvedNativePoolConfig,
  readNativePoolConfig,
} from './config.js';
import { ArticleLease, CssLease, RegexLease } from './lease.js';
import { metricsOf, type NativePoolMetrics } from './metrics.js';

/** What `checkout` gives for each kind. */
export interface LeaseByKind {
  readonly css: CssLease;
  readonly regex: RegexLease;
  readonly article: ArticleLease;
}

/** The pools inside a {@link NativeExtractorPool}, for their events and numbers. */
export interface NativePools {
  readonly css: Pool<CssExtractor>;
  readonly regex: Pool<RegexExtractor>;
  readonly article: Pool<ArticleExtractor>;
}

/** How long one checkout may wait, and what may end the waiting. */
export type CheckoutOptions = Pick<AcquireOptions<object>, 'signal' | 'timeoutMs' | 'label'>;

/**
 * Lends CSS, regex and article extractors: one pool for each kind behind one door.
 *
 * @example
 * const pool = await NativeExtractorPool.create({ minPoolSize: 2, maxPoolSize: 5 });
 * const extractor = await pool.checkout('css');
 * extractor.extract('<h1>Title</h1>', 'h1'); // 'Title'
 * extractor.release();
 */
export class NativeExtractorPool implements AsyncDisposable {
  readonly config: ResolvedNativePoolConfig;
  readonly pools: NativePools;
  readonly #books: Bookkeeper;

  /**
   * Starts to make `minPoolSize` extractors of each kind. Use {@link NativeExtractorPool.create} to have them ready.
   *
   * @throws ExtractError `ERR_EXTRACT_OPTIONS`, InvalidSelectorError, InvalidPatternError: at once, not at the first checkout
   */
  constructor(config: NativePoolConfig = {}) {
    this.config = readNativePoolConfig(config);
    this.#books = new Bookkeeper({
      maxFailureCount: this.config.maxFailureCount,
      measure: this.config.enableMetrics ? 'durations' : 'counts',
    });
    this.pools = openPools(this.config);
  }

  /**
   * A pool whose first `initialPoolSize` extractors of each kind are made, with everything compiled that the
   * configuration names.
   *
   * @throws what the constructor throws; PoolError when an extractor cannot be made
   */
  static async create(config: NativePoolConfig = {}): Promise<NativeExtractorPool> {
    const pool = new NativeExtractorPool(config);
    try {
      await pool.#warmUp();
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /**
   * Lends an extractor, waiting for one if all are on loan.
   *
   * @throws ExtractError `ERR_EXTRACT_OPTIONS` for an unknown kind; PoolError `ERR_POOL_TIMEOUT`, `ERR_POOL_CLOSED`, …
   */
  async checkout<K extends ExtractorKind>(
    kind: K,
    options?: CheckoutOptions,
  ): Promise<LeaseByKind[K]>;
  async checkout(
    kind: ExtractorKind,
    options: CheckoutOptions = {},
  ): Promise<LeaseByKind[ExtractorKind]> {
    switch (kind) {
      case 'css':
        return new CssLease(await this.pools.css.acquire(options), this.#books);
      case 'regex':
        return new RegexLease(await this.pools.regex.acquire(options), this.#books);
      case 'article':
        return new ArticleLease(await this.pools.article.acquire(options), this.#books);
      default:
        throw unknownKind(kind);
    }
  }

  /** Lends an extractor if one is idle; never waits. */
  tryCheckout<K extends ExtractorKind>(kind: K): LeaseByKind[K] | undefined;
  tryCheckout(kind: ExtractorKind): LeaseByKind[ExtractorKind] | undefined {
    switch (kind) {
      case 'css': {
        const lease = this.pools.css.tryAcquire();
        return lease && new CssLease(lease, this.#books);
      }
      case 'regex': {
        const lease = this.pools.regex.tryAcquire();
        return lease && new RegexLease(lease, this.#books);
      }
      case 'article': {
        const lease = this.pools.article.tryAcquire();
        return lease && new ArticleLease(lease, this.#books);
      }
      default:
        throw unknownKind(kind);
    }
  }

  /** Lends an extractor for the duration of `work`, and takes it back however that ends. */
  async use<K extends ExtractorKind, R>(
    kind: K,
    work: (extractor: LeaseByKind[K]) => R | PromiseLike<R>,
    options: CheckoutOptions = {},
  ): Promise<R> {
    const extractor = await this.checkout(kind, options);
    try {
      return await work(extractor);
    } finally {
      extractor.release();
    }
  }

  /** The numbers of now. */
  metrics(): NativePoolMetrics {
    return metricsOf(this.stats(), this.#books.counts);
  }

  /** The full statistics of each pool inside. */
  stats(): Readonly<Record<ExtractorKind, PoolStats>> {
    return {
      css: this.pools.css.stats(),
      regex: this.pools.regex.stats(),
      article: this.pools.article.stats(),
    };
  }

  /** Takes no new callers, waits for the extractors on loan, then ends all. Calling it again waits for the same end. */
  async close(): Promise<void> {
    await Promise.all([
      this.pools.css.close(),
      this.pools.regex.close(),
      this.pools.article.close(),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #warmUp(): Promise<void> {
    const wanted = { idle: this.config.initialPoolSize };
    await Promise.all([
      this.pools.css.ready(wanted),
      this.pools.regex.ready(wanted),
      this.pools.article.ready(wanted),
    ]);
  }
}

function openPools(config: ResolvedNativePoolConfig): NativePools {
  const makers = makersOf(config);
  // A mistake in the configuration is the caller's to see, now: not a failed creation behind the first checkout.
  for (const make of Object.values(makers)) make().destroy();
  return {
    css: createPool<CssExtractor>({ create: makers.css }, poolOptionsOf(config, 'css')),
    regex: createPool<RegexExtractor>({ create: makers.regex }, poolOptionsOf(config, 'regex')),
    article: createPool<ArticleExtractor>(
      { create: makers.article },
      poolOptionsOf(config, 'article'),
    ),
  };
}

interface Makers {
  readonly css: () => CssExtractor;
  readonly regex: () => RegexExtractor;
  readonly article: () => ArticleExtractor;
}

function makersOf(config: ResolvedNativePoolConfig): Makers {
  // Compiled selectors hold no state of a page: all extractors share them.
  const cache = new SelectorCache();
  const guard = {
    deadlineMs: config.extractionTimeoutMs,
    ...(config.limits === undefined ? {} : { limits: config.limits }),
  };
  return {
    css: () =>
      new CssExtractor({ ...config.css, ...guard, cache, selectors: config.selectors ?? [] }),
    regex: () =>
      new RegexExtractor({ ...config.regex, ...guard, precompile: config.patterns ?? [] }),
    article: () => new ArticleExtractor({ ...config.article, ...guard, cache }),
  };
}

function poolOptionsOf<E>(config: ResolvedNativePoolConfig, kind: ExtractorKind): PoolOptions<E> {
  return {
    name: `${config.name}:${kind}`,
    min: config.minPoolSize,
    max: config.maxPoolSize,
    maxUses: config.maxInstanceReuse,
    idleTimeoutMs: config.idleTimeoutMs,
    acquireTimeoutMs: config.acquireTimeoutMs,
    testWhileIdle: config.enableHealthChecks,
    keepAliveMs: config.healthCheckIntervalMs,
    // A configuration that made one extractor makes every one.
    createRetry: false,
    stats: config.enableMetrics ? 'exact' : 'counters',
    ...(config.maxQueue === undefined ? {} : { maxQueue: config.maxQueue }),
  };
}

function unknownKind(kind: never): ExtractError {
  const suggestion = nearest(String(kind), ['css', 'regex', 'article']);
  return new ExtractError(
    'ERR_EXTRACT_OPTIONS',
    `Unknown kind of extractor ${JSON.stringify(String(kind))}: expected "css", "regex" or "article"${suggestion === undefined ? '' : `, did you mean "${suggestion}"?`}`,
  );
}
