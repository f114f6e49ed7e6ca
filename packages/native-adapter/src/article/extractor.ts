import type { Document } from 'domhandler';
import { z } from 'zod';
import { type CompiledSelector, SelectorCache } from '../css/selector.js';
import { ExtractionGuard, type ExtractorState, type GuardOptions } from '../guard.js';
import { parseHtml } from '../html/parse.js';
import { baseUrlOf, requirePageUrl } from '../html/url.js';
import { type HtmlInput, readInput } from '../input.js';
import { parseOptions } from '../options.js';
import { deadlineShape, limitsShape } from '../options-shapes.js';
import { languageOf } from '../text/language.js';
import { countWords, readingMinutes } from '../text/words.js';
import { cleanName } from './byline.js';
import {
  type Content,
  contentOf,
  isBesideTheText,
  isPageFurniture,
  noContent,
  selectedRoots,
} from './content.js';
import type { ArticleMode, ArticleStrategy, ExtractedDoc } from './document.js';
import { metadataOf, type PageMetadata } from './metadata.js';
import { factsOf, type PageFacts } from './page-facts.js';
import { qualityOf } from './quality.js';
import { type ReadableContent, readArticle } from './readability.js';

/** Options of an `ArticleExtractor`. */
export interface ArticleExtractorOptions extends GuardOptions {
  /** Default `article`. */
  readonly mode?: ArticleMode;
  /** Readability tries harder below this many characters of content. Default 500. */
  readonly charThreshold?: number;
  /** Captions, credits and asides are left out of `text` (they stay in `markdown` and `html`). Default `drop`. */
  readonly captions?: 'drop' | 'keep';
  /** Share one cache of compiled selectors between extractors. Default: a cache of its own. */
  readonly cache?: SelectorCache;
}

/**
 * Finds the article in a page, and what the page says about it. Synchronous, nothing is fetched, no script runs.
 *
 * @example
 * new ArticleExtractor().extract(html, 'https://example.com/news').markdown;
 */
export class ArticleExtractor {
  readonly kind = 'article';
  readonly #guard: ExtractionGuard;
  readonly #options: ArticleExtractorOptions;
  readonly #cache: SelectorCache;

  /** @throws ExtractError `ERR_EXTRACT_OPTIONS`, InvalidSelectorError */
  constructor(options: ArticleExtractorOptions = {}) {
    parseOptions(schema, options, 'article extractor options');
    this.#options = options;
    this.#guard = new ExtractionGuard(options);
    this.#cache = options.cache ?? new SelectorCache();
    this.#selectorsOf(options.mode ?? 'article');
  }

  get state(): ExtractorState {
    return this.#guard.state;
  }

  /**
   * Reads a page. A page without an article gives its whole text, with a low `qualityScore`.
   *
   * @param url where the page came from; relative links are resolved against it
   * @param mode overrides the mode of the options for this page
   * @throws InputError for a page that is empty, binary, too large or too deep; ExtractionTimeoutError;
   * ExtractError `ERR_EXTRACT_INVALID_URL`; InvalidSelectorError for a custom mode
   */
  extract(
    html: HtmlInput,
    url?: string,
    mode: ArticleMode = this.#options.mode ?? 'article',
  ): ExtractedDoc {
    const pageUrl = url === undefined ? undefined : requirePageUrl(url);
    const selectors = this.#selectorsOf(mode);
    const text = readInput(html, 'html', this.#guard.limits);
    return this.#guard.run('Extracting the article', text.length, 'superlinear', () =>
      this.#read(text, pageUrl, mode, selectors),
    );
  }

  /** The same, in the form the other extractors have. */
  extractDocument(html: HtmlInput, context: { readonly url?: string } = {}): ExtractedDoc {
    return this.extract(html, context.url);
  }

  /** True when a small page still gives what it should. */
  validate(): boolean {
    if (this.#guard.state !== 'ready') return false;
    return this.extract(probePage, undefined, 'metadata').title === 'Probe';
  }

  /** Nothing of a page is kept. */
  reset(): boolean {
    return this.#guard.state === 'ready';
  }

  destroy(): void {
    this.#guard.destroy();
  }

  #read(
    html: string,
    url: string | undefined,
    mode: ArticleMode,
    selectors: readonly CompiledSelector[],
  ): ExtractedDoc {
    const document = parseHtml(html, 'fast', this.#guard.limits);
    const facts = factsOf(document);
    const baseUrl = baseUrlOf(document, url);
    const metadata = metadataOf(facts, url, baseUrl);
    if (mode === 'metadata') return assemble(url, metadata, null, 'none', noContent);
    if (mode === 'article') {
      const found = this.#readArticle(document, facts, baseUrl);
      if (found !== null)
        return assemble(url, metadata, found.readable, 'readability', found.content);
    }
    if (typeof mode === 'object') {
      const content = contentOf(selectedRoots(document, selectors), baseUrl, this.#guard.limits);
      return assemble(url, metadata, null, 'selectors', content);
    }
    return assemble(url, metadata, null, 'body', this.#wholePage(document, facts, baseUrl));
  }

  #readArticle(
    document: Document,
    facts: PageFacts,
    baseUrl: string | undefined,
  ): { readable: ReadableContent; content: Content } | null {
    if (facts.nodes > maxReadableNodes) return null;
    const { limits } = this.#guard;
    const readable = readArticle(document, {
      baseUrl,
      charThreshold: this.#options.charThreshold ?? 500,
    });
    if (readable === null) return null;
    const tree = parseHtml(readable.html, 'fast', { ...limits, maxDepth: limits.maxDepth * 2 });
    const drop = this.#options.captions === 'keep' ? undefined : isBesideTheText;
    const content = contentOf([tree], baseUrl, limits, drop);
    return content.text === '' ? null : { readable, content };
  }

  #wholePage(document: Document, facts: PageFacts, baseUrl: string | undefined): Content {
    return contentOf([facts.body ?? document], baseUrl, this.#guard.limits, isPageFurniture);
  }

  #selectorsOf(mode: ArticleMode): CompiledSelector[] {
    return typeof mode === 'object' ? mode.custom.map((selector) => this.#cache.get(selector)) : [];
  }
}

/**
 * Extracts the article of one page: `new ArticleExtractor(options).extract(html, url)`.
 *
 * @throws what `ArticleExtractor.extract` throws
 */
export function extractArticle(
  html: HtmlInput,
  url?: string,
  options: ArticleExtractorOptions = {},
): ExtractedDoc {
  return new ArticleExtractor(options).extract(html, url);
}

/** Larger pages are lists, not articles (the largest real page seen has 27,800 nodes), and Readability would take seconds. */
const maxReadableNodes = 30_000;

const schema = z.strictObject({
  mode: z
    .union([
      z.enum(['article', 'full', 'metadata']),
      z.strictObject({ custom: z.array(z.string()).min(1) }),
    ])
    .optional(),
  charThreshold: z.int().min(0).optional(),
  captions: z.enum(['drop', 'keep']).optional(),
  cache: z.instanceof(SelectorCache).optional(),
  limits: limitsShape.optional(),
  deadlineMs: deadlineShape.optional(),
});

const probePage =
  '<!doctype html><html><head><title>Probe</title></head><body><p>One</p></body></html>';

function assemble(
  url: string | undefined,
  metadata: PageMetadata,
  readable: ReadableContent | null,
  strategy: ArticleStrategy,
  content: Content,
): ExtractedDoc {
  const { image, ...known } = metadata;
  const title = known.title ?? readable?.title ?? null;
  const wordCount = countWords(content.text);
  const direction = known.direction ?? (readable?.direction === 'rtl' ? 'rtl' : null);
  const isRepeated = content.media.some((media) => media.url === image);
  return {
    ...known,
    ...content,
    url: url ?? null,
    title,
    byline: known.byline ?? cleanName(readable?.byline ?? ''),
    description: known.description ?? readable?.excerpt ?? null,
    language: known.language ?? languageOf(content.text),
    direction,
    media:
      image === null || isRepeated
        ? content.media
        : [{ kind: 'image', url: image, alt: null }, ...content.media],
    wordCount,
    readingTime: readingMinutes(wordCount),
    qualityScore: qualityOf({ title, text: content.text, markdown: content.markdown, wordCount }),
    strategy,
  };
}
