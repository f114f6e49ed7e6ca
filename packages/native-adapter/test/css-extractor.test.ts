import { describe, expect, it } from 'vitest';
import { CssExtractor, ExtractError, mergeExtractions, SelectorCache } from '../src/index.js';
import { examplePage } from './pages.js';

const product = examplePage('product-page.html');

describe('a CSS extractor', () => {
  it('returns the text of the first match', () => {
    const html = '<html><body><h1>Title</h1><p>Content</p></body></html>';
    expect(new CssExtractor().extract(html, 'h1')).toBe('Title');
  });

  it('returns an empty text when nothing matches', () => {
    expect(new CssExtractor().extract('<h1>Title</h1>', 'h2')).toBe('');
  });

  it('passes over matches without text', () => {
    expect(new CssExtractor().extract('<h1> </h1><h1>Second</h1>', 'h1')).toBe('Second');
  });

  it('returns all texts in the order of the page', () => {
    const html = '<ul><li>one<li> <li>two</ul>';
    expect(new CssExtractor().extractAll(html, 'li')).toEqual(['one', 'two']);
  });

  it('keeps at most maxMatches texts', () => {
    const extractor = new CssExtractor({ limits: { maxMatches: 3 } });
    expect(extractor.extractAll('<li>x'.repeat(10), 'li')).toHaveLength(3);
  });

  it('builds the tree a browser builds: table rows get their tbody', () => {
    const html = '<table><tr><td>cell</table>';
    expect(new CssExtractor().extract(html, 'table > tbody > tr > td')).toBe('cell');
    expect(new CssExtractor({ parser: 'fast' }).extract(html, 'table > tr > td')).toBe('cell');
  });

  it('reads :nth-of-type and :first-of-type by type, not by position', () => {
    const html = '<div><span>a</span><p>one</p><b>x</b><p>two</p></div>';
    expect(new CssExtractor().extract(html, 'p:nth-of-type(2)')).toBe('two');
    expect(new CssExtractor().extract(html, 'p:first-of-type')).toBe('one');
  });

  it('applies :has-text inside a selector', () => {
    const html = '<p>In stock (3)</p><p>sold OUT "now"</p>';
    const extractor = new CssExtractor();
    expect(extractor.extract(html, 'p:has-text("out" i)')).toBe('sold OUT "now"');
    expect(extractor.extract(html, 'p:has-text("stock (3)")')).toBe('In stock (3)');
    expect(extractor.extract(html, 'p:has-text("In stock" exact)')).toBe('');
    expect(extractor.extract(html, String.raw`p:has-text("\"now\"")`)).toBe('sold OUT "now"');
  });

  it('keeps scripts and styles out of texts unless they are asked for', () => {
    const html = '<div>text<script>var x = "no"</script><style>p{}</style></div>';
    const extractor = new CssExtractor();
    expect(extractor.extract(html, 'div')).toBe('text');
    expect(extractor.extract(html, 'script')).toBe('var x = "no"');
  });

  it('finds text beyond ASCII', () => {
    expect(new CssExtractor().extract('<h1 class="größe">Ünïcödé 漢字 😀</h1>', '.größe')).toBe(
      'Ünïcödé 漢字 😀',
    );
  });

  it('reads bytes in the charset the page declares', () => {
    const bytes = new Uint8Array([
      ...Buffer.from('<meta charset="iso-8859-1"><h1>caf'),
      0xe9,
      ...Buffer.from('</h1>'),
    ]);
    expect(new CssExtractor().extract(bytes, 'h1')).toBe('café');
  });

  it('compiles a selector once for a hundred pages', () => {
    const cache = new SelectorCache();
    const extractor = new CssExtractor({ cache });
    const before = cache.compilations;
    for (let at = 0; at < 100; at += 1) extractor.extract(`<h4>${at}</h4>`, 'h4');
    expect(cache.compilations - before).toBe(1);
  });

  it('compiles nothing during an extraction that its options named', () => {
    const extractor = new CssExtractor({
      fields: { a: 'p > b', c: { selector: 'i', fallbacks: ['u'] } },
      selectors: ['h1'],
    });
    const before = extractor.compilations;
    extractor.extractDocument('<p><b>x</b></p>');
    extractor.extract('<h1>x</h1>', 'h1');
    expect(extractor.compilations).toBe(before);
  });

  it('drops the selectors used least when its cache is full', () => {
    const cache = new SelectorCache(2);
    for (const selector of ['a', 'b', 'i', 'a']) cache.get(selector);
    expect(cache.size).toBe(2);
    expect(cache.compilations).toBe(4);
  });
});

describe('the fields of a page', () => {
  it('are those of RipTide by default', () => {
    const found = new CssExtractor().extractDocument(examplePage('news-article.html'));
    expect(found.title).toBe('Harbour town switches its ferries to batteries');
    expect(found.fields['author']).toBe('By Maren Holt and Idris Vane');
    expect(found.fields['date']).toBe('14 March 2026');
    expect(found.content).toContain('save 410,000 litres');
    expect(found.summary).toBe(
      "Two of Selby Harbour's four ferries now run on batteries charged by the tide.",
    );
    expect(found.confidence).toBeGreaterThan(0.5);
    expect(found.confidence).toBeLessThanOrEqual(0.95);
  });

  it('come from the title element when there is no heading', () => {
    expect(new CssExtractor().extractDocument('<title>Only this</title><p>x</p>').title).toBe(
      'Only this',
    );
  });

  it('try the parts of a list in the order they are written', () => {
    const extractor = new CssExtractor({ fields: { title: '.headline, h1' } });
    expect(extractor.extractDocument('<h1>first</h1><p class="headline">wanted</p>').title).toBe(
      'wanted',
    );
  });

  it('are read with transforms, attributes and fallbacks', () => {
    const extractor = new CssExtractor({
      fields: {
        price: { selector: '.price', transforms: ['currency'] },
        euro: { selector: '.specs td:has-text("€")', transforms: ['currency'] },
        image: { selector: 'img', take: ['@data-src', '@src'], transforms: ['url_abs'] },
        bullets: { selector: '.product-description li', multiple: true },
        sku: { selector: '.nope', fallbacks: ['.nothing', '.sku'] },
        inStock: { selector: '.availability', transforms: ['boolean'] },
        weight: {
          selector: 'li',
          hasText: { pattern: String.raw`\d+(\.\d)? kg`, regex: true },
          transforms: [
            { name: 'regex_extract', args: { pattern: String.raw`([\d.]+) kg` } },
            'number',
          ],
        },
        absent: { selector: '.absent', default: 'nothing' },
      },
    });
    const found = extractor.extractDocument(product, {
      url: 'https://lantern-rope.example/lanterns/28',
    });
    expect(found.fields).toMatchObject({
      price: 1299.99,
      euro: 1199.5,
      image: 'https://lantern-rope.example/img/lantern-28.jpg',
      sku: 'LR-0028-BR',
      inStock: true,
      weight: 3.2,
      absent: 'nothing',
    });
    expect(found.fields['bullets']).toHaveLength(3);
    expect(found.reports['sku']).toEqual({
      found: 1,
      selectorUsed: '.sku',
      fallbackIndex: 1,
      dropped: 0,
    });
  });

  it('nest: one record for each matched element', () => {
    const extractor = new CssExtractor({
      fields: {
        specs: { selector: '.specs tr', multiple: true, fields: { name: 'th', value: 'td' } },
      },
    });
    const { specs } = extractor.extractDocument(product).fields as {
      specs: { name: string; value: string }[];
    };
    expect(specs.map(({ name, value }) => `${name}=${value}`)).toContain('Material=Brass CW508L');
  });

  it('may be called like members of Object', () => {
    const fields = JSON.parse('{"constructor": "h1", "__proto__": "p"}') as Record<string, string>;
    const found = new CssExtractor({ fields }).extractDocument('<h1>a</h1><p>b</p>');
    expect(found.fields['constructor']).toBe('a');
    expect(Object.keys(found.fields)).toEqual(Object.keys(fields));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('are refused when a required one is missing, with the selectors that were tried', () => {
    const extractor = new CssExtractor({
      fields: { price: { selector: '.price', fallbacks: ['.cost'], required: true } },
    });
    expect(() => extractor.extractDocument('<p>x</p>')).toThrow(
      /required field "price" \(tried "\.price", "\.cost"\)/,
    );
  });

  it('report a transform that failed with its field and value', () => {
    const extractor = new CssExtractor({
      fields: { data: { selector: 'p', transforms: ['json_parse'] } },
    });
    const attempt = (): unknown => extractor.extractDocument('<p>{broken</p>');
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'ERR_EXTRACT_TRANSFORM', field: 'data' }),
    );
  });

  it('of two extractors merge as the policy says, and conflicts are told', () => {
    const merged = mergeExtractions(
      { title: 'A', price: 1, tags: ['x'] },
      { title: 'B', price: null, tags: ['x', 'y'], only: 2 },
      { title: 'other-wins', tags: 'merge' },
    );
    expect({ ...merged.fields }).toEqual({ title: 'B', price: 1, tags: ['x', 'y'], only: 2 });
    expect(merged.conflicts.map(({ field, policy }) => [field, policy])).toEqual([
      ['title', 'other-wins'],
      ['tags', 'merge'],
    ]);
  });
});

describe('a selector that cannot work', () => {
  it.each([
    ['', 0, /empty/],
    ['h1[', 3, /too early/],
    ['h1:frist-child', undefined, /did you mean ":first-child"/],
    ['h1,', undefined, /comma/],
    ['a >', 3, /nothing follows/],
    ['p::before', undefined, /pseudo-elements/],
    ['..', 0, /unexpected/],
    ['li:has(:has(a))', undefined, /:has\(\) inside :has\(\)/],
    ['p:has-text(', 11, /closed text/],
    [`${':not('.repeat(30)}a${')'.repeat(30)}`, undefined, /nests deeper/],
    [`a${',a'.repeat(3_000)}`, undefined, /longer than 4096/],
  ])('%j is refused with its place and a hint', (selector, position, message) => {
    let thrown: unknown;
    try {
      new CssExtractor().extract('<p>x</p>', selector);
    } catch (error) {
      thrown = error;
    }
    expect(ExtractError.is(thrown, 'ERR_EXTRACT_INVALID_SELECTOR')).toBe(true);
    expect(thrown).toMatchObject({ message: expect.stringMatching(message) as unknown });
    if (position !== undefined) expect(thrown).toMatchObject({ position });
  });

  it('in the options is refused when the extractor is made', () => {
    expect(() => new CssExtractor({ selectors: ['h1['] })).toThrow(/Invalid CSS selector "h1\["/);
    expect(() => new CssExtractor({ fields: { a: { selector: 'a', fallbacks: ['!'] } } })).toThrow(
      /Invalid CSS selector "!"/,
    );
  });
});

describe('options of a CSS extractor', () => {
  it('that are unknown are refused with the nearest name', () => {
    expect(() => new CssExtractor({ feilds: {} } as object)).toThrow(
      /unknown option "feilds", did you mean "fields"/,
    );
    expect(() => new CssExtractor({ limits: { maxDeph: 3 } } as object)).toThrow(
      /"limits.maxDeph", did you mean "maxDepth"/,
    );
  });

  it('with an unknown transform are refused with the nearest name', () => {
    const fields = { a: { selector: 'p', transforms: ['nomalize_ws' as 'normalize_ws'] } };
    expect(() => new CssExtractor({ fields })).toThrow(
      /Unknown transform "nomalize_ws".*did you mean "normalize_ws"/,
    );
  });
});
