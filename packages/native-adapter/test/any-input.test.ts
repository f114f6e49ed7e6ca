import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ArticleExtractor,
  CssExtractor,
  compilePattern,
  compileSelector,
  ExtractError,
  InvalidPatternError,
  InvalidSelectorError,
  RegexExtractor,
} from '../src/index.js';

const name = fc.constantFrom(
  ...'a b p div table tr td svg math title template form select option h1 li ul pre br img x-y html head body frameset script style noscript base'.split(
    ' ',
  ),
);
const attribute = fc
  .tuple(
    fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('class', 'style', 'href', 'src', 'id', 'is'),
    ),
    fc.string({ maxLength: 12 }),
  )
  .map(([key, value]) => ` ${key}="${value}"`);
const open = fc
  .tuple(name, fc.array(attribute, { maxLength: 3 }))
  .map(([tag, attributes]) => `<${tag}${attributes.join('')}>`);
const soup = fc
  .array(
    fc.oneof(
      open,
      name.map((tag) => `</${tag}>`),
      fc.string({ maxLength: 20 }),
      fc.constantFrom('<!--', '-->', '<![CDATA[', '&#0;', '&amp', '<', '</', '<!doctype html>'),
    ),
    {
      maxLength: 50,
    },
  )
  .map((parts) => `<p>start ${parts.join('')}`);

/** The error of `work` unless it is one of ours. */
function foreignError(work: () => unknown, ours: (error: unknown) => boolean): unknown {
  try {
    work();
  } catch (error) {
    return ours(error) ? undefined : error;
  }
  return undefined;
}

const isOurs = (error: unknown): boolean => ExtractError.is(error);

describe('whatever comes in', () => {
  const css = new CssExtractor();
  const fast = new CssExtractor({ parser: 'fast' });
  const regex = new RegexExtractor();
  const article = new ArticleExtractor();

  it('of tag soup, every extractor ends with a result or an error of its own', () => {
    fc.assert(
      fc.property(soup, (html) => {
        expect(foreignError(() => css.extractDocument(html), isOurs)).toBeUndefined();
        expect(foreignError(() => fast.extractDocument(html), isOurs)).toBeUndefined();
        expect(foreignError(() => regex.extractDocument(html), isOurs)).toBeUndefined();
        expect(
          foreignError(() => article.extract(html, 'https://a.example/b'), isOurs),
        ).toBeUndefined();
        expect(
          foreignError(() => article.extract(html, undefined, 'full'), isOurs),
        ).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('of bytes, every extractor ends with a result or an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(foreignError(() => css.extract(bytes, 'p'), isOurs)).toBeUndefined();
        expect(foreignError(() => regex.extractDocument(bytes), isOurs)).toBeUndefined();
        expect(foreignError(() => article.extract(bytes), isOurs)).toBeUndefined();
      }),
    );
  });

  it('as a selector, it works or is refused as one', () => {
    const part = fc.constantFrom(
      'a',
      '.b',
      '#c',
      '[d]',
      '[e="f"]',
      ' ',
      '>',
      '+',
      '~',
      ',',
      ':not(',
      ':has(',
      ':is(',
      ':nth-child(',
      '2n+1',
      ')',
      ':has-text(',
      '"x"',
      '*',
      '||',
      '\\',
      ':hover',
      '::after',
      '|',
    );
    const selector = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(selector, (text) => {
        const use = (): unknown =>
          compileSelector(text).source && css.extractAll('<a class="b"><i id="c">x</i></a>', text);
        expect(foreignError(use, (error) => error instanceof InvalidSelectorError)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it('as a pattern, it works or is refused as one, and finds what the engine of JavaScript finds', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '(a|b)',
      '(?:ab)',
      '*',
      '+?',
      '{2,3}',
      '^',
      '$',
      '\\d',
      '\\b',
      '|',
      '[',
      '(?=a)',
      '(?<n>b)',
    );
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 8 }),
        fc.stringMatching(/^[ab1 ]{0,12}$/),
        (parts, text) => {
          const pattern = parts.join('');
          const use = (): void => {
            const linear = compilePattern(pattern)
              .matches(text, 100)
              .map(({ text: found, index }) => [found, index]);
            const native = [...text.matchAll(new RegExp(pattern, 'g'))]
              .filter(([found]) => found !== '')
              .map((match) => [match[0], match.index]);
            expect(linear).toEqual(native);
          };
          expect(
            foreignError(
              use,
              (error) => error instanceof InvalidPatternError || error instanceof SyntaxError,
            ),
          ).toBeUndefined();
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
