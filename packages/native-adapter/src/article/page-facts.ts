import { type Document, type Element, isTag } from 'domhandler';
import { attribute } from '../html/elements.js';
import { collapse, lineOf, rawTextOf } from '../html/text.js';
import { walk } from '../html/walk.js';

/** Everything a page says about itself outside of its text, as it says it. */
export interface PageFacts {
  /** Values of `<meta>` by lower-case `name`, `property`, `itemprop` or `http-equiv`. */
  readonly meta: ReadonlyMap<string, readonly string[]>;
  readonly jsonLd: readonly string[];
  readonly documentTitle: string | null;
  readonly headings: readonly string[];
  /** `<time>` elements: machine-readable value or text, in the order of the page. */
  readonly times: readonly string[];
  readonly itemDates: readonly string[];
  /** Texts of elements marked as the author, best mark first. */
  readonly authors: readonly string[];
  readonly tags: readonly string[];
  readonly canonical: string | null;
  readonly language: string | null;
  readonly direction: string | null;
  readonly body: Element | null;
  /** How many nodes the page has. */
  readonly nodes: number;
}

const maxEach = 50;
const maxJsonLdChars = 1_000_000;

/** Collects the facts in one walk. */
export function factsOf(document: Document): PageFacts {
  const collector = new FactsCollector();
  let nodes = 0;
  walk(document, {
    enter(node) {
      nodes += 1;
      if (isTag(node)) collector.see(node);
      return 'descend';
    },
  });
  return collector.facts(nodes);
}

/** The first value of the first of these `<meta>` names that has one. */
export function firstMeta(facts: PageFacts, names: readonly string[]): string | null {
  for (const name of names) {
    const value = collapse(facts.meta.get(name)?.[0] ?? '');
    if (value !== '') return value;
  }
  return null;
}

class FactsCollector {
  readonly #meta = new Map<string, string[]>();
  readonly #jsonLd: string[] = [];
  readonly #headings: string[] = [];
  readonly #times: string[] = [];
  readonly #itemDates: string[] = [];
  readonly #authors: { readonly rank: number; readonly text: string }[] = [];
  readonly #tags: string[] = [];
  #documentTitle: string | null = null;
  #canonical: string | null = null;
  #language: string | null = null;
  #direction: string | null = null;
  #body: Element | null = null;

  see(element: Element): void {
    this.#seeByName(element);
    this.#seeByMark(element);
  }

  facts(nodes: number): PageFacts {
    return {
      meta: this.#meta,
      jsonLd: this.#jsonLd,
      documentTitle: this.#documentTitle,
      headings: this.#headings,
      times: this.#times,
      itemDates: this.#itemDates,
      authors: this.#authors.sort((a, b) => a.rank - b.rank).map(({ text }) => text),
      tags: this.#tags,
      canonical: this.#canonical,
      language: this.#language,
      direction: this.#direction,
      body: this.#body,
      nodes,
    };
  }

  #seeByName(element: Element): void {
    switch (element.name) {
      case 'html':
        this.#language ??= attribute(element, 'lang') ?? attribute(element, 'xml:lang') ?? null;
        this.#direction ??= attribute(element, 'dir') ?? null;
        return;
      case 'body':
        this.#body ??= element;
        this.#language ??= attribute(element, 'lang') ?? null;
        this.#direction ??= attribute(element, 'dir') ?? null;
        return;
      case 'title':
        // An <svg> may hold a title too; the first one is the page's.
        this.#documentTitle ??= presentOrNull(lineOf(element));
        return;
      case 'meta':
        this.#seeMeta(element);
        return;
      case 'link':
        if (hasToken(attribute(element, 'rel'), 'canonical'))
          this.#canonical ??= presentOrNull(attribute(element, 'href'));
        return;
      case 'script':
        if (/^application\/ld\+json/i.test(attribute(element, 'type') ?? ''))
          this.#add(this.#jsonLd, rawTextOf(element).slice(0, maxJsonLdChars));
        return;
      case 'h1':
        this.#add(this.#headings, lineOf(element));
        return;
      case 'time':
        this.#add(this.#times, attribute(element, 'datetime') ?? lineOf(element));
        return;
      default:
    }
  }

  #seeMeta(element: Element): void {
    const content = attribute(element, 'content')?.trim() ?? '';
    if (content === '') return;
    for (const key of ['name', 'property', 'itemprop', 'http-equiv']) {
      // One property attribute may name several: "og:title twitter:title".
      for (const name of (attribute(element, key) ?? '')
        .toLowerCase()
        .split(/\s+/)
        .filter(Boolean)
        .slice(0, 4)) {
        const values = this.#meta.get(name) ?? [];
        this.#add(values, content);
        this.#meta.set(name, values);
      }
    }
  }

  #seeByMark(element: Element): void {
    if (element.name === 'meta') return;
    const itemprop = attribute(element, 'itemprop')?.toLowerCase();
    if (itemprop !== undefined && /\bdate(?:published|created)\b/.test(itemprop)) {
      this.#add(
        this.#itemDates,
        attribute(element, 'content') ?? attribute(element, 'datetime') ?? lineOf(element),
      );
    }
    if (element.name === 'a' && hasToken(attribute(element, 'rel'), 'tag'))
      this.#add(this.#tags, lineOf(element));
    const rank = authorRank(element, itemprop);
    if (rank !== undefined && this.#authors.length < maxEach) {
      const text = lineOf(element);
      if (text !== '' && text.length <= 120) this.#authors.push({ rank, text });
    }
  }

  #add(list: string[], value: string): void {
    const text = value.trim();
    if (text !== '' && list.length < maxEach) list.push(text);
  }
}

/** How surely an element names the author; lower is surer, undefined is not at all. */
function authorRank(element: Element, itemprop: string | undefined): number | undefined {
  if (hasToken(attribute(element, 'rel'), 'author')) return 1;
  if (itemprop !== undefined && /\bauthor\b/.test(itemprop)) return 0;
  const marks = `${attribute(element, 'class') ?? ''} ${attribute(element, 'id') ?? ''}`.slice(
    0,
    500,
  );
  if (/(?:^|[\s_-])author-?_?name(?:$|[\s_-])/i.test(marks)) return 2;
  if (
    /(?:^|\s|__|--)(?:byline|author|post-author|entry-author|article-author|p-author)(?:$|\s)/i.test(
      marks,
    )
  )
    return 3;
  return undefined;
}

const hasToken = (value: string | undefined, token: string): boolean =>
  value?.toLowerCase().split(/\s+/).includes(token) ?? false;

const presentOrNull = (text: string | undefined): string | null => {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
};
