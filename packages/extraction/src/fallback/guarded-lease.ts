import { reasonOf } from '@rockpool/core';
import type { CircuitBreaker, Permit } from '@rockpool/core/resilience';
import { ExtractError } from '@rockpool/native-adapter';
import type { ExtractedDoc } from '../document.js';
import { ExtractionFailedError } from '../errors.js';
import type { PageRequest, PathLease } from '../path.js';
import type { FallbackBooks } from './fallback-books.js';
import { type FallbackTrigger, judge } from './trigger.js';

/** Why the fallback is used. */
export interface Failure {
  readonly error: unknown;
  readonly trigger: FallbackTrigger;
}

/** What a lease begins with: an extractor of the primary path, or none and the reason. */
export type LeaseStart =
  | { readonly kind: 'primary'; readonly lease: PathLease; readonly permit: Permit }
  | { readonly kind: 'fallback'; readonly failure: Failure };

/** What a lease needs to fall back. */
export interface LeaseParts {
  readonly breaker: CircuitBreaker;
  readonly books: FallbackBooks;
  /** `undefined` = there is no fallback. */
  readonly openFallback: (() => Promise<PathLease>) | undefined;
}

/** What the primary path made of a page. */
type Attempt =
  | { readonly kind: 'read'; readonly document: ExtractedDoc }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** With these the primary path has had the page in its hands: that it failed says something about the page. */
const SAW_THE_PAGE = new Set<FallbackTrigger>(['deadline', 'memory-limit', 'trap']);

/**
 * An extractor on loan that reads a page with the fallback when its own way fails. Each page passes the breaker, and is
 * counted once.
 */
export class GuardedLease implements PathLease {
  readonly #start: LeaseStart;
  readonly #parts: LeaseParts;
  /** The permit that came with the loan, until the first page uses it. */
  #permit: Permit | undefined;
  #fallback: PathLease | undefined;
  #state: 'active' | 'released' = 'active';
  /** What ended the primary loan, such as a deadline that cost its instance. */
  #lost: Failure | undefined;

  constructor(start: LeaseStart, parts: LeaseParts) {
    this.#start = start;
    this.#parts = parts;
    this.#permit = start.kind === 'primary' ? start.permit : undefined;
    this.#lost = start.kind === 'fallback' ? start.failure : undefined;
  }

  get active(): boolean {
    return this.#state === 'active';
  }

  async extract(page: PageRequest): Promise<ExtractedDoc> {
    const attempt = await this.#tryPrimary(page);
    return attempt.kind === 'read' ? attempt.document : this.#readNatively(page, attempt.failure);
  }

  release(): void {
    if (this.#state === 'released') return;
    this.#state = 'released';
    // A loan without a page says nothing about the primary path.
    this.#permit?.cancel();
    if (this.#start.kind === 'primary') this.#start.lease.release();
    this.#fallback?.release();
  }

  async #tryPrimary(page: PageRequest): Promise<Attempt> {
    if (this.#lost !== undefined || this.#start.kind === 'fallback') {
      return { kind: 'failed', failure: this.#lost as Failure };
    }
    const { breaker } = this.#parts;
    const permit = this.#permit ?? breaker.tryPass();
    this.#permit = undefined;
    if (permit === undefined) {
      return { kind: 'failed', failure: { error: breaker.openError(), trigger: 'breaker-open' } };
    }
    const { lease } = this.#start;
    try {
      const document = await lease.extract(page);
      permit.succeed();
      return { kind: 'read', document };
    } catch (error) {
      const verdict = judge(error);
      if (verdict.kind === 'pass-on') permit.cancel();
      else if (verdict.counts) permit.fail(error);
      else permit.succeed(); // it answered: the guest is well, the page is not
      if (verdict.kind === 'pass-on' || this.#parts.openFallback === undefined) throw error;
      const failure = { error, trigger: verdict.trigger };
      if (!lease.active) this.#lost = failure;
      return { kind: 'failed', failure };
    }
  }

  async #readNatively(page: PageRequest, { error, trigger }: Failure): Promise<ExtractedDoc> {
    const { books, openFallback } = this.#parts;
    if (openFallback === undefined) throw error;
    books.record({ trigger, error, url: page.url });
    try {
      this.#fallback = this.#fallback?.active ? this.#fallback : await openFallback();
      const document = await this.#fallback.extract(page);
      return {
        ...document,
        parserMetadata: {
          ...document.parserMetadata,
          fallbackOccurred: true,
          fallbackTrigger: trigger,
          primaryError: reasonOf(error),
        },
      };
    } catch (fallbackError) {
      // A page that only the native parser has looked at is judged by it alone.
      const isThePage =
        ExtractError.is(fallbackError) && fallbackError.code !== 'ERR_EXTRACT_TIMEOUT';
      if (isThePage && !SAW_THE_PAGE.has(trigger)) throw fallbackError;
      throw new ExtractionFailedError(error, fallbackError);
    }
  }
}
