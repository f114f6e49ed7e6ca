import type { HtmlInput } from '@rockpool/native-adapter';
import type { Announcer } from './announcer.js';
import type { ExtractedDoc, ExtractionMode } from './document.js';
import type { ExtractionBooks } from './metrics.js';
import { requireMode } from './mode.js';
import type { PathLease } from './path.js';

/**
 * An extractor on loan, for more than one page or for more than the extraction itself (such as fetching the
 * page while holding a place). Ends with `release()` or a `using` block.
 */
export class ExtractionLease implements Disposable {
  readonly #lease: PathLease;
  readonly #books: ExtractionBooks;
  readonly #announcer: Announcer;

  /** @internal Made by `ExtractionPool.checkout`. */
  constructor(lease: PathLease, books: ExtractionBooks, announcer: Announcer) {
    this.#lease = lease;
    this.#books = books;
    this.#announcer = announcer;
  }

  /** Whether it is still yours. An extraction that was stopped at its deadline ends the loan. */
  get active(): boolean {
    return this.#lease.active;
  }

  /**
   * Extracts one page, see `ExtractionPool.extract`.
   *
   * @throws what `ExtractionPool.extract` throws; PoolError `ERR_POOL_LEASE_ENDED` after the loan has ended
   */
  async extract(
    html: HtmlInput,
    url?: string,
    mode: ExtractionMode = 'article',
  ): Promise<ExtractedDoc> {
    const page = { html, url, mode: requireMode(mode) };
    this.#announcer.started(page);
    return this.#books.record(
      () => this.#lease.extract(page),
      (end) => this.#announcer.ended(page, end),
    );
  }

  /** Gives the extractor back. Calling it again does nothing. */
  release(): void {
    this.#lease.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
