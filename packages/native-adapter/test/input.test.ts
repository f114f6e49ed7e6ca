import { describe, expect, it } from 'vitest';
import { ArticleExtractor, CssExtractor, type HtmlInput, RegexExtractor } from '../src/index.js';

const refusals: [string, HtmlInput, string][] = [
  ['an empty page', '', 'ERR_EXTRACT_EMPTY_INPUT'],
  ['a blank page', ' \n\t ', 'ERR_EXTRACT_EMPTY_INPUT'],
  ['no bytes', new Uint8Array(), 'ERR_EXTRACT_EMPTY_INPUT'],
  ['a PDF', Buffer.from('%PDF-1.7 <p>'), 'ERR_EXTRACT_NOT_HTML'],
  ['a compressed page', Buffer.from([0x1f, 0x8b, 8, 0]), 'ERR_EXTRACT_NOT_HTML'],
  ['binary text', `<p>${'\u0000\u0001\u0002'.repeat(100)}`, 'ERR_EXTRACT_NOT_HTML'],
  ['a number', 42 as unknown as string, 'ERR_EXTRACT_NOT_HTML'],
  ['null', null as unknown as string, 'ERR_EXTRACT_NOT_HTML'],
];

describe('input that is no page', () => {
  it.each(refusals)('%s is refused by every extractor', (_, input, code) => {
    const expected = expect.objectContaining({ code }) as Error;
    expect(() => new CssExtractor().extract(input, 'p')).toThrow(expected);
    expect(() => new RegexExtractor().extract(input, 'p')).toThrow(expected);
    expect(() => new ArticleExtractor().extract(input)).toThrow(expected);
  });

  it('text without a tag is refused where tags are needed', () => {
    expect(() => new CssExtractor().extract('https://example.com', 'p')).toThrow(/no HTML tag/);
    expect(() => new ArticleExtractor().extract('just words')).toThrow(/no HTML tag/);
  });

  it('too much text is refused before it is looked at', () => {
    const extractor = new CssExtractor({ limits: { maxInputChars: 10 } });
    expect(() => extractor.extract('<p>0123456789', 'p')).toThrow(/13 characters, the limit is 10/);
  });

  it('a URL that is none is refused with an example', () => {
    expect(() => new ArticleExtractor().extract('<p>x', 'example.com')).toThrow(
      /absolute http\(s\) URL/,
    );
    expect(() =>
      new CssExtractor().extractDocument('<p>x', { url: `https://a.example/${'x'.repeat(3000)}` }),
    ).toThrow(/2048/);
  });
});

describe('bytes', () => {
  const page = (charset: string, body: number[]): Uint8Array =>
    new Uint8Array([...Buffer.from(`<meta charset="${charset}"><p>`), ...body]);

  it.each([
    ['windows-1251', page('windows-1251', [0xcf, 0xf0, 0xe8]), 'При'],
    ['shift_jis', page('shift_jis', [0x93, 0xfa, 0x96, 0x7b]), '日本'],
    ['an unknown charset as UTF-8', page('klingon', [...Buffer.from('é')]), 'é'],
    [
      'utf-16 with a mark',
      new Uint8Array([0xff, 0xfe, ...Buffer.from('<p>日本', 'utf16le')]),
      '日本',
    ],
    ['utf-8 with a mark', new Uint8Array([0xef, 0xbb, 0xbf, ...Buffer.from('<p>é')]), 'é'],
  ])('are read as %s', (_, bytes, text) => {
    expect(new CssExtractor().extract(bytes, 'p')).toBe(text);
  });
});
