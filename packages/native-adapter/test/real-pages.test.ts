import { describe, expect, it } from 'vitest';
import { ArticleExtractor, defaultLimits, parseHtml, textOf } from '../src/index.js';
import { noRealPages, realPages } from './pages.js';

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Harmonic mean of precision and recall of words, each counted as often as it occurs. */
function wordF1(found: string, expected: string): number {
  const left = new Map<string, number>();
  for (const word of words(expected)) left.set(word, (left.get(word) ?? 0) + 1);
  let hits = 0;
  for (const word of words(found)) {
    const count = left.get(word) ?? 0;
    if (count > 0) hits += 1;
    left.set(word, count - 1);
  }
  const precision = hits / Math.max(1, words(found).length);
  const recall = hits / Math.max(1, words(expected).length);
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

describe.skipIf(noRealPages !== undefined)(
  `real pages${noRealPages === undefined ? '' : ` (skipped: ${noRealPages})`}`,
  () => {
    const url = 'http://fakehost/test/page.html';
    const pages = realPages();
    const read = pages.map((page) => ({
      page,
      plain: new ArticleExtractor().extract(page.html, url),
      whole: new ArticleExtractor({ captions: 'keep' }).extract(page.html, url),
      expectedText: textOf(parseHtml(page.expectedHtml, 'fast', defaultLimits)),
    }));

    it('are there', () => expect(pages.length).toBeGreaterThanOrEqual(10));

    it('give the words that Readability gives (floor 0.999)', () => {
      for (const { page, whole, expectedText } of read) {
        expect(wordF1(whole.text, expectedText), page.name).toBeGreaterThanOrEqual(0.999);
      }
    });

    it('lose only captions and credits by default (floor 0.98)', () => {
      for (const { page, plain, expectedText } of read) {
        expect(wordF1(plain.text, expectedText), page.name).toBeGreaterThanOrEqual(0.98);
      }
    });

    it('keep their words in markdown (floor 0.96 of the text without addresses)', () => {
      for (const { page, whole } of read) {
        const prose = whole.markdown
          .replaceAll(/!\[[^\]]*\]\([^)]*\)/g, '')
          .replaceAll(/\]\([^)]*\)/g, ']');
        expect(wordF1(prose, whole.text), page.name).toBeGreaterThanOrEqual(0.96);
      }
    });

    it('have a title that is part of the expected one or the reverse (at least 11 of 12)', () => {
      const fold = (text: string | null): string => words(text ?? '').join(' ');
      const agree = read.filter(({ page, plain }) => {
        const [found, expected] = [fold(plain.title), fold(page.expected.title)];
        return (
          found !== '' &&
          (found.includes(expected) ||
            expected.includes(found) ||
            found.endsWith(expected.replace(/ v8$/, '')))
        );
      });
      expect(agree.length).toBeGreaterThanOrEqual(read.length - 1);
    });

    it('name their site and direction as expected', () => {
      for (const { page, plain } of read) {
        expect([page.name, plain.siteName]).toEqual([page.name, page.expected.siteName]);
        expect([page.name, plain.direction]).toEqual([page.name, page.expected.dir]);
      }
    });

    it('are rated as articles', () => {
      for (const { page, plain } of read) {
        expect(plain.qualityScore, page.name).toBeGreaterThanOrEqual(60);
        expect(plain.language, page.name).not.toBeNull();
      }
    });
  },
);
