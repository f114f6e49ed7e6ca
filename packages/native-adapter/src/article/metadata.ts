import { collapse } from '../html/text.js';
import { resolveUrl } from '../html/url.js';
import { isoDateOf } from '../text/dates.js';
import { bylineOf } from './byline.js';
import { type JsonLdArticle, jsonLdArticleOf } from './json-ld.js';
import { firstMeta, type PageFacts } from './page-facts.js';
import { titleOf } from './title.js';

/** What is known about a page before its text is read. */
export interface PageMetadata {
  readonly title: string | null;
  readonly byline: string | null;
  readonly publishedIso: string | null;
  readonly modifiedIso: string | null;
  readonly description: string | null;
  readonly siteName: string | null;
  readonly language: string | null;
  readonly direction: 'ltr' | 'rtl' | null;
  readonly categories: readonly string[];
  readonly canonicalUrl: string | null;
  readonly image: string | null;
}

/** Weighs structured data, `<meta>` and marked elements against each other, the most deliberate first. */
export function metadataOf(
  facts: PageFacts,
  url: string | undefined,
  baseUrl: string | undefined,
): PageMetadata {
  const article = jsonLdArticleOf(facts.jsonLd);
  const first = (...names: string[]): string | null => firstMeta(facts, names);
  const siteName =
    first('og:site_name') ??
    article?.publisher ??
    first('application-name', 'apple-mobile-web-app-title');
  return {
    title: titleOf(facts, article, siteName, url),
    byline: bylineOf(facts, article, siteName),
    publishedIso: publishedOf(facts, article, url),
    modifiedIso: firstDate([
      article?.modified,
      first(
        'article:modified_time',
        'og:updated_time',
        'datemodified',
        'dcterms.modified',
        'last-modified',
      ),
    ]),
    description:
      first(
        'og:description',
        'description',
        'twitter:description',
        'dc.description',
        'dcterms.description',
      ) ??
      article?.description ??
      null,
    siteName,
    language: languageTag(
      facts.language ??
        first('content-language', 'og:locale', 'dc.language', 'language', 'inlanguage') ??
        article?.language,
    ),
    direction: facts.direction === 'rtl' || facts.direction === 'ltr' ? facts.direction : null,
    categories: categoriesOf(facts, article),
    canonicalUrl: resolveUrl(facts.canonical ?? first('og:url') ?? '', baseUrl),
    image: resolveUrl(
      first('og:image:secure_url', 'og:image', 'twitter:image', 'twitter:image:src') ??
        article?.image ??
        '',
      baseUrl,
    ),
  };
}

function publishedOf(
  facts: PageFacts,
  article: JsonLdArticle | null,
  url: string | undefined,
): string | null {
  const declared = firstDate([
    article?.published,
    ...[
      'article:published_time',
      'og:published_time',
      'datepublished',
      'date',
      'dc.date',
      'dc.date.issued',
      'dcterms.date',
      'dcterms.created',
      'dcterms.issued',
      'parsely-pub-date',
      'sailthru.date',
      'pubdate',
      'publishdate',
      'publish-date',
      'publication_date',
      'citation_publication_date',
      'article.published',
      'cxenseparse:recs:publishtime',
      'datecreated',
    ].map((name) => facts.meta.get(name)?.[0]),
    ...facts.itemDates,
  ]);
  return (
    declared ?? firstDate(facts.times.slice(0, 3)) ?? (url === undefined ? null : dateInUrl(url))
  );
}

function firstDate(candidates: readonly (string | null | undefined)[]): string | null {
  for (const candidate of candidates) {
    const date =
      candidate === null || candidate === undefined ? null : isoDateOf(candidate.slice(0, 200));
    if (date !== null && Number(date.slice(0, 4)) >= 1900) return date;
  }
  return null;
}

function dateInUrl(url: string): string | null {
  const found = /[/_-](\d{4})[/_-](\d{1,2})[/_-](\d{1,2})(?:[/_.-]|$)/.exec(new URL(url).pathname);
  return found === null ? null : isoDateOf(`${found[1]}-${found[2]}-${found[3]}`);
}

function categoriesOf(facts: PageFacts, article: JsonLdArticle | null): string[] {
  const named = [
    'article:section',
    'og:article:section',
    'category',
    'parsely-section',
    'article:tag',
  ]
    .flatMap((name) => facts.meta.get(name) ?? [])
    .map(collapse);
  const all = [...(article?.sections ?? []), ...named, ...facts.tags];
  return [...new Set(all.filter((category) => category !== '' && category.length <= 80))].slice(
    0,
    50,
  );
}

/** `de_DE`, `DE-de` and `de` are tags; `deutsch` is not. */
function languageTag(declared: string | null | undefined): string | null {
  const candidate = declared?.split(',')[0]?.trim().replaceAll('_', '-') ?? '';
  try {
    return Intl.getCanonicalLocales(candidate)[0] ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
