import { describe, expect, it } from 'vitest';
import { compilePattern, ExtractError, RegexExtractor, regexPresets } from '../src/index.js';
import { examplePage } from './pages.js';

const product = examplePage('product-page.html');

describe('a regex extractor', () => {
  it('returns the first match in the text of the page', () => {
    expect(
      new RegexExtractor().extract(
        '<p title="999-0000">Call 555-0100</p>',
        String.raw`\d{3}-\d{4}`,
      ),
    ).toBe('555-0100');
  });

  it('searches plain text as it is', () => {
    expect(new RegexExtractor().extract('order 66 and 67', String.raw`\d+`)).toBe('66');
  });

  it('does not search scripts and styles', () => {
    const html = '<script>key="secret-1"</script><style>.secret-2{}</style><p>secret-3</p>';
    expect(new RegexExtractor().extractAll(html, String.raw`secret-\d`)).toEqual(['secret-3']);
  });

  it('searches the source when asked', () => {
    const extractor = new RegexExtractor({ source: 'html' });
    expect(extractor.extract('<p data-id="7">x</p>', String.raw`data-id="(\d)"`)).toBe(
      'data-id="7"',
    );
  });

  it('gives the same answer each time, also for a RegExp with the flag g', () => {
    const extractor = new RegexExtractor();
    const pattern = /b+/g;
    expect([1, 2, 3].map(() => extractor.extract('abbb', pattern))).toEqual(['bbb', 'bbb', 'bbb']);
    expect([1, 2].map(() => extractor.extractDocument(product).matches.length)).toEqual([
      extractor.extractDocument(product).matches.length,
      extractor.extractDocument(product).matches.length,
    ]);
  });

  it('tells positions and groups in UTF-16 units', () => {
    const [match] = new RegexExtractor().search('😀 größe=12', String.raw`(?<key>\p{L}+)=(\d+)`);
    expect(match).toMatchObject({ index: 3, text: 'größe=12', named: { key: 'größe' } });
    expect(match?.groups[2]).toBe('12');
  });

  it('understands leading inline flags with both engines', () => {
    for (const engine of ['linear', 'native'] as const) {
      expect(new RegexExtractor({ engine, trusted: true }).extract('ABC', '(?i)abc')).toBe('ABC');
    }
  });

  it('compiles nothing during an extraction that its options named', () => {
    const extractor = new RegexExtractor({ patterns: 'contact', precompile: ['x+'] });
    const before = extractor.compilations;
    extractor.extractDocument(product);
    extractor.extract('xxx', 'x+');
    expect(extractor.compilations).toBe(before);
    for (let at = 0; at < 100; at += 1) extractor.extract('yyy', 'y+');
    expect(extractor.compilations).toBe(before + 1);
  });
});

describe('the ready-made patterns', () => {
  it('find what the product page holds, and nothing that only looks like it', () => {
    const { fields, counts, title, content } = new RegexExtractor().extractDocument(product);
    expect(fields['email']).toEqual([
      'orders@lantern-rope.example',
      'wholesale+eu@lantern-rope.example',
    ]);
    expect(fields['phone']).toEqual(['(555) 010-4477', '+44 20 7946 0018']);
    expect(fields['url']).toEqual(['https://lantern-rope.example/shop']);
    expect(fields['date']).toEqual(['2026-05-04']);
    expect(fields['ip']).toEqual(['192.168.17.4']);
    expect(fields['price']).toEqual(['$1,299.99', '$1,450.00', '1.199,50 €']);
    expect(counts['credit_card']).toBe(1);
    expect(title).toMatch(/^Structured Data \(\d+\)$/);
    expect(content).toContain('email:\n  1. orders@lantern-rope.example');
  });

  it('never show card and social security numbers, but count them', () => {
    const html =
      '<p>card 4111 1111 1111 1111, again 4111-1111-1111-1111, ssn 123-45-6789, no card 1234 5678 9012 3456</p>';
    const found = new RegexExtractor({ patterns: 'sensitive' }).extractDocument(html);
    expect(found.counts).toMatchObject({ credit_card: 2, ssn: 1 });
    expect(JSON.stringify(found)).not.toMatch(/4111|123-45/);
    expect(found.fields['ssn']).toEqual(['[REDACTED]']);
  });

  it('say so when there is nothing', () => {
    const found = new RegexExtractor().extractDocument('<p>nothing here</p>');
    expect(found).toMatchObject({
      title: 'No Structured Data Found',
      confidence: 0.3,
      content: '',
    });
  });

  it('find a phone number whose parenthesis follows a space', () => {
    expect(
      new RegexExtractor({ patterns: 'contact' }).extractDocument('<p>at (555) 123-4567.</p>')
        .fields['phone'],
    ).toEqual(['(555) 123-4567']);
  });

  it.each([
    ['news', '<p>LISBON (Wire) — Rain.</p><p>By Ana de Sousa Silva</p>', { dateline: ['LISBON'] }],
    [
      'financial',
      '<p>NYSE: ACME rose -2.5% · DE89 3704 0044 0532 0130 00</p>',
      { ticker: ['ACME'], percent: ['-2.5%'], iban: ['DE89 3704 0044 0532 0130 00'] },
    ],
    [
      'social',
      '<p>@maren likes #größe, mail a@b.example</p>',
      { mention: ['@maren'], hashtag: ['#größe'] },
    ],
    [
      'contact',
      '<p>12 Long Harbour Street, Selby, CA 90210</p>',
      { address: ['12 Long Harbour Street'], zip: ['90210'] },
    ],
  ] as const)('of the set %s find their kind', (patterns, html, expected) => {
    expect({ ...new RegexExtractor({ patterns }).extractDocument(html).fields }).toMatchObject(
      expected,
    );
  });

  it('all run on the linear engine', () => {
    const names = Object.values(regexPresets)
      .flat()
      .map(({ name, pattern }) => [name, compilePattern(pattern).engine]);
    expect(names.filter(([, engine]) => engine !== 'linear')).toEqual([]);
  });
});

describe('patterns of your own', () => {
  it('share fields, check values and drop repeats', () => {
    const extractor = new RegexExtractor({
      patterns: [
        {
          name: 'card',
          field: 'id',
          pattern: String.raw`\d{4} \d{4} \d{4} \d{4}`,
          validate: 'luhn',
        },
        { name: 'order', field: 'id', pattern: String.raw`order (\w+)`, group: 1 },
      ],
    });
    const found = extractor.extractDocument(
      'order A1 order A1 4111 1111 1111 1111 1234 5678 9012 3456',
    );
    expect(found.fields['id']).toEqual(['4111 1111 1111 1111', 'A1']);
    expect(found.counts['id']).toBe(3);
  });

  it('may be required', () => {
    const extractor = new RegexExtractor({
      patterns: [{ name: 'isbn', pattern: 'ISBN', required: true }],
    });
    expect(() => extractor.extractDocument('<p>x</p>')).toThrow(/required pattern "isbn"/);
  });

  it.each([
    ['(', 'ERR_EXTRACT_INVALID_PATTERN', /missing closing/],
    ['', 'ERR_EXTRACT_INVALID_PATTERN', /empty/],
    ['[z-a]', 'ERR_EXTRACT_INVALID_PATTERN', /range/],
    ['a(?=b)', 'ERR_EXTRACT_UNSAFE_PATTERN', /engine: 'native'/],
    [String.raw`(a)\1`, 'ERR_EXTRACT_UNSAFE_PATTERN', /backreference/],
  ])('%j are refused by the linear engine with a code and a hint', (pattern, code, message) => {
    expect(() => new RegexExtractor().extract('<p>a</p>', pattern)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as unknown }),
    );
  });

  it('report the place of a mistake', () => {
    expect(() => compilePattern('ab[z-a]')).toThrow(expect.objectContaining({ position: 3 }));
    expect(() => compilePattern('ab(?!c)')).toThrow(expect.objectContaining({ position: 2 }));
  });

  it('allow lookbehind, which has a linear form', () => {
    expect(new RegexExtractor().extract('x1 y2', String.raw`(?<=y)\d`)).toBe('2');
  });

  it('with lookahead run on the native engine when it is asked for', () => {
    expect(new RegexExtractor({ engine: 'native' }).extract('a1 ab', 'a(?=b)')).toBe('a');
  });
});

describe('a hostile pattern', () => {
  const attack = `${'a'.repeat(40_000)}!`;
  const catastrophic = [
    '(a+)+$',
    '(a|a)*$',
    '(a|aa)+$',
    '([a-zA-Z]+)*$',
    '(.*a){20}$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    String.raw`\s+$`,
    '(x+x+)+y',
    'a*a*a*a*b',
    '(?:a?){30}a{30}b',
  ];

  it.each(catastrophic)('%s cannot make the linear engine slow', (pattern) => {
    const extractor = new RegexExtractor({ deadlineMs: 5_000 });
    const text = pattern.startsWith(String.raw`\s`) ? `${' '.repeat(40_000)}!` : attack;
    // Ends by itself, before the deadline could stop it.
    expect(typeof extractor.extract(text, pattern)).toBe('string');
    expect(extractor.state).toBe('ready');
  });

  it('is stopped by its deadline on the native engine, and spoils the extractor', () => {
    const extractor = new RegexExtractor({ engine: 'native', patternDeadlineMs: 50 });
    let thrown: unknown;
    try {
      extractor.extract(attack, '(a+)+$');
    } catch (error) {
      thrown = error;
    }
    expect(ExtractError.is(thrown, 'ERR_EXTRACT_TIMEOUT')).toBe(true);
    expect(extractor.state).toBe('poisoned');
    expect(extractor.validate()).toBe(false);
    expect(() => extractor.extract('a', 'a')).toThrow(
      expect.objectContaining({ code: 'ERR_EXTRACT_DESTROYED' }),
    );
  });

  it('cannot be native inside a transform or a text filter', () => {
    expect(() => compilePattern('a(?=b)')).toThrow(/no linear-time form/);
  });

  it.each([
    'email',
    'phone',
    'url',
    'date',
    'price',
    'byline',
    'dateline',
    'address',
    'percent',
    'iban',
    'hashtag',
    'profile',
  ])('is not what %s is, on the text that hurts it most', (name) => {
    const definition = Object.values(regexPresets)
      .flat()
      .find((one) => one.name === name);
    const extractor = new RegexExtractor({
      patterns: definition === undefined ? [] : [definition],
      deadlineMs: 10_000,
    });
    for (const unit of ['a', 'a.', '1-', '1 ', 'A ', 'a@', '(1', '$1,', 'http://']) {
      extractor.extractDocument(`${unit.repeat(20_000)}!`);
    }
    expect(extractor.state).toBe('ready');
  });
});
