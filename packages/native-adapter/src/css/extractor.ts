import type { Document } from 'domhandler';
import type { ExtractContext } from '../context.js';
import { ExtractionGuard, type ExtractorState } from '../guard.js';
import { parseHtml } from '../html/parse.js';
import { baseUrlOf, requirePageUrl } from '../html/url.js';
import { type HtmlInput, readInput } from '../input.js';
import { type CssExtractorOptions, readCssOptions, schemaOf } from './options.js';
import { type CssRecord, type FieldPlan, planFields, readRecord } from './plan.js';
import { readableText } from './read.js';
import { confidenceOf } from './score.js';
import { type CompiledSelector, SelectorCache } from './selector.js';

/** What a page says according to a schema. */
export interface CssExtraction extends CssRecord {
  readonly strategy: 'css';
  readonly url: string | null;
  /** The field `title` when it is a text. */
  readonly title: string | null;
  /** The field `content` or `article` when it is a text, else empty. */
  readonly content: string;
  /** The field `description`, else the first 50 words of the content. */
  readonly summary: string | null;
  /** 0 to 0.95. */
  readonly confidence: number;
}

/**
 * Reads pages with CSS selectors. Synchronous and without shared state: as many as you like can run side by
 * side. Everything the options name is compiled by the constructor.
 *
 * @example
 * new CssExtractor().extract('<h1>Title</h1>', 'h1'); // 'Title'
 */
export class CssExtractor {
  readonly kind = 'css';
  readonly #guard: ExtractionGuard;
  readonly #cache: SelectorCache;
  readonly #plans: readonly FieldPlan[];
  readonly #cost: CompiledSelector['cost'];
  readonly #parser: 'html5' | 'fast';
  #lastPage: { readonly html: string; readonly document: Document } | undefined;

  /** @throws ExtractError `ERR_EXTRACT_OPTIONS`, InvalidSelectorError, InvalidPatternError */
  constructor(options: CssExtractorOptions = {}) {
    const read = readCssOptions(options);
    this.#guard = new ExtractionGuard(read);
    this.#cache = read.cache ?? new SelectorCache();
    this.#parser = read.parser ?? 'html5';
    this.#plans = planFields(schemaOf(read.fields), this.#cache, read.transforms);
    for (const selector of read.selectors ?? []) this.#cache.get(selector);
    this.#cost = this.#plans.some(isSuperlinear) ? 'superlinear' : 'linear';
  }

  get state(): ExtractorState {
    return this.#guard.state;
  }

  /** How many selectors were compiled for this extractor, or for all that share its cache. */
  get compilations(): number {
    return this.#cache.compilations;
  }

  /**
   * The text of the first element that matches and has any; an empty string when there is none.
   *
   * @throws InvalidSelectorError, InputError, ExtractionTimeoutError
   */
  extract(html: HtmlInput, selector: string): string {
    return this.#select(html, selector, (compiled, document) => {
      const first = compiled.first(document);
      const text = first === null ? '' : readableText(first);
      if (text !== '' || first === null) return text;
      for (const element of compiled.all(document)) {
        const other = readableText(element);
        if (other !== '') return other;
      }
      return '';
    });
  }

  /**
   * The texts of all elements that match, in the order of the page, at most `limits.maxMatches`; empty ones
   * are left out.
   *
   * @throws InvalidSelectorError, InputError, ExtractionTimeoutError
   */
  extractAll(html: HtmlInput, selector: string): string[] {
    return this.#select(html, selector, (compiled, document) => {
      const texts: string[] = [];
      for (const element of compiled.all(document)) {
        if (texts.length >= this.#guard.limits.maxMatches) break;
        const text = readableText(element);
        if (text !== '') texts.push(text);
      }
      return texts;
    });
  }

  /**
   * Reads the fields of the schema.
   *
   * @throws ExtractError `ERR_EXTRACT_MISSING_REQUIRED`, `ERR_EXTRACT_TRANSFORM`; InputError, ExtractionTimeoutError
   */
  extractDocument(html: HtmlInput, context: ExtractContext = {}): CssExtraction {
    const url = context.url === undefined ? undefined : requirePageUrl(context.url);
    const text = readInput(html, 'html', this.#guard.limits);
    return this.#guard.run('Reading the fields of the page', text.length, this.#cost, () => {
      const document = this.#parse(text);
      const { fields, reports } = readRecord(this.#plans, {
        root: document,
        url,
        baseUrl: baseUrlOf(document, url),
        maxMatches: this.#guard.limits.maxMatches,
      });
      const content = textField(fields['content']) ?? textField(fields['article']) ?? '';
      return {
        strategy: 'css',
        url: url ?? null,
        title: textField(fields['title']),
        content,
        summary: textField(fields['description']) ?? firstWords(content),
        fields,
        reports,
        confidence: confidenceOf(this.#plans, fields),
      };
    });
  }

  /** True when a small page still gives what it should. */
  validate(): boolean {
    if (this.#guard.state !== 'ready') return false;
    return this.extract(probePage, 'article > h1') === 'Probe';
  }

  /** Forgets the page of the last borrower. */
  reset(): boolean {
    this.#lastPage = undefined;
    return this.#guard.state === 'ready';
  }

  destroy(): void {
    this.#lastPage = undefined;
    this.#guard.destroy();
  }

  #select<R>(
    html: HtmlInput,
    selector: string,
    read: (compiled: CompiledSelector, document: Document) => R,
  ): R {
    // Compiled outside of the deadline: an interrupted cache could not be trusted.
    const compiled = this.#cache.get(selector);
    const text = readInput(html, 'html', this.#guard.limits);
    return this.#guard.run(
      `The selector ${JSON.stringify(selector.slice(0, 80))}`,
      text.length,
      compiled.cost,
      () => read(compiled, this.#parse(text)),
    );
  }

  /** Several selectors on one page parse it once. */
  #parse(html: string): Document {
    if (this.#lastPage?.html === html) return this.#lastPage.document;
    const document = parseHtml(html, this.#parser, this.#guard.limits);
    this.#lastPage = { html, document };
    return document;
  }
}

const probePage =
  '<!doctype html><title>Probe</title><article><h1>Probe</h1><p>One<p>Two</article>';

function isSuperlinear(plan: FieldPlan): boolean {
  return (
    plan.hasText !== undefined ||
    plan.selectors.some(({ cost }) => cost === 'superlinear') ||
    (plan.nested?.some(isSuperlinear) ?? false)
  );
}

const textField = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

function firstWords(content: string): string | null {
  const words = content.split(/\s+/, 51).filter(Boolean);
  if (words.length === 0) return null;
  return words.length > 50 ? `${words.slice(0, 50).join(' ')}...` : words.join(' ');
}
