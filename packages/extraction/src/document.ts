import type { ArticleMode, ExtractedDoc as NativeDoc } from '@rockpool/native-adapter';
import type { FallbackTrigger } from './fallback/trigger.js';

/**
 * What of a page is wanted: the `article` a reader came for, the `full` page, only its `metadata`, or what
 * `custom` CSS selectors match.
 */
export type ExtractionMode = ArticleMode;

/** Which parser made a document. */
export type ParserName = 'native' | 'wasm';

/** How a document came about. */
export interface ParserMetadata {
  readonly parserUsed: ParserName;
  /** How much the result can be trusted: 0 to 1. */
  readonly confidenceScore: number;
  /** Whether another parser had been tried first and had failed. */
  readonly fallbackOccurred: boolean;
  /** Reading the page, without the wait for an extractor. */
  readonly parseTimeMs: number;
  /** How the content was found, for example `readability` or `selectors`. */
  readonly extractionPath: string;
  /** Why the first parser failed; only after a fallback. */
  readonly primaryError?: string;
  /** What kind of failure that was. */
  readonly fallbackTrigger?: FallbackTrigger;
}

/** A page as a reader sees it, and how it was read. A value that the page does not give is null, never invented. */
export interface ExtractedDoc extends NativeDoc {
  readonly parserMetadata: ParserMetadata;
}
