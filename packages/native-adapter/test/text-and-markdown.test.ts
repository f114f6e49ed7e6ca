import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLimits, markdownOf, parseHtml, textOf } from '../src/index.js';

const parse = (html: string): ReturnType<typeof parseHtml> =>
  parseHtml(html, 'html5', defaultLimits);
const text = (html: string): string => textOf(parse(html));
const markdown = (html: string, baseUrl?: string): string => markdownOf(parse(html), { baseUrl });

describe('text', () => {
  it.each([
    ['<p>one</p><p>two</p>', 'one\n\ntwo'],
    ['<div>one</div><div>two</div>', 'one\ntwo'],
    ['a<br>b', 'a\nb'],
    ['  a \n\t b  <b> c</b>d ', 'a b cd'],
    ['<pre>  keep\n   this</pre>', 'keep\n   this'],
    ['<p>x</p><pre>a\n  b</pre>', 'x\n\na\n  b'],
    ['<table><tr><th>a<th>b<tr><td>1<td>2</table>', 'a\tb\n1\t2'],
    ['<p>a<span>b</span> <i>c</i></p>', 'ab c'],
    ['a<script>x</script><style>y</style><template>z</template>b', 'ab'],
    ['no&nbsp;break &amp;amp; &lt;tag&gt;', 'no break &amp; <tag>'],
  ])('of %j is %j', (html, expected) => expect(text(html)).toBe(expected));

  it('is cut at the limit', () => {
    expect(textOf(parse('<p>word '.repeat(100)), { maxChars: 20 })).toHaveLength(20);
  });
});

describe('markdown', () => {
  it.each([
    ['a heading', '<h2>A <i>title</i></h2><p>x', '## A *title*\n\nx'],
    ['emphasis', '<p>a<b> bold </b>b <em>it</em> <del>no</del>', 'a **bold** b *it* ~~no~~'],
    ['a link', '<a href="/x y">t</a>', '[t](https://a.example/x%20y)'],
    ['a link around blocks', '<a href="/x"><h3>T</h3><p>d</p></a>', '[T d](https://a.example/x)'],
    ['a script link as text', '<a href="javascript:x()">t</a>', 't'],
    ['an image', '<img src="i.png" alt="An [i]">', '![An \\[i\\]](https://a.example/i.png)'],
    [
      'a lazy image',
      '<img src="data:image/gif;base64,R0" data-src="/i.png">',
      '![](https://a.example/i.png)',
    ],
    [
      'the largest of a srcset',
      '<img srcset="/a.png 1x, /b.png 2x">',
      '![](https://a.example/b.png)',
    ],
    ['a list in a list', '<ul><li>a<ul><li>b</ul><li>c</ul>', '- a\n  - b\n- c'],
    ['an ordered list from 3', '<ol start="3"><li>a<li>b</ol>', '3. a\n4. b'],
    ['a list item with paragraphs', '<ul><li><p>a</p><p>b</p></ul>', '- a\n\n  b'],
    ['a quote', '<blockquote><p>a<p>b</blockquote>', '> a\n>\n> b'],
    ['code', '<p>run <code>a`b</code>', 'run ``a`b``'],
    [
      'a code block with its language',
      '<pre><code class="language-ts">let a = 1;\n\n  b();\n</code></pre>',
      '```ts\nlet a = 1;\n\n  b();\n```',
    ],
    ['a code block that holds a fence', '<pre>```\nx</pre>', '````\n```\nx\n````'],
    [
      'a table',
      '<table><tr><th>a|b<th>c<tr><td>1<td>2<br>3</table>',
      '| a\\|b | c |\n| --- | --- |\n| 1 | 2 3 |',
    ],
    [
      'a cell over two columns',
      '<table><tr><td colspan=2>a<td>b<tr><td>1<td>2<td>3</table>',
      '| a |  | b |\n| --- | --- | --- |\n| 1 | 2 | 3 |',
    ],
    [
      'a table that only arranges',
      '<table><tr><td><h2>t</h2><p>x</p></td><td>y</td></tr></table>',
      '## t\n\nx\n\ny',
    ],
    ['hard breaks', '<p>a<br>b<br><br><br>c', 'a\\\nb\\\n\\\nc'],
    ['a rule', 'a<hr>b', 'a\n\n---\n\nb'],
    [
      'what looks like markup',
      '<p># no *em* [x] `c` 1_000 _x_ &lt;b&gt;</p><p>- no list</p><p>1. none</p>',
      '\\# no \\*em\\* \\[x\\] \\`c\\` 1_000 \\_x\\_ \\<b>\n\n\\- no list\n\n1\\. none',
    ],
    ['bold around paragraphs', '<b><p>a</p><p>b</p></b>', 'a\n\nb'],
  ])('writes %s', (_, html, expected) =>
    expect(markdown(html, 'https://a.example/')).toBe(expected),
  );

  it('does not make a million cells of one', () => {
    const written = markdown('<table><tr><td colspan=1000000>a<td>b<tr><td>c<td>d</table>');
    expect(written.length).toBeLessThan(2_000);
  });

  it('keeps every word of any page, whatever its markup', () => {
    const tags = [
      'p',
      'div',
      'b',
      'a',
      'ul',
      'li',
      'ol',
      'table',
      'tr',
      'td',
      'pre',
      'code',
      'h2',
      'blockquote',
      'span',
      'figure',
      'dl',
      'dt',
    ];
    const piece = fc.oneof(
      fc.constantFrom(...tags).map((tag) => `<${tag}>`),
      fc.constantFrom(...tags).map((tag) => `</${tag}>`),
      fc.integer({ min: 0, max: 9_999 }).map((word) => ` w${word}w `),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const tree = parse(pieces.join(''));
        const words = (source: string): string[] => (source.match(/w\d+w/g) ?? []).sort();
        expect(words(markdownOf(tree))).toEqual(words(pieces.join('')));
        expect(words(textOf(tree))).toEqual(words(pieces.join('')));
      }),
      { numRuns: 300 },
    );
  });
});
