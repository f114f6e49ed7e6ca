import type { JsonLdArticle } from './json-ld.js';
import { firstMeta, type PageFacts } from './page-facts.js';

/**
 * The title of the article rather than of the browser tab: structured data, then what the page offers to
 * others, then its heading, then `<title>` without the site's name.
 */
export function titleOf(
  facts: PageFacts,
  article: JsonLdArticle | null,
  siteName: string | null,
  url: string | undefined,
): string | null {
  const shared = firstMeta(facts, [
    'og:title',
    'twitter:title',
    'dc.title',
    'dcterms.title',
    'parsely-title',
    'sailthru.title',
    'title',
    'headline',
  ]);
  const heading = headingOf(facts);
  const offered = mostShown(
    [...(article?.titles ?? []), shared].filter((title) => title !== null),
    facts,
  );
  if (offered !== null && !isSiteName(offered, siteName, url))
    return withoutSite(offered, siteName, url, heading);
  if (heading !== null && !isSiteName(heading, siteName, url)) return heading;
  if (facts.documentTitle !== null) return withoutSite(facts.documentTitle, siteName, url, heading);
  return offered ?? heading;
}

/** The first offer that the page also shows to its readers (wikis put a description into `headline`), else the first. */
function mostShown(offers: readonly string[], facts: PageFacts): string | null {
  const shown = [facts.documentTitle ?? '', ...facts.headings].map(fold);
  return (
    offers.find((offer) => shown.some((text) => text.includes(fold(offer)))) ?? offers[0] ?? null
  );
}

/** The one heading that the tab's title repeats, else the only one there is. */
function headingOf(facts: PageFacts): string | null {
  const inTitle =
    facts.documentTitle === null
      ? undefined
      : facts.headings.find(
          (heading) =>
            heading.length >= 8 && fold(facts.documentTitle ?? '').includes(fold(heading)),
        );
  if (inTitle !== undefined) return inTitle;
  return facts.headings.length === 1 ? (facts.headings[0] ?? null) : null;
}

/** Cuts ` | The Site` or `The Site: ` off, when that part is the name of the site. */
function withoutSite(
  title: string,
  siteName: string | null,
  url: string | undefined,
  heading: string | null,
): string {
  if (
    heading !== null &&
    fold(title) !== fold(heading) &&
    fold(title).startsWith(fold(heading)) &&
    separated.test(title.slice(heading.length))
  ) {
    return heading;
  }
  const parts = title.split(/(\s[|·•»–—/\\-]+\s|\s::\s|:\s)/);
  // Odd places hold the separators.
  if (parts.length < 3) return title;
  if (isSiteName(parts.at(-1) ?? '', siteName, url)) return parts.slice(0, -2).join('').trim();
  if (isSiteName(parts[0] ?? '', siteName, url)) return parts.slice(2).join('').trim();
  return title;
}

const separated = /^\s?[|·•»–—/\\:-]/;

function isSiteName(part: string, siteName: string | null, url: string | undefined): boolean {
  const name = fold(part);
  if (name === '') return true;
  if (siteName !== null && name === fold(siteName)) return true;
  if (url === undefined) return false;
  const host = new URL(url).hostname.replace(/^www\./, '');
  return name === fold(host) || name === fold(host.split('.')[0] ?? '');
}

const fold = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
