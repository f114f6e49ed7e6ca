import { Readability } from '@mozilla/readability';
import type { Document } from 'domhandler';
import { domOf } from './dom.js';

/** The content Readability found. */
export interface ReadableContent {
  readonly html: string;
  readonly title: string | null;
  readonly byline: string | null;
  readonly excerpt: string | null;
  readonly direction: string | null;
}

/** The options of Readability that are ours to choose. */
export interface ReadabilityOptions {
  /** Base of relative links; undefined leaves them as they are. */
  readonly baseUrl: string | undefined;
  readonly charThreshold: number;
}

/**
 * The one place that knows Readability. The caller has checked depth and size: Readability recurses, and its time
 * grows faster than the page.
 */
export function readArticle(tree: Document, options: ReadabilityOptions): ReadableContent | null {
  const document = domOf(tree, options.baseUrl ?? 'about:blank');
  // Readability makes paragraphs of <br><br>, in code too: there a line break is a character.
  for (const lineBreak of document.querySelectorAll('pre br')) lineBreak.replaceWith('\n');
  const article = new Readability(document, {
    charThreshold: options.charThreshold,
    // Classes tell the language of code and which parts are credits.
    keepClasses: true,
  }).parse();
  if (article === null || (article.content ?? '') === '') return null;
  return {
    html: article.content ?? '',
    title: presentOrNull(article.title),
    byline: presentOrNull(article.byline),
    excerpt: presentOrNull(article.excerpt),
    direction: presentOrNull(article.dir),
  };
}

const presentOrNull = (text: string | null | undefined): string | null => {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
};
