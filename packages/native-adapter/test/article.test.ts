import { describe, expect, it } from 'vitest';
import { ArticleExtractor, extractArticle } from '../src/index.js';
import { examplePage } from './pages.js';

describe('the article of a news page', () => {
  const document = extractArticle(
    examplePage('news-article.html'),
    'https://tidewater.example/2026/03/14/battery-ferries?ref=home',
  );

  it('has what the page says about itself', () => {
    expect(document).toMatchObject({
      title: 'Harbour town switches its ferries to batteries',
      byline: 'Maren Holt, Idris Vane',
      publishedIso: '2026-03-14T05:30:00.000Z',
      modifiedIso: '2026-03-15T08:12:00.000Z',
      siteName: 'The Tidewater Post',
      description: "Two of Selby Harbour's four ferries now run on batteries charged by the tide.",
      language: 'en',
      canonicalUrl: 'https://tidewater.example/2026/03/14/battery-ferries',
      categories: ['Local news', 'Ferries', 'Energy'],
      strategy: 'readability',
    });
  });

  it('has the text and nothing around it', () => {
    expect(document.text).toContain('save 410,000 litres of diesel');
    expect(document.text).toContain('the number of passengers and vehicles on board.');
    expect(document.text).not.toMatch(/Weather|Imprint|Oyster|Share|not content|Photo: J\. Lind/);
  });

  it('has its markdown, with the caption', () => {
    expect(document.markdown).toContain('## Quieter, and not only for the passengers');
    expect(document.markdown).toContain(
      '![The ferry Anna Brook at the new charging pier](https://tidewater.example/images/ferry-wide.jpg)',
    );
    expect(document.markdown).toContain('Photo: J. Lind');
    expect(document.markdown).toContain('> If the figures of the first week hold');
  });

  it('has absolute links of their kinds and the picture', () => {
    expect(document.links).toContainEqual({
      url: 'https://tidewater.example/harbour/2025/reserve-ship',
      text: 'the reserve ship',
      kind: 'internal',
      rel: null,
    });
    expect(document.links).toContainEqual({
      url: 'https://council.example/minutes/2026-02.pdf',
      text: 'decide again',
      kind: 'download',
      rel: null,
    });
    expect(document.links.some(({ url }) => url.startsWith('javascript:'))).toBe(false);
    expect(document.media).toEqual([
      {
        kind: 'image',
        url: 'https://tidewater.example/images/ferry-wide.jpg',
        alt: 'The ferry Anna Brook at the new charging pier',
      },
    ]);
  });

  it('is measured', () => {
    expect(document.wordCount).toBeGreaterThan(280);
    expect(document.readingTime).toBe(2);
    expect(document.qualityScore).toBeGreaterThanOrEqual(85);
  });
});

describe('the article of a blog post', () => {
  const document = extractArticle(examplePage('blog-post.html'), 'https://notes.example/counting');

  it('keeps code with its language, lists in lists and tables', () => {
    expect(document.markdown).toContain(
      "```js\nlet requests = 0;\n\nserver.on('request', (request, response) => {\n  requests += 1; // no lock, no atomics",
    );
    expect(document.markdown).toContain(
      '2. hand it to each of them,\n   - never copy it,\n   - never resize it;\n3. read it',
    );
    expect(document.markdown).toContain(
      '| Way to count | ns per request | Exact? |\n| --- | --- | --- |\n| plain number | 0.9 | per thread |\n| `Atomics.add` | 6.4 | yes |',
    );
    expect(document.markdown).toContain('My advice is **boring**');
  });

  it('takes author, day and tags from the page', () => {
    expect(document).toMatchObject({
      title: 'Counting things without stopping the world',
      byline: 'Priya Raman',
      publishedIso: '2025-11-02',
      categories: ['measurement', 'node'],
      language: 'en-GB',
    });
  });

  it('tells an address to write to from a link', () => {
    expect(document.links.find(({ kind }) => kind === 'email')?.url).toBe(
      'mailto:priya@notes.example',
    );
  });
});

describe('the article of a page in German that declares nothing', () => {
  const document = extractArticle(
    examplePage('artikel-deutsch.html'),
    'https://kuestenblick.example/tuempel',
  );

  it('is recognised as German and read with its umlauts', () => {
    expect(document).toMatchObject({
      language: 'de',
      title: 'Warum Gezeitentümpel die besten Lehrer sind',
      byline: 'Jördis Möller',
      siteName: 'Küstenblick',
      publishedIso: '2026-06-21',
    });
    expect(document.text).toContain('„Hier lernt man schneller als in jedem Buch“');
  });
});

describe('an article extractor', () => {
  const extractor = new ArticleExtractor();
  const news = examplePage('news-article.html');

  it('reads only metadata when only that is wanted', () => {
    const document = extractor.extract(news, undefined, 'metadata');
    expect(document).toMatchObject({
      title: 'Harbour town switches its ferries to batteries',
      text: '',
      markdown: '',
      html: '',
      strategy: 'none',
    });
  });

  it('reads the whole page when that is wanted, without menus', () => {
    const document = extractor.extract(news, undefined, 'full');
    expect(document.strategy).toBe('body');
    expect(document.text).toContain('Two of the four ferries');
    expect(document.text).not.toContain('Weather');
  });

  it('reads selected parts, none of them twice', () => {
    const document = extractor.extract(news, undefined, {
      custom: ['blockquote', 'blockquote p', 'h2'],
    });
    expect(document.strategy).toBe('selectors');
    expect(document.text.match(/If the figures/g)).toHaveLength(1);
    expect(document.markdown).toContain('## What it costs');
  });

  it('refuses a wrong selector of its own mode when it is made', () => {
    expect(() => new ArticleExtractor({ mode: { custom: ['h1['] } })).toThrow(
      /Invalid CSS selector/,
    );
  });

  it('gives the whole text, poorly rated, of a page without an article', () => {
    const document = extractor.extract('<p>Hello there</p>');
    expect(document).toMatchObject({ text: 'Hello there', title: null, url: null, readingTime: 1 });
    expect(document.qualityScore).toBeLessThan(40);
  });

  it('gives empty text for a page that has none', () => {
    const document = extractor.extract(
      '<html><head><title>App</title></head><body><div id="root"></div></body></html>',
    );
    expect(document).toMatchObject({ title: 'App', text: '', wordCount: 0, readingTime: 0 });
  });

  it('reads a page without html and body elements', () => {
    const paragraphs =
      '<p>A sentence that is long enough to be an article, with commas, and more words.</p>'.repeat(
        20,
      );
    const document = extractor.extract(
      `<title>Bare | Site</title><h1>Bare</h1>${paragraphs}`,
      'https://site.example/a',
    );
    expect(document).toMatchObject({ title: 'Bare', strategy: 'readability' });
    expect(document.wordCount).toBeGreaterThan(250);
  });

  it('resolves links against the base of the page', () => {
    const html = `<html><head><base href="https://cdn.example/x/"></head><body><article>${'<p>Words, and more words, to make an article of some length. </p>'.repeat(20)}<p><a href="y">link</a></p></article></body></html>`;
    expect(extractor.extract(html, 'https://a.example/').links[0]?.url).toBe(
      'https://cdn.example/x/y',
    );
  });

  it('leaves relative links as they are when nobody knows the address', () => {
    const html = `<article>${'<p>Words, and more words, to make an article of some length. </p>'.repeat(20)}<p><a href="y">link</a></p></article>`;
    expect(extractor.extract(html).links[0]?.url).toMatch(/y$/);
  });

  it('prefers the title that the page shows over one only machines see', () => {
    const html =
      '<title>Widgets - Shop</title><script type="application/ld+json">{"@type":"Article","headline":"something else entirely","name":"Widgets"}</script><h1>Widgets</h1>';
    expect(extractor.extract(html, undefined, 'metadata').title).toBe('Widgets');
  });

  it('repairs a line break inside structured data, and ignores what cannot be repaired', () => {
    const read = (json: string): string | null =>
      extractor.extract(
        `<script type="application/ld+json">${json}</script><p>x`,
        undefined,
        'metadata',
      ).byline;
    expect(read('{"@type":"Article","author":"Ann\nLee"}')).toBe('Ann Lee');
    expect(read('{"@type":"Article","author":')).toBe(null);
  });

  it('takes the date from the address when the page has none', () => {
    expect(
      extractor.extract('<p>x', 'https://a.example/2024/05/01/story', 'metadata').publishedIso,
    ).toBe('2024-05-01');
  });

  it('keeps no page: the same input gives the same document', () => {
    expect(extractor.extract(news)).toEqual(new ArticleExtractor().extract(news));
  });
});
