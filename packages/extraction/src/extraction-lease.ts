import type { HtmlInput } from '@rockpool/native-adapter';
import type { Announcer } from './announcer.js';
import type { ExtractedDoc, ExtractionMode } from './document.js';
import type { ExtractionBooks } from './metrics.js';
import { requireMode } from './mode.js';
import type { PageRequest, PathLease } from './path.js';

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
   * Extracts one page, see `ExtractionPool.extract`; or only what a CSS selector matches, as `extract(html, 'h1')`.
   *
   * @param urlOrSelector an absolute address (`https://…`) is where the page came from; anything else is a selector
   * @throws what `ExtractionPool.extract` throws; PoolError `ERR_POOL_LEASE_ENDED` after the loan has ended
   */
  async extract(
    html: HtmlInput,
    urlOrSelector?: string,
    mode?: ExtractionMode,
  ): Promise<ExtractedDoc> {
    const page = pageOf(html, urlOrSelector, mode);
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

/** An address begins with its scheme and `://`, which no selector does. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

function pageOf(
  html: HtmlInput,
  urlOrSelector: string | undefined,
  mode: ExtractionMode | undefined,
): PageRequest {
  const isSelector =
    mode === undefined &&
    urlOrSelector !== undefined &&
    urlOrSelector !== '' &&
    !ADDRESS.test(urlOrSelector);
  if (isSelector) return { html, url: undefined, mode: requireMode({ custom: [urlOrSelector] }) };
  return { html, url: urlOrSelector, mode: requireMode(mode ?? 'article') };
}
