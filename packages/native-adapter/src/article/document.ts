import type { Link, Media } from '../html/links.js';

/** What of a page is wanted; the same choice the WASM extractor has. */
export type ArticleMode = 'article' | 'full' | 'metadata' | { readonly custom: readonly string[] };

/**
 * How the content was found: by Readability, as the whole body because there was no article to find or `full`
 * was asked for, by selectors, or not at all (`none`: only metadata).
 */
export type ArticleStrategy = 'readability' | 'body' | 'selectors' | 'none';

/** A page as a reader sees it. A value the page does not give is null, never invented. */
export interface ExtractedDoc {
  readonly url: string | null;
  readonly title: string | null;
  readonly byline: string | null;
  /** ISO 8601; a day when the page gives only a day, UTC when it gives an offset. */
  readonly publishedIso: string | null;
  readonly modifiedIso: string | null;
  /** Blocks on lines of their own, an empty line between paragraphs. */
  readonly text: string;
  /** GitHub-flavoured. */
  readonly markdown: string;
  /** The cleaned markup of the content; empty for `metadata`. Not made safe for display. */
  readonly html: string;
  /** Links of the content. */
  readonly links: readonly Link[];
  /** Pictures, videos and sounds of the content; the picture the page shows of itself first. */
  readonly media: readonly Media[];
  /** BCP 47, declared by the page or else recognised in its text. */
  readonly language: string | null;
  readonly direction: 'ltr' | 'rtl' | null;
  readonly wordCount: number;
  /** Minutes at 200 words a minute, at least 1 when there is any text. */
  readonly readingTime: number;
  /** 0 to 100, see `qualityOf`. */
  readonly qualityScore: number;
  readonly siteName: string | null;
  readonly description: string | null;
  /** Sections and tags of the page. */
  readonly categories: readonly string[];
  readonly canonicalUrl: string | null;
  readonly strategy: ArticleStrategy;
}
