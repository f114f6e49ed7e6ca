import type { TransformSpec } from './transforms.js';

/** What is read from a matched element: its text, its markup, or an attribute (the first one present). */
export type Take =
  | 'text'
  | 'ownText'
  | 'html'
  | 'outerHtml'
  | 'markdown'
  | `@${string}`
  | readonly `@${string}`[];

/** Keeps only elements with this text. */
export interface HasText {
  readonly pattern: string;
  /** Default false. */
  readonly caseInsensitive?: boolean;
  /** The whole text must be equal. Default false: contained is enough. */
  readonly exact?: boolean;
  /** `pattern` is a linear-time regular expression. Default false. */
  readonly regex?: boolean;
}

/** Which value wins when two extractors found the same field, see `mergeExtractions`. */
export type MergePolicy = 'css-wins' | 'other-wins' | 'merge' | 'first-valid';

/** One field of a record. */
export interface CssField {
  /** The parts of a comma list are tried in their order, as RipTide does; the first with a value wins. */
  readonly selector: string;
  /** Selectors tried in order when the first finds nothing. */
  readonly fallbacks?: readonly string[];
  /** Default `text`. */
  readonly take?: Take;
  /** All matches as an array (at most `limits.maxMatches`) instead of the first. Default false. */
  readonly multiple?: boolean;
  /** A page without it is refused with `ERR_EXTRACT_MISSING_REQUIRED`. Default false. */
  readonly required?: boolean;
  readonly hasText?: HasText;
  /** Nested records, one per matched element. */
  readonly fields?: CssSchema;
  /** Applied in order. */
  readonly transforms?: readonly TransformSpec[];
  /** Used when nothing was found. */
  readonly default?: unknown;
  /** Share of this field in the confidence. Default 0.1 (title 0.3, content and article 0.4, description 0.2). */
  readonly weight?: number;
}

/** The fields of a record by name; a bare string is a selector. */
export type CssSchema = Readonly<Record<string, string | CssField>>;

/** The fields RipTide reads when none are given. */
export const defaultFields: CssSchema = Object.freeze({
  title: {
    selector: 'h1, .title, .headline, .post-title, .entry-title',
    fallbacks: ['title', 'meta[property="og:title"]'],
    take: 'text',
  },
  article: {
    selector: 'article, .article, .post-content, .entry-content, main',
    fallbacks: [
      "[role='main']",
      '.content, #content, .post, .entry, .story, .article-body',
      'body',
    ],
  },
  author: '.author, .byline, [rel=author], .writer, .post-author',
  date: 'time, .date, .published, .post-date, .entry-date',
  description: {
    selector: '.description, .summary, .excerpt, .lead',
    fallbacks: ['meta[name="description"]', 'meta[property="og:description"]'],
  },
} satisfies CssSchema);

/** Ready-made schemas. */
export const cssPresets: Readonly<Record<'default' | 'news' | 'blog' | 'product', CssSchema>> =
  Object.freeze({
    default: defaultFields,
    news: {
      title: 'h1, .headline, .article-title, title',
      content: {
        selector: 'article, .article-body, .story-body, [itemprop=articleBody], main',
        take: 'markdown',
      },
      author: '[rel=author], [itemprop=author], .byline, .author',
      date: {
        selector: 'time[datetime], [itemprop=datePublished]',
        take: ['@datetime', '@content'],
        transforms: ['date_iso'],
      },
      category: '.category, .section, [itemprop=articleSection]',
    },
    blog: {
      title: '.post-title, .entry-title, h1, title',
      content: { selector: '.post-content, .entry-content, article, main', take: 'markdown' },
      author: '.post-author, .author, [rel=author]',
      date: {
        selector: 'time[datetime], .post-date[datetime]',
        take: '@datetime',
        transforms: ['date_iso'],
      },
      tags: {
        selector: 'a[rel~=tag], .tags a, .post-tags a',
        multiple: true,
        transforms: ['dedupe'],
      },
    },
    product: {
      title: '[itemprop=name], .product-title, h1',
      price: { selector: '[itemprop=price], .price, .product-price', transforms: ['currency'] },
      description: '[itemprop=description], .product-description, .description',
      image: {
        selector: '[itemprop=image], .product-image img, img.product',
        take: ['@src', '@content'],
        transforms: ['url_abs'],
      },
      availability: '[itemprop=availability], .availability, .stock',
      sku: '[itemprop=sku], .sku',
    },
  });
