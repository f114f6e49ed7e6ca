/** The article extractor that runs inside a component: plain JavaScript, no DOM, no imports. */

const version = '0.2.0';
const largestHtml = 20 * 1024 * 1024;
let extractions = 0;

export function extract(html, url, mode) {
  return run(html, url, mode).content;
}

export function extractWithStats(html, url, mode) {
  const { content, nodes } = run(html, url, mode);
  return [
    content,
    {
      // The guest is built without a clock: whoever calls it knows how long it took.
      processingTimeMs: 0,
      memoryUsed: html.length * 2 + nodes * 64,
      nodesProcessed: nodes,
      linksFound: content.links.length,
      imagesFound: content.media.length,
    },
  ];
}

export function validateHtml(html) {
  checkSize(html);
  if (html.trim() === '') return false;
  return (
    /<!doctype html|<html[\s>]/i.test(html) &&
    /<(body|article|main|section|div|p|h1)[\s>]/i.test(html)
  );
}

export function healthCheck() {
  return {
    status: 'healthy',
    version,
    extractorVersion: version,
    capabilities: getModes(),
    memoryUsage: undefined,
    extractionCount: extractions,
  };
}

export function getInfo() {
  return {
    name: 'rockpool-extractor',
    version,
    componentModelVersion: '0.2.0',
    features: ['article-extraction', 'metadata', 'custom-selectors', 'markdown', 'quality-score'],
    supportedModes: getModes(),
    buildTimestamp: undefined,
    gitCommit: undefined,
  };
}

export function resetState() {
  const before = extractions;
  extractions = 0;
  return `reset after ${before} extractions`;
}

export function getModes() {
  return ['article', 'full', 'metadata', 'custom'];
}

// --- one extraction ---------------------------------------------------------------------------------------------

function run(html, url, mode) {
  check(html, url, mode);
  const { root, nodes } = parse(html);
  extractions += 1;
  const meta = metadata(root, url);
  const parts = contentOf(root, mode);
  const text = parts.map(textOf).join('\n\n').trim();
  const words = text === '' ? 0 : text.split(/\s+/).length;
  const content = {
    url,
    ...meta,
    markdown:
      mode.tag === 'metadata'
        ? ''
        : parts
            .map((part) => markdown(part, url))
            .join('\n\n')
            .trim(),
    text: mode.tag === 'metadata' ? '' : text,
    links: unique(
      parts.flatMap((part) =>
        all(part, (node) => node.tag === 'a').map((a) => absolute(a.attributes.href, url)),
      ),
    ),
    media: unique(
      parts.flatMap((part) =>
        all(part, (node) => mediaTags.has(node.tag)).map((node) =>
          absolute(node.attributes.src, url),
        ),
      ),
    ),
    readingTime: Math.max(1, Math.round(words / 200)),
    wordCount: words,
    qualityScore: quality(meta, words, parts),
  };
  return { content, nodes };
}

function fail(tag, message) {
  throw { tag, val: message };
}

function checkSize(html) {
  if (html.length > largestHtml)
    fail('resource-limit', `${html.length} characters of HTML, the limit is ${largestHtml}`);
}

function check(html, url, mode) {
  checkSize(html);
  if (html.trim() === '') fail('invalid-html', 'the HTML is empty');
  if (!/^https?:\/\/[^\s/]+/i.test(url) || url.length > 2048) {
    fail(
      'invalid-html',
      'the URL must begin with http:// or https:// and have at most 2,048 characters',
    );
  }
  if (mode.tag !== 'custom') return;
  const selectors = mode.val.filter((selector) => selector.trim() !== '');
  if (selectors.length === 0) fail('unsupported-mode', 'custom mode needs at least one selector');
  for (const selector of selectors) {
    if (selector.includes('..') || selector.trim().startsWith('>')) {
      fail('unsupported-mode', `\`${selector}\` is not a selector`);
    }
  }
}

// --- parsing ----------------------------------------------------------------------------------------------------

const voidTags = new Set(
  'area base br col embed hr img input link meta source track wbr'.split(' '),
);
const rawTags = new Set('script style noscript template textarea title svg iframe'.split(' '));
const mediaTags = new Set(['img', 'video', 'audio', 'source', 'iframe']);
const closedBy = {
  p: new Set(
    'p div ul ol table section article h1 h2 h3 h4 h5 h6 blockquote pre form header footer'.split(
      ' ',
    ),
  ),
  li: new Set(['li']),
  td: new Set(['td', 'th', 'tr']),
  th: new Set(['td', 'th', 'tr']),
  tr: new Set(['tr']),
  dt: new Set(['dt', 'dd']),
  dd: new Set(['dt', 'dd']),
  option: new Set(['option']),
};

/** A forgiving tree builder: unknown ends are ignored, forgotten ends are implied. */
function parse(html) {
  const root = element('#root', {}, null);
  let at = root;
  let nodes = 0;
  const token =
    /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?\]\]>|<![^>]*>|<(\/?)([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>|([^<]+|<)/g;
  for (let match = token.exec(html); match !== null; match = token.exec(html)) {
    const [, slash, name, attributes, text] = match;
    if (text !== undefined) {
      at.children.push(decode(text));
      continue;
    }
    if (name === undefined) continue;
    const tag = name.toLowerCase();
    if (slash === '/') {
      for (let up = at; up !== null; up = up.parent) {
        if (up.tag !== tag) continue;
        at = up.parent ?? root;
        break;
      }
      continue;
    }
    while (closedBy[at.tag]?.has(tag)) at = at.parent;
    const node = element(tag, readAttributes(attributes), at);
    at.children.push(node);
    nodes += 1;
    if (rawTags.has(tag) && !attributes.endsWith('/')) {
      const end = new RegExp(`</${tag}\\s*>`, 'gi');
      end.lastIndex = token.lastIndex;
      const found = end.exec(html);
      const stop = found === null ? html.length : found.index;
      if (tag === 'title' || tag === 'textarea')
        node.children.push(decode(html.slice(token.lastIndex, stop)));
      if (tag === 'script' && /ld\+json/.test(node.attributes.type ?? ''))
        node.data = html.slice(token.lastIndex, stop);
      token.lastIndex = found === null ? html.length : end.lastIndex;
    } else if (!voidTags.has(tag) && !attributes.endsWith('/')) {
      at = node;
    }
  }
  return { root, nodes };
}

const element = (tag, attributes, parent) => ({ tag, attributes, parent, children: [] });

function readAttributes(source) {
  const attributes = {};
  const pattern = /([^\s=/"'>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
  for (let match = pattern.exec(source); match !== null; match = pattern.exec(source)) {
    attributes[match[1].toLowerCase()] ??= decode(match[2] ?? match[3] ?? match[4] ?? '');
  }
  return attributes;
}

const entities = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  mdash: '—',
  ndash: '–',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  copy: '©',
};

function decode(text) {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}

// --- looking at the tree ----------------------------------------------------------------------------------------

function all(node, wanted, found = []) {
  for (const child of node.children) {
    if (typeof child === 'string') continue;
    if (wanted(child)) found.push(child);
    all(child, wanted, found);
  }
  return found;
}

const first = (node, wanted) => all(node, wanted)[0];
const unique = (values) => [...new Set(values.filter((value) => value !== undefined))];
const clean = (text) => text.replace(/\s+/g, ' ').trim();
const blockTags = new Set(
  'p div section article main header footer ul ol li table tr blockquote pre h1 h2 h3 h4 h5 h6 figure figcaption dl dt dd hr'.split(
    ' ',
  ),
);

function textOf(node) {
  const lines = [];
  let line = '';
  const end = () => {
    if (clean(line) !== '') lines.push(clean(line));
    line = '';
  };
  const walk = (current) => {
    for (const child of current.children) {
      if (typeof child === 'string') line += child;
      else if (child.tag === 'br') end();
      else if (!hidden(child)) {
        if (blockTags.has(child.tag)) end();
        walk(child);
        if (blockTags.has(child.tag)) end();
      }
    }
  };
  walk(node);
  end();
  return lines.join('\n');
}

const hidden = (node) =>
  rawTags.has(node.tag) ||
  node.attributes.hidden !== undefined ||
  /display:\s*none/.test(node.attributes.style ?? '');

function absolute(reference, base) {
  if (
    reference === undefined ||
    reference === '' ||
    /^(javascript|data|mailto|tel):|^#/i.test(reference)
  )
    return undefined;
  if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) return reference;
  const [, origin, path] = /^(https?:\/\/[^/?#]+)([^?#]*)/i.exec(base);
  if (reference.startsWith('//')) return `${origin.split(':')[0]}:${reference}`;
  if (reference.startsWith('/')) return origin + reference;
  if (reference.startsWith('?')) return origin + path + reference;
  const parts = path
    .slice(0, path.lastIndexOf('/') + 1)
    .split('/')
    .concat(reference.split('/'));
  const kept = [];
  for (const part of parts) {
    if (part === '..') kept.pop();
    else if (part !== '.' && part !== '') kept.push(part);
  }
  return `${origin}/${kept.join('/')}${reference.endsWith('/') ? '/' : ''}`;
}

// --- metadata ---------------------------------------------------------------------------------------------------

function metadata(root) {
  const metas = new Map();
  for (const { attributes } of all(root, (node) => node.tag === 'meta')) {
    const name = (
      attributes.property ??
      attributes.name ??
      attributes.itemprop ??
      ''
    ).toLowerCase();
    if (name !== '' && attributes.content && !metas.has(name))
      metas.set(name, clean(attributes.content));
  }
  const linked = linkedData(root);
  const pick = (...names) =>
    names.map((name) => metas.get(name)).find((value) => value !== undefined);
  const textAt = (wanted) => {
    const found = first(root, wanted);
    return found === undefined ? undefined : clean(textOf(found)) || undefined;
  };
  const tagged = all(
    root,
    (node) => node.tag === 'meta' && node.attributes.property === 'article:tag',
  );
  return {
    title:
      pick('og:title', 'twitter:title') ??
      linked.headline ??
      textAt((n) => n.tag === 'h1') ??
      titleOf(root),
    byline:
      pick('author', 'article:author') ??
      linked.author ??
      textAt(
        (n) =>
          /\b(byline|author)\b/i.test(n.attributes.class ?? '') || n.attributes.rel === 'author',
      ),
    publishedIso:
      pick('article:published_time', 'date', 'datepublished') ??
      linked.datePublished ??
      first(root, (n) => n.tag === 'time' && n.attributes.datetime)?.attributes.datetime,
    language: first(root, (n) => n.tag === 'html')?.attributes.lang ?? pick('og:locale'),
    siteName: pick('og:site_name', 'application-name'),
    description: pick('og:description', 'description', 'twitter:description'),
    categories: unique([
      pick('article:section'),
      ...tagged.map((n) => n.attributes.content),
      ...(pick('keywords') ?? '').split(',').map(clean).filter(Boolean),
    ]).slice(0, 20),
  };
}

function titleOf(root) {
  const title = first(root, (node) => node.tag === 'title');
  return title === undefined ? undefined : clean(title.children.join('')) || undefined;
}

function linkedData(root) {
  for (const { data } of all(root, (node) => node.data !== undefined)) {
    try {
      const parsed = JSON.parse(data);
      const items = Array.isArray(parsed) ? parsed : (parsed['@graph'] ?? [parsed]);
      const article = items.find((item) => /Article|BlogPosting/.test(String(item?.['@type'])));
      if (article === undefined) continue;
      const author = [article.author].flat()[0];
      return {
        headline: article.headline,
        author: author?.name ?? (typeof author === 'string' ? author : undefined),
        datePublished: article.datePublished,
      };
    } catch {
      // pages carry broken JSON-LD; the rest of the page is still worth reading
    }
  }
  return {};
}

// --- content ----------------------------------------------------------------------------------------------------

const unlikely =
  /\b(nav|menu|sidebar|footer|comment|share|social|promo|related|advert|banner|cookie|breadcrumb|subscribe)/i;
const likely = /\b(article|content|entry|post|story|main|body|text)/i;

function contentOf(root, mode) {
  const body = first(root, (node) => node.tag === 'body') ?? root;
  if (mode.tag === 'custom') {
    return mode.val
      .filter((selector) => selector.trim() !== '')
      .flatMap((selector) => select(root, selector));
  }
  if (mode.tag !== 'article') return [body];
  return [articleOf(body)];
}

/** Paragraphs vote for their parents and, half as much, for their grandparents; links take votes away. */
function articleOf(body) {
  const votes = new Map();
  const vote = (node, points) => {
    if (node === null || node === undefined || node.tag === '#root') return;
    votes.set(node, (votes.get(node) ?? bias(node)) + points);
  };
  for (const node of all(
    body,
    (n) => n.tag === 'p' || n.tag === 'pre' || n.tag === 'blockquote' || n.tag === 'li',
  )) {
    const text = clean(textOf(node));
    if (text.length < 25) continue;
    const points =
      (1 + text.split(',').length + Math.min(3, Math.floor(text.length / 100))) *
      (node.tag === 'li' ? 0.3 : 1);
    vote(node.parent, points);
    vote(node.parent?.parent, points / 2);
  }
  let best = body;
  let most = 0;
  for (const [node, points] of votes) {
    const weight = points * (1 - linkDensity(node));
    if (weight > most) {
      most = weight;
      best = node;
    }
  }
  const stated = all(
    body,
    (node) => node.tag === 'article' || node.tag === 'main' || node.attributes.role === 'main',
  );
  const containing = stated.filter(
    (node) => node === best || all(node, (inner) => inner === best).length > 0,
  );
  return strip(containing.at(-1) ?? best);
}

const names = (node) => `${node.attributes.class ?? ''} ${node.attributes.id ?? ''}`;
const bias = (node) =>
  (likely.test(names(node)) ? 5 : 0) -
  (unlikely.test(names(node)) ? 8 : 0) +
  (node.tag === 'article' ? 10 : 0);

function linkDensity(node) {
  const { text, linked } = measure(node);
  return text === 0 ? 0 : Math.min(1, linked / text);
}

const measures = new WeakMap();

/** Characters of text below a node, and those of them inside links; counted once, from the leaves up. */
function measure(node) {
  const known = measures.get(node);
  if (known !== undefined) return known;
  const sum = { text: 0, linked: 0 };
  for (const child of node.children) {
    if (typeof child === 'string') sum.text += child.trim().length;
    else if (!hidden(child)) {
      const inner = measure(child);
      sum.text += inner.text;
      sum.linked += child.tag === 'a' ? inner.text : inner.linked;
    }
  }
  measures.set(node, sum);
  return sum;
}

/** A copy without navigation, forms and boxes of links. */
function strip(node) {
  const copy = element(node.tag, node.attributes, node.parent);
  copy.children = node.children.flatMap((child) => {
    if (typeof child === 'string') return [child];
    if (hidden(child) || ['nav', 'aside', 'form', 'button', 'footer'].includes(child.tag))
      return [];
    if (unlikely.test(names(child)) && !likely.test(names(child)) && linkDensity(child) > 0.3)
      return [];
    return [strip(child)];
  });
  return copy;
}

function quality(meta, words, parts) {
  let score = Math.min(50, Math.round(words / 10));
  if (meta.title) score += 15;
  if (meta.byline) score += 10;
  if (meta.publishedIso) score += 10;
  if (meta.description) score += 5;
  score += Math.round(10 * (1 - Math.max(0, ...parts.map(linkDensity))));
  return Math.max(0, Math.min(100, score));
}

/** Compound selectors of tag, id, classes and attributes, with descendants; lists with commas. */
function select(root, source) {
  return unique(
    source.split(',').flatMap((part) => {
      const steps = part
        .trim()
        .split(/\s+(?![^[]*\])/)
        .map(compound);
      let found = [root];
      for (const matches of steps) found = unique(found.flatMap((node) => all(node, matches)));
      return found;
    }),
  );
}

function compound(source) {
  const pattern = /([#.]?)([\w-]+|\*)|\[([\w-]+)(?:([*^$]?)=["']?([^"'\]]*)["']?)?\]/g;
  const tests = [];
  for (let match = pattern.exec(source); match !== null; match = pattern.exec(source)) {
    const [, sign, name, attribute, operator, value] = match;
    if (attribute !== undefined)
      tests.push((node) => attributeMatches(node.attributes[attribute], operator, value));
    else if (sign === '#') tests.push((node) => node.attributes.id === name);
    else if (sign === '.')
      tests.push((node) => (node.attributes.class ?? '').split(/\s+/).includes(name));
    else if (name !== '*') tests.push((node) => node.tag === name.toLowerCase());
  }
  return (node) => tests.every((test) => test(node));
}

function attributeMatches(actual, operator, value) {
  if (actual === undefined) return false;
  if (value === undefined) return true;
  if (operator === '*') return actual.includes(value);
  if (operator === '^') return actual.startsWith(value);
  if (operator === '$') return actual.endsWith(value);
  return actual === value;
}

// --- markdown ---------------------------------------------------------------------------------------------------

function markdown(node, url) {
  return blocks(node, url).join('\n\n');
}

function blocks(node, url) {
  const found = [];
  let line = '';
  const end = () => {
    if (clean(line) !== '') found.push(clean(line));
    line = '';
  };
  for (const child of node.children) {
    if (typeof child === 'string') line += child;
    else if (hidden(child)) continue;
    else if (!blockTags.has(child.tag)) line += inline(child, url);
    else {
      end();
      found.push(...block(child, url));
    }
  }
  end();
  return found;
}

function block(node, url) {
  const { tag } = node;
  if (/^h[1-6]$/.test(tag))
    return [`${'#'.repeat(Number(tag[1]))} ${clean(inlines(node, url))}`].filter(
      (line) => !/^#+ $/.test(line),
    );
  if (tag === 'hr') return ['---'];
  if (tag === 'pre') return [`\`\`\`\n${rawText(node).replace(/\n+$/, '')}\n\`\`\``];
  if (tag === 'blockquote') return [blocks(node, url).join('\n\n').replace(/^/gm, '> ')];
  if (tag === 'ul' || tag === 'ol') {
    const items = node.children.filter((child) => child.tag === 'li');
    return [
      items
        .map(
          (item, index) =>
            `${tag === 'ol' ? `${index + 1}.` : '-'} ${blocks(item, url).join('\n').replace(/\n/g, '\n  ')}`,
        )
        .join('\n'),
    ];
  }
  return blocks(node, url);
}

const rawText = (node) =>
  node.children.map((child) => (typeof child === 'string' ? child : rawText(child))).join('');
const inlines = (node, url) =>
  node.children
    .map((child) => (typeof child === 'string' ? child : hidden(child) ? '' : inline(child, url)))
    .join('');

function inline(node, url) {
  const inside = inlines(node, url);
  switch (node.tag) {
    case 'br':
      return '\n';
    case 'strong':
    case 'b':
      return clean(inside) === '' ? '' : `**${clean(inside)}**`;
    case 'em':
    case 'i':
      return clean(inside) === '' ? '' : `*${clean(inside)}*`;
    case 'code':
      return `\`${inside}\``;
    case 'a': {
      const target = absolute(node.attributes.href, url);
      return target === undefined || clean(inside) === ''
        ? inside
        : `[${clean(inside)}](${target})`;
    }
    case 'img': {
      const source = absolute(node.attributes.src, url);
      return source === undefined ? '' : `![${clean(node.attributes.alt ?? '')}](${source})`;
    }
    default:
      return inside;
  }
}
