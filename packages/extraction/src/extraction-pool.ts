import type { HtmlInput } from '@rockpool/native-adapter';
import type { ExtractedDoc, ExtractionMode } from './document.js';
import { ExtractionLease } from './extraction-lease.js';
import { ExtractionBooks, type ExtractionMetrics } from './metrics.js';
import { requireMode } from './mode.js';
import { NativePath } from './native/native-path.js';
import { type ExtractionPoolOptions, resolveExtractionOptions } from './options.js';
import type { ExtractionPath, PathCheckout, PoolStatus } from './path.js';

/** How long one call may wait for an extractor, and what may end the waiting. */
export interface CheckoutOptions {
  /** Gives up waiting; an extraction that has begun goes on to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait, 0 = no limit. Default: `acquireTimeoutMs` of the pool. */
  readonly timeoutMs?: number | undefined;
  /** Shown in time-out and leak reports. */
  readonly label?: string | undefined;
}

/** Extracts pages with pooled extractors. Made by {@link createExtractionPool}. */
export class ExtractionPool implements AsyncDisposable {
  readonly #path: ExtractionPath;
  readonly #books = new ExtractionBooks();

  /** @internal Made by `createExtractionPool`. */
  constructor(path: ExtractionPath) {
    this.#path = path;
  }

  /**
   * Extracts one page: borrows an extractor, reads the page, gives the extractor back.
   *
   * @param html the page as text, or as bytes, which are decoded by byte order mark, `<meta charset>`, else UTF-8
   * @param url where the page came from; relative links are resolved against it
   * @param mode default `article`
   * @throws InputError for a page that is empty, binary, too large or too deep; ExtractionTimeoutError; ExtractError
   * `ERR_EXTRACT_INVALID_URL`, `ERR_EXTRACT_OPTIONS` for a bad mode; InvalidSelectorError for a custom one
   * @throws PoolError `ERR_POOL_TIMEOUT`, `ERR_POOL_ABORTED`, `ERR_POOL_CLOSED`, … when no extractor could be had
   */
  async extract(
    html: HtmlInput,
    url?: string,
    mode: ExtractionMode = 'article',
    options: CheckoutOptions = {},
  ): Promise<ExtractedDoc> {
    const checked = requireMode(mode);
    using lease = await this.checkout(options);
    return await lease.extract(html, url, checked);
  }

  /**
   * Lends an extractor, waiting for one if all are on loan.
   *
   * @throws PoolError `ERR_POOL_TIMEOUT`, `ERR_POOL_ABORTED`, `ERR_POOL_CLOSED`, `ERR_POOL_QUEUE_FULL`
   */
  async checkout(options: CheckoutOptions = {}): Promise<ExtractionLease> {
    const checkout: PathCheckout = options;
    return new ExtractionLease(await this.#path.checkout(checkout), this.#books);
  }

  /** Settles when the first extractors are made; a page does not have to wait for it. */
  ready(): Promise<void> {
    return this.#path.ready();
  }

  /** Who has what, now. */
  poolStatus(): PoolStatus {
    return this.#path.status();
  }

  /** What was counted and timed since the pool was made. */
  metrics(): ExtractionMetrics {
    return this.#books.snapshot(this.#path.status(), this.#path.timings());
  }

  /** Takes no new pages, waits for those being read, ends all extractors. Calling it again waits for the same end. */
  close(): Promise<void> {
    return this.#path.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Makes an extraction pool; it begins to make its first extractors at once.
 *
 * @example
 * await using pool = createExtractionPool();
 * const page = await pool.extract('<h1>Title</h1><p>Words.</p>', 'https://example.com/', 'full');
 * page.title; // 'Title'
 *
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`; ExtractError `ERR_EXTRACT_OPTIONS` for what is wrong inside of `native`
 */
export function createExtractionPool(options: ExtractionPoolOptions = {}): ExtractionPool {
  return new ExtractionPool(new NativePath(resolveExtractionOptions(options)));
}
