import { describe, expect, it } from 'vitest';
import {
  ArticleExtractor,
  CssExtractor,
  ExtractError,
  extractArticle,
  RegexExtractor,
} from '../src/index.js';
import { examplePage } from './pages.js';

const many = (text: string, count: number): string => text.repeat(count);
const attributes = Array.from({ length: 100_000 }, (_, at) => `a${at}=1`).join(' ');

/** Pages that take parsers down; each ends with a result or with one of our errors. */
const attacks: [string, string][] = [
  ['100,000 nested elements', `${many('<div>', 100_000)}x`],
  ['20,000 nested elements, closed', `${many('<div>', 20_000)}x${many('</div>', 20_000)}`],
  ['50,000 nested drawings', many('<svg>', 50_000)],
  ['50,000 nested tables', many('<table><tr><td>', 50_000)],
  ['50,000 misnested marks', many('<b><i><a><p>', 50_000)],
  [
    '5,000 open marks with other attributes',
    Array.from({ length: 5_000 }, (_, at) => `<font a${at}>`).join('') + many('<p>x', 2_000),
  ],
  ['100,000 attributes', `<p ${attributes}>x</p>`],
  ['many attributes on 1,000 elements', many(`<p ${attributes.slice(0, 6_000)}>x`, 1_000)],
  ['200,000 siblings', many('<i></i>', 200_000)],
  ['29,000 siblings', many('<i></i>', 29_000)],
  ['28,000 line breaks', `<p>${many('<br>', 28_000)}x`],
  ['14,000 paragraphs in one element', `<div>${many('<p>a, b', 14_000)}</div>`],
  ['400 levels of 20 siblings', `${many(`<div>${many('<p>a, b</p>', 20)}`, 400)}`],
  ['300,000 open comments', many('<!--', 300_000)],
  ['a million angle brackets', `<p>${many('<', 1_000_000)}`],
  [
    'an entity bomb',
    `<!DOCTYPE x [<!ENTITY a "${many('&b;', 1_000)}">]><p>${many('&a;', 100_000)}${many('&amp;', 100_000)}</p>`,
  ],
  [
    'a hundred thousand line breaks',
    `<pre>${many('<br>', 100_000)}</pre><p>${many('<br>', 90_000)}x`,
  ],
  ['100,000 list items, never closed', many('<ul><li>', 100_000)],
  ['a megabyte of white space', `<p>${many(' \n', 500_000)}x</p>`],
  ['one word of two megabytes', `<p>${many('a', 2_000_000)}`],
  ['deep quotes', many('<blockquote>x', 400)],
  ['a select with 100,000 options', `<select>${many('<option>x', 100_000)}`],
  [
    'broken structured data',
    `<script type="application/ld+json">${many('[', 500_000)}</script><p>x`,
  ],
  ['null characters', `<p>a${many('\u0000', 2)}b</p>`],
];

const outcome = (work: () => unknown): string => {
  try {
    work();
    return 'result';
  } catch (error) {
    if (ExtractError.is(error)) return error.code;
    throw error;
  }
};

describe('a hostile page', () => {
  // The guards stop the work; the deadline is the second line, and would show as ERR_EXTRACT_TIMEOUT.
  const allowed = expect.stringMatching(
    /^(?:result|ERR_EXTRACT_TOO_DEEP|ERR_EXTRACT_TOO_MANY_NODES|ERR_EXTRACT_TOO_MANY_ATTRIBUTES)$/,
  ) as string;

  it.each(attacks)(
    'of %s ends by itself in the CSS extractor',
    (_, html) => {
      for (const parser of ['html5', 'fast'] as const) {
        const extractor = new CssExtractor({ parser, deadlineMs: 20_000 });
        expect(outcome(() => extractor.extract(html, 'p'))).toEqual(allowed);
        expect(outcome(() => extractor.extractDocument(html))).toEqual(allowed);
      }
    },
    60_000,
  );

  it.each(attacks)(
    'of %s ends by itself in the regex extractor',
    (_, html) => {
      expect(
        outcome(() => new RegexExtractor({ deadlineMs: 20_000 }).extractDocument(html)),
      ).toEqual(allowed);
    },
    60_000,
  );

  it.each(attacks)(
    'of %s ends by itself in the article extractor',
    (_, html) => {
      expect(
        outcome(() =>
          new ArticleExtractor({ deadlineMs: 20_000 }).extract(html, 'https://a.example/'),
        ),
      ).toEqual(allowed);
    },
    60_000,
  );

  it('that is too deep is refused with what the limit is', () => {
    const deep = `${many('<div>', 600)}x`;
    expect(() => new CssExtractor().extract(deep, 'div')).toThrow(/deeper than 512/);
    expect(() => new CssExtractor({ parser: 'fast' }).extract(deep, 'div')).toThrow(
      /deeper than 512/,
    );
    expect(() => extractArticle(deep)).toThrow(/deeper than 512/);
    expect(new CssExtractor({ limits: { maxDepth: 700 } }).extract(deep, 'div')).toBe('x');
  });

  it('with too many nodes is refused', () => {
    expect(() =>
      new CssExtractor({ limits: { maxNodes: 100 } }).extract(many('<p>x', 100), 'p'),
    ).toThrow(/more than 100 nodes/);
  });

  it('cannot hold a selector of quadratic cost beyond the deadline', () => {
    const extractor = new CssExtractor({ deadlineMs: 100 });
    const html = `<ul>${many('<li>x', 20_000)}</ul>`;
    expect(outcome(() => extractor.extract(html, 'li:has(~ li ~ li ~ li.no)'))).toMatch(
      /TIMEOUT|result/,
    );
  });

  it('cannot pollute prototypes', () => {
    const html = examplePage('hostile.html');
    const document = extractArticle(html, 'https://a.example/');
    new CssExtractor({
      fields: { a: '[constructor]', b: { selector: '[__proto__]', take: '@__proto__' } },
    }).extractDocument(html);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(document.title).toBe('A page that wants to hurt its reader');
  });

  it('finds elements by attributes that Object has too, and no others', () => {
    for (const parser of ['html5', 'fast'] as const) {
      const extractor = new CssExtractor({ parser });
      expect(extractor.extractAll('<p constructor>a</p><p>b</p>', 'p[constructor]')).toEqual(['a']);
      expect(extractor.extractAll('<p>a</p>', 'p[toString], p[hasOwnProperty]')).toEqual([]);
    }
  });

  it('gives no script, data or control of its own to the reader', () => {
    const document = extractArticle(examplePage('hostile.html'), 'https://a.example/', {
      mode: 'full',
    });
    expect(document.links.map(({ url }) => url)).toEqual(['https://a.example/fine']);
    expect(document.markdown).not.toMatch(/javascript:|data:text|never/i);
    expect(document.text).toContain('nothing expands: <script>alert(1)</script>');
  });
});
