import { countSentences } from '../text/words.js';

/**
 * How much of an article a document is, 0 to 100: a title (20), length of the text up to 2,000 characters (40),
 * markdown and its structure (20), words up to 300 (10), sentences up to 10 (10). RipTide calls 15 the least
 * useful value.
 */
export function qualityOf(document: {
  readonly title: string | null;
  readonly text: string;
  readonly markdown: string;
  readonly wordCount: number;
}): number {
  const { title, text, markdown, wordCount } = document;
  const hasStructure = /^(?:#{1,6} |[-*] |\d+\. |> |```|\| )|\]\(/m.test(markdown);
  const score =
    (title === null ? 0 : 20) +
    40 * Math.min(1, text.length / 2_000) +
    (markdown === '' ? 0 : 10) +
    (hasStructure ? 10 : 0) +
    10 * Math.min(1, wordCount / 300) +
    10 * Math.min(1, countSentences(text) / 10);
  return Math.round(score);
}
