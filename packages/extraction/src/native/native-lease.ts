import { performance } from 'node:perf_hooks';
import type { ArticleLease } from '@rockpool/native-adapter';
import type { ExtractedDoc } from '../document.js';
import type { PageRequest, PathLease } from '../path.js';

/** A native article extractor on loan. */
export class NativeLease implements PathLease {
  readonly #lease: ArticleLease;

  constructor(lease: ArticleLease) {
    this.#lease = lease;
  }

  get active(): boolean {
    return this.#lease.active;
  }

  // Async although the parser is not: a failure is a rejection, as on any other path.
  async extract({ html, url, mode }: PageRequest): Promise<ExtractedDoc> {
    const startedAt = performance.now();
    const document = this.#lease.extract(html, url, mode);
    return {
      ...document,
      parserMetadata: {
        parserUsed: 'native',
        confidenceScore: document.qualityScore / 100,
        fallbackOccurred: false,
        parseTimeMs: performance.now() - startedAt,
        extractionPath: document.strategy,
      },
    };
  }

  release(): void {
    this.#lease.release();
  }
}
