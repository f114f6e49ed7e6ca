import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CssExtractor } from '../src/index.js';
import { isoDateOf } from '../src/text/dates.js';
import { currencyOf, numberOf, percentOf } from '../src/text/numbers.js';
import { countSentences, countWords, readingMinutes } from '../src/text/words.js';

describe('numbers in text', () => {
  it.each([
    ['12,345', 12345],
    ['12.345', 12.345],
    ['1,234.56', 1234.56],
    ['1.234,56', 1234.56],
    ['1,234,567', 1234567],
    ["1'234.50", 1234.5],
    ['1 234,5', 1234.5],
    ['-3.5 °C', -3.5],
    ['about 7 of 9', 7],
    ['0,5', 0.5],
    ['none', null],
  ])('%s is %s', (text, value) => expect(numberOf(text)).toBe(value));

  it.each([
    ['$1,299.99', 1299.99],
    ['1.299,99 €', 1299.99],
    ['1.299 €', 1299],
    ['CHF 12.50', 12.5],
    ['EUR 3.000.000', 3000000],
  ])('the amount of %s is %s', (text, value) => expect(currencyOf(text)).toBe(value));

  it('percentages are fractions', () => expect(percentOf('12.5 %')).toBe(0.125));

  it('are read back from both ways of writing them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999_999 }),
        fc.integer({ min: 0, max: 99 }),
        (whole, cents) => {
          const value = whole + cents / 100;
          const english = value.toLocaleString('en-US', { minimumFractionDigits: 2 });
          const german = value.toLocaleString('de-DE', { minimumFractionDigits: 2 });
          expect(currencyOf(`$${english}`)).toBeCloseTo(value, 2);
          expect(currencyOf(`${german} €`)).toBeCloseTo(value, 2);
        },
      ),
    );
  });
});

describe('dates in text', () => {
  it.each([
    ['2024-05-01', '2024-05-01'],
    ['2024-05-01T10:00:00+02:00', '2024-05-01T08:00:00.000Z'],
    ['2024-05-01T10:00:00Z', '2024-05-01T10:00:00.000Z'],
    ['2024-05-01 10:00', '2024-05-01T10:00:00'],
    ['2024-05-01T10:00:00+0200', '2024-05-01T08:00:00.000Z'],
    ['Published on 1 May 2024 by X', '2024-05-01'],
    ['May 1st, 2024', '2024-05-01'],
    ['1. Mai 2024', '2024-05-01'],
    ['1er juillet 2024', '2024-07-01'],
    ['3 de enero de 2024', '2024-01-03'],
    ['01.05.2024', '2024-05-01'],
    ['13/05/2024', '2024-05-13'],
    ['5/13/2024', '2024-05-13'],
    ['2016年10月14日07:17', '2016-10-14'],
    ['Wed, 01 May 2024 10:00:00 GMT', '2024-05-01T10:00:00.000Z'],
    ['20240501', '2024-05-01'],
    ['5/6/2024', null],
    ['31 February 2024', null],
    ['2024-13-01', null],
    ['yesterday', null],
  ])('%s is %s', (text, iso) => expect(isoDateOf(text)).toBe(iso));

  it('never become a date that Date cannot read', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.date({ noInvalidDate: true }), (noise, date) => {
        for (const text of [noise, `${noise} ${date.toISOString()}`]) {
          const iso = isoDateOf(text);
          if (iso !== null) expect(Number.isNaN(Date.parse(iso))).toBe(false);
        }
      }),
    );
  });
});

describe('words', () => {
  it('are counted in languages with and without spaces', () => {
    expect(countWords("It's a well-known fact.")).toBe(4);
    expect(countWords('今天天气很好')).toBeGreaterThan(1);
    expect(countWords('')).toBe(0);
  });

  it('take a minute per 200, at least one', () => {
    expect([0, 1, 200, 201].map(readingMinutes)).toEqual([0, 1, 1, 2]);
  });

  it('make sentences', () => expect(countSentences('One. Two! Three? 四。')).toBe(4));
});

describe('transforms', () => {
  const read = (html: string, transforms: NonNullable<Parameters<typeof field>[1]>): unknown =>
    field(html, transforms);
  const field = (
    html: string,
    transforms: readonly (string | { name: string; args: Record<string, unknown> })[],
  ): unknown =>
    new CssExtractor({
      fields: { v: { selector: 'p', transforms: transforms as never } },
    }).extractDocument(html, { url: 'https://a.example/b/' }).fields['v'];

  it.each([
    ['<p>  A  b </p>', ['normalize_ws', 'lowercase'], 'a b'],
    ['<p>a, b,c</p>', ['split'], ['a', 'b', 'c']],
    [
      '<p>a;b</p>',
      [
        { name: 'split', args: { separator: ';' } },
        { name: 'join', args: { separator: '+' } },
      ],
      'a+b',
    ],
    ['<p>a,a,b</p>', ['split', 'dedupe'], ['a', 'b']],
    // Decoded once: what the page wrote as &amp;amp;lt; is the text &amp;lt; and becomes &lt;
    ['<p>&amp;amp;lt;</p>', ['html_decode'], '&lt;'],
    ['<p>&lt;b&gt;bold&lt;/b&gt; text</p>', ['strip_tags'], 'bold text'],
    ['<p>{"a":[1]}</p>', ['json_parse'], { a: [1] }],
    ['<p>../c</p>', ['url_abs'], 'https://a.example/c'],
    [
      '<p>Tel. 12 34</p>',
      [{ name: 'regex_replace', args: { pattern: String.raw`\D+`, replacement: '' } }, 'integer'],
      1234,
    ],
    [
      '<p>id=42;</p>',
      [{ name: 'regex_extract', args: { pattern: String.raw`id=(?<n>\d+)`, group: 'n' } }],
      '42',
    ],
    ['<p>a long sentence</p>', [{ name: 'truncate', args: { length: 7 } }], 'a long…'],
    ['<p>yes</p>', ['boolean'], true],
    ['<p>12 May 2020</p>', ['date_iso'], '2020-05-12'],
  ])('%s through %j', (html, transforms, expected) =>
    expect(read(html, transforms)).toEqual(expected),
  );

  it('may be your own', () => {
    const extractor = new CssExtractor({
      fields: {
        v: {
          selector: 'p',
          transforms: ['twice', (value: unknown) => `${String(value)}!`] as never,
        },
      },
      transforms: { twice: (value) => `${String(value)}${String(value)}` },
    });
    expect(extractor.extractDocument('<p>ab</p>').fields['v']).toBe('abab!');
  });
});
