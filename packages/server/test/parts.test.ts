import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePage } from '../src/inputs/decode.js';
import { globOf } from '../src/inputs/find.js';
import { parseBytes, parseDuration, showBytes, showDuration } from '../src/quantities.js';
import { rowOf } from '../src/report/table.js';
import { inOrder } from '../src/work/in-order.js';
import { planOf } from '../src/work/plan.js';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('the charset of a page', () => {
  it.each([
    ['who sent it, before what the page says', '<meta charset=utf-8><p>\xcf', 'windows-1251', 'П'],
    ['<meta charset>', '<meta charset="windows-1251"><p>\xcf', undefined, 'П'],
    [
      '<meta http-equiv>',
      '<meta http-equiv=content-type content="text/html; charset=gbk"><p>\xd6\xd0',
      undefined,
      '中',
    ],
    [
      'a byte order mark, before everything',
      '\xef\xbb\xbf<meta charset=gbk><p>\xd6\x90',
      'windows-1251',
      '\u0590',
    ],
    ['UTF-8, when nobody says', '<p>caf\xc3\xa9', undefined, 'é'],
    ['windows-1252, when nobody says and it is not UTF-8', '<p>caf\xe9', undefined, 'é'],
    [
      'UTF-8, when the page says otherwise but it is UTF-8 beyond doubt',
      '<meta charset=gb2312><p>caf\xc3\xa9',
      undefined,
      'é',
    ],
    [
      'iso-2022-jp, which has no byte above 127',
      '<meta charset=iso-2022-jp><p>\x1b$B$"\x1b(B',
      undefined,
      'あ',
    ],
  ])('is that of %s', (_what, bytes, charset, expected) => {
    expect(decodePage({ bytes: latin1(bytes), charset })).toContain(expected);
  });

  it('is UTF-16 with a byte order mark', () => {
    expect(decodePage({ bytes: Buffer.from('\ufeff<p>né', 'utf16le') })).toBe('<p>né');
  });

  it('is the one that was forced, whatever the page says', () => {
    expect(decodePage({ bytes: latin1('<meta charset=utf-8><p>\xcf') }, 'windows-1251')).toContain(
      'П',
    );
  });

  it('does not matter to a page of plain ASCII that names one there is not', () => {
    expect(decodePage({ bytes: latin1('<meta charset=klingon><p>plain') })).toContain('plain');
  });

  it('is refused when there is none such and the page is not UTF-8', () => {
    const decode = (): string => decodePage({ bytes: latin1('<p>caf\xe9'), charset: 'klingon' });
    expect(decode).toThrow(/charset "klingon"/);
  });
});

describe('work in order', () => {
  it('yields in the order of the items, never has more than the window in work, loses nothing', async () => {
    const scenario = fc.record({
      delays: fc.array(fc.nat(5), { maxLength: 30 }),
      window: fc.integer({ min: 1, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ delays, window }) => {
        let running = 0;
        let most = 0;
        const work = async (at: number): Promise<number> => {
          running += 1;
          most = Math.max(most, running);
          for (let turn = 0; turn < (delays[at] ?? 0); turn += 1) await Promise.resolve();
          running -= 1;
          return at;
        };
        const results: number[] = [];
        for await (const result of inOrder(delays.keys(), window, work)) results.push(result);
        expect(results).toEqual([...delays.keys()]);
        expect(most).toBeLessThanOrEqual(window);
      }),
    );
  });
});

describe('a row of a table', () => {
  const columns = [
    { title: 'a', align: 'left', width: 6 },
    { title: 'b', align: 'right', width: 4 },
  ] as const;

  it.each([
    ['short', ['ab', '12'], 'ab        12'],
    ['cut', ['abcdefgh', '12'], 'abcde…    12'],
    ['wide characters', ['中文', '1'], '中文       1'],
    ['wide characters that are cut', ['中文中文', '1'], '中文…      1'],
  ])('is aligned by what a terminal shows: %s', (_what, cells, expected) => {
    expect(rowOf(columns, cells)).toBe(expected);
  });
});

describe('quantities', () => {
  it.each([
    ['512', 512],
    ['500kB', 500_000],
    ['1.5MB', 1_500_000],
    ['2 MiB', 2_097_152],
    ['10 pages', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('%j is so many bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each([
    ['500ms', 500],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['0', 0],
    ['30', undefined],
    ['-1s', undefined],
    ['999999999s', undefined],
  ])('%j is so many milliseconds', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it('are shown with few digits', () => {
    expect([showBytes(900), showBytes(50_000_000)]).toEqual(['900 bytes', '50 MB']);
    expect([0, 1.234, 12.34, 1_234].map(showDuration)).toEqual([
      '0 ms',
      '1.23 ms',
      '12 ms',
      '1.23 s',
    ]);
  });
});

describe('what is asked of a page', () => {
  it('is the article when nothing else is, and beside it when that is said', () => {
    expect(planOf([], [], false).article).toBe('wanted');
    expect(planOf(['h1'], [], false).article).toBe('not-wanted');
    expect(planOf(['h1'], [], true).article).toBe('wanted');
  });

  it.each([
    ['a.next@href', 'a.next', '@href'],
    ['a[href="x@y"]', 'a[href="x@y"]', 'text'],
    ['img@data-src', 'img', '@data-src'],
    ['h1', 'h1', 'text'],
  ])('is an attribute when the selector ends in its name: %s', (label, selector, take) => {
    expect(planOf([label], [], false).selections).toEqual([{ label, selector, take }]);
  });

  it('is each selector and each pattern once, whether named or spelled out', () => {
    const plan = planOf(['h1', 'h1'], ['contact', 'email', '/x/i', '/x/i'], false);
    expect(plan.selections).toHaveLength(1);
    const names = plan.patterns.map(({ field, name }) => field ?? name);
    expect(names).toEqual(['email', 'phone', 'address', 'zip', '/x/i']);
    expect(plan.patterns.at(-1)).toMatchObject({ pattern: 'x', flags: 'i' });
  });
});

describe('patterns of files', () => {
  it('may be written with backslashes where paths are', () => {
    expect(globOf('pages\\**\\*.html', '\\')).toBe('pages/**/*.html');
    expect(globOf('pages/\\[a\\].html', '/')).toBe('pages/\\[a\\].html');
  });
});
