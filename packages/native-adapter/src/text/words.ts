/** How many words a reader reads, also in languages that write without spaces. */
export function countWords(text: string): number {
  if (!unspaced.test(text)) return countMatches(text, /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’_.-]*/gu);
  let words = 0;
  for (const segment of segmenter().segment(text)) if (segment.isWordLike === true) words += 1;
  return words;
}

/** How many sentences end in a text; at least 1 when there is any text. */
export function countSentences(text: string): number {
  if (text.trim() === '') return 0;
  return Math.max(1, countMatches(text, /[.!?…](?=["'”’»)\]]?(?:\s|$))|[。！？]/gu));
}

/** Minutes at 200 words a minute, as RipTide counts; at least 1 when there are words. */
export const readingMinutes = (words: number): number =>
  words === 0 ? 0 : Math.max(1, Math.ceil(words / 200));

/** Scripts in which only a dictionary finds the words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

let sharedSegmenter: Intl.Segmenter | undefined;
/** Made at the first need: it loads dictionaries. */
function segmenter(): Intl.Segmenter {
  sharedSegmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  return sharedSegmenter;
}

function countMatches(text: string, pattern: RegExp): number {
  let count = 0;
  for (const _ of text.matchAll(pattern)) count += 1;
  return count;
}
