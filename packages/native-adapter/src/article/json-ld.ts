/** What the structured data of a page says about its article. */
export interface JsonLdArticle {
  /** `headline` and `name`, in this order. */
  readonly titles: readonly string[];
  readonly authors: readonly string[];
  readonly published: string | null;
  readonly modified: string | null;
  readonly description: string | null;
  readonly publisher: string | null;
  readonly sections: readonly string[];
  readonly language: string | null;
  readonly image: string | null;
}

/** The first article (else the first page) in the `application/ld+json` scripts of a page; null when there is none. */
export function jsonLdArticleOf(scripts: readonly string[]): JsonLdArticle | null {
  const things = scripts.flatMap((script) => thingsIn(parseLoosely(script)));
  const thing =
    things.find((candidate) => typesOf(candidate).some((type) => articleTypes.test(type))) ??
    things.find((candidate) => typesOf(candidate).some((type) => pageTypes.test(type)));
  return thing === undefined ? null : articleFrom(thing, things);
}

type Thing = Readonly<Record<string, unknown>>;

const articleTypes =
  /^(?:\w*Article|BlogPosting|LiveBlogPosting|SocialMediaPosting|Report|Review|Recipe|HowTo|Blog)$/;
const pageTypes = /^(?:WebPage|ItemPage|AboutPage|FAQPage|Product|VideoObject|PodcastEpisode)$/;
const maxThings = 1_000;

function articleFrom(thing: Thing, things: readonly Thing[]): JsonLdArticle {
  return {
    titles: [textOf(thing['headline']), textOf(thing['name'])].filter((title) => title !== null),
    authors: namesOf(thing['author'] ?? thing['creator'], things),
    published:
      textOf(thing['datePublished']) ?? textOf(thing['dateCreated']) ?? textOf(thing['uploadDate']),
    modified: textOf(thing['dateModified']),
    description: textOf(thing['description']),
    publisher: namesOf(thing['publisher'], things)[0] ?? null,
    sections: listOf(thing['articleSection']),
    language: textOf(thing['inLanguage']),
    image: imageOf(thing['image']),
  };
}

/** Every object of the tree, `@graph` included, breadth first. */
function thingsIn(root: unknown): Thing[] {
  const things: Thing[] = [];
  const queue: unknown[] = [root];
  for (let at = 0; at < queue.length && things.length < maxThings; at += 1) {
    const value = queue[at];
    if (Array.isArray(value)) queue.push(...value.slice(0, maxThings));
    else if (isThing(value)) {
      things.push(value);
      if (Array.isArray(value['@graph'])) queue.push(value['@graph']);
      if (isThing(value['mainEntity'])) queue.push(value['mainEntity']);
      if (isThing(value['mainEntityOfPage'])) queue.push(value['mainEntityOfPage']);
    }
  }
  return things;
}

/** Broken structured data is the page's mistake, and common: it counts as absent. */
function parseLoosely(script: string): unknown {
  const json = script
    .replace(/^\s*(?:<!\[CDATA\[|<!--)/, '')
    .replace(/(?:\]\]>|-->)\s*;?$/, '')
    .trim();
  try {
    return JSON.parse(json);
  } catch {
    return withoutControls(json);
  }
}

/** The commonest defect is a raw line break inside a string. */
function withoutControls(json: string): unknown {
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is repaired here
    return JSON.parse(json.replaceAll(/[\u0000-\u001f]+/g, ' '));
  } catch {
    return null;
  }
}

const isThing = (value: unknown): value is Thing =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typesOf(thing: Thing): string[] {
  return listOf(thing['@type']).map((type) => type.replace(/^https?:\/\/schema\.org\//, ''));
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(textOf).filter((text) => text !== null);
}

function textOf(value: unknown): string | null {
  const text = isThing(value)
    ? (value['@value'] ?? value['name'])
    : Array.isArray(value)
      ? value[0]
      : value;
  if (typeof text !== 'string') return null;
  const line = text.split(/\s+/).join(' ').trim();
  return line === '' ? null : line;
}

/** Names of people or organisations, also of ones that are only referred to by `@id`. */
function namesOf(value: unknown, things: readonly Thing[]): string[] {
  const names = (Array.isArray(value) ? value.slice(0, 20) : [value]).flatMap((entry) => {
    if (!isThing(entry)) return listOf(entry);
    const named =
      isThing(entry) && entry['name'] === undefined
        ? things.find((thing) => thing['@id'] === entry['@id'] && thing['name'] !== undefined)
        : entry;
    return listOf(named?.['name']);
  });
  return [...new Set(names)];
}

function imageOf(value: unknown): string | null {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return isThing(first) ? textOf(first['url']) : textOf(first);
}
