import { collapse } from '../html/text.js';
import type { JsonLdArticle } from './json-ld.js';
import { firstMeta, type PageFacts } from './page-facts.js';

/** Who wrote it: structured data, then `<meta>`, then marked elements; several names joined by a comma. */
export function bylineOf(
  facts: PageFacts,
  article: JsonLdArticle | null,
  siteName: string | null,
): string | null {
  const candidates = [
    article === null
      ? null
      : article.authors
          .map(cleanName)
          .filter((name) => name !== null)
          .join(', '),
    ...[
      'author',
      'parsely-author',
      'article:author_name',
      'dc.creator',
      'dcterms.creator',
      'sailthru.author',
      'byl',
      'citation_author',
      'article:author',
      'twitter:creator:name',
      'cxenseparse:author',
    ].map((name) => firstMeta(facts, [name])),
    ...facts.authors,
  ];
  for (const candidate of candidates) {
    const name = candidate === null ? null : cleanName(candidate);
    if (name !== null && name.toLowerCase() !== siteName?.toLowerCase()) return name;
  }
  return null;
}

/** A byline without "By" and the date behind it; null for an address or something too long to be names. */
export function cleanName(text: string): string | null {
  const name = collapse(text)
    .replace(/^(?:(?:written|posted|published)\s)?(?:by|von|par|por|di|door|автор)(?::\s?|\s)/i, '')
    .replace(
      /\s?[|·•,–—-]\s?(?:(?:on\s)?\w{3,9}\.?\s\d{1,2},?\s\d{4}|\d{1,2}[./\s]\w{1,9}[./\s]\d{4}|\d{4}-\d\d-\d\d).*$/i,
      '',
    )
    .replace(/\s(?:\p{Lu}\p{L}{2,8}\.?\s\d{1,2},?|\d{1,2}\.?\s\p{L}{3,9}\.?)\s\d{4}$/u, '')
    .replace(/[\s,;|·•–—-]{1,20}$/, '')
    .trim();
  if (name === '' || name.length > 100 || /^(?:https?:|www\.|@)/i.test(name)) return null;
  return /\p{L}/u.test(name) ? name : null;
}
