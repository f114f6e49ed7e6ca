import type { Lease } from '@rockpool/core';
import type { ArticleMode, ExtractedDoc } from '../article/document.js';
import type { ArticleExtractor } from '../article/extractor.js';
import type { ExtractContext } from '../context.js';
import type { CssExtraction, CssExtractor } from '../css/extractor.js';
import type { HtmlInput } from '../input.js';
import type { RegexExtraction, RegexExtractor } from '../regex/extractor.js';
import type { PatternMatch } from '../regex/pattern.js';
import type { Bookkeeper } from './bookkeeper.js';

/**
 * A borrowed extractor: it extracts, and gives itself back with `release()`, at the end of a `using` block, or of an
 * `await using` block. An extraction that was stopped by its deadline ends the loan and the extractor at once.
 */
abstract class BorrowedExtractor<E extends object> implements Disposable, AsyncDisposable {
  readonly #lease: Lease<E>;
  readonly #books: Bookkeeper;

  /** @internal */
  constructor(lease: Lease<E>, books: Bookkeeper) {
    this.#lease = lease;
    this.#books = books;
  }

  /**
   * The extractor itself, for what this object does not offer.
   *
   * @throws PoolError `ERR_POOL_LEASE_ENDED` after it was given back
   */
  get resource(): E {
    return this.#lease.resource;
  }

  /** Whether it is still yours. */
  get active(): boolean {
    return this.#lease.active;
  }

  /** Gives the extractor back. Calling it again does nothing. */
  release(): void {
    if (this.#lease.active) this.#lease.release();
  }

  /** Tells the pool that the extractor is not well; the loan goes on. */
  fail(error?: unknown): void {
    this.#lease.fail(error);
  }

  /** Ends the loan and the extractor. */
  destroy(error?: unknown): void {
    if (this.#lease.active) this.#lease.destroy(error);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#lease.active) await this.#lease.releaseAsync();
  }

  protected run<R>(work: (extractor: E) => R): R {
    return this.#books.record(this.#lease, work);
  }
}

/** A borrowed {@link CssExtractor}. */
export class CssLease extends BorrowedExtractor<CssExtractor> {
  readonly kind = 'css';

  /** The text of the first element that matches, see `CssExtractor.extract`. */
  extract(html: HtmlInput, selector: string): string {
    return this.run((extractor) => extractor.extract(html, selector));
  }

  /** The texts of all elements that match, see `CssExtractor.extractAll`. */
  extractAll(html: HtmlInput, selector: string): string[] {
    return this.run((extractor) => extractor.extractAll(html, selector));
  }

  /** The fields of the schema, see `CssExtractor.extractDocument`. */
  extractDocument(html: HtmlInput, context?: ExtractContext): CssExtraction {
    return this.run((extractor) => extractor.extractDocument(html, context));
  }
}

/** A borrowed {@link RegexExtractor}. */
export class RegexLease extends BorrowedExtractor<RegexExtractor> {
  readonly kind = 'regex';

  /** The first match, see `RegexExtractor.extract`. */
  extract(html: HtmlInput, pattern: string | RegExp): string {
    return this.run((extractor) => extractor.extract(html, pattern));
  }

  /** All matches, see `RegexExtractor.extractAll`. */
  extractAll(html: HtmlInput, pattern: string | RegExp): string[] {
    return this.run((extractor) => extractor.extractAll(html, pattern));
  }

  /** All matches with positions and groups. */
  search(html: HtmlInput, pattern: string | RegExp): PatternMatch[] {
    return this.run((extractor) => extractor.search(html, pattern));
  }

  /** What the named patterns find, see `RegexExtractor.extractDocument`. */
  extractDocument(html: HtmlInput, context?: ExtractContext): RegexExtraction {
    return this.run((extractor) => extractor.extractDocument(html, context));
  }
}

/** A borrowed {@link ArticleExtractor}. */
export class ArticleLease extends BorrowedExtractor<ArticleExtractor> {
  readonly kind = 'article';

  /** The article of a page, see `ArticleExtractor.extract`. */
  extract(html: HtmlInput, url?: string, mode?: ArticleMode): ExtractedDoc {
    return this.run((extractor) => extractor.extract(html, url, mode));
  }

  /** The same with the context the other extractors take. */
  extractDocument(html: HtmlInput, context?: ExtractContext): ExtractedDoc {
    return this.run((extractor) => extractor.extractDocument(html, context));
  }
}
