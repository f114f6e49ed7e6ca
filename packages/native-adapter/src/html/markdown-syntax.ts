/** Escapes what Markdown would read as markup inside running text. */
export function escapeText(text: string): string {
  return (
    text
      .replaceAll(/[\\`*[\]]/g, '\\$&')
      .replaceAll(/<(?=[a-zA-Z/!?])/g, '\\<')
      .replaceAll(/~~/g, '\\~~')
      // Inside a word an underscore is only an underscore.
      .replaceAll(/(^|[^\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (found) => `${found.slice(0, -1)}\\_`)
  );
}

/** Runs of white space become one space; ends are kept, so that words do not grow together. */
export function oneLine(text: string): string {
  const words = text.split(/\s+/);
  return words.join(' ');
}

/** Puts marks around the words, not around the white space at their ends: `** a **` is no emphasis. */
export function emphasis(text: string, open: string, close: string): string {
  const words = text.trim();
  if (words === '') return text;
  const start = text.indexOf(words);
  return `${text.slice(0, start)}${open}${words}${close}${text.slice(start + words.length)}`;
}

/** Inline code, fenced with more backticks than the code has in a row. */
export function codeSpan(code: string): string {
  const text = oneLine(code).trim();
  if (text === '') return '';
  const ticks = '`'.repeat(longestTicks(text) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${text}${pad}${ticks}`;
}

/** A code block, fenced with more backticks than the code has in a row. */
export function fence(code: string, language: string): string {
  const ticks = '`'.repeat(Math.max(3, longestTicks(code) + 1));
  const lines = code.split('\n');
  while (lines.length > 1 && lines[0]?.trim() === '') lines.shift();
  while (lines.length > 1 && lines.at(-1)?.trim() === '') lines.pop();
  return `${ticks}${language}\n${lines.map((line) => line.trimEnd()).join('\n')}\n${ticks}`;
}

export const quoted = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');

/** Every line but the first behind `indent`; empty lines stay empty. */
export const indented = (text: string, indent: string): string =>
  text
    .split('\n')
    .map((line, at) => (at === 0 || line === '' ? line : indent + line))
    .join('\n');

/** A URL that cannot end the parentheses of a link. */
export const inlineUrl = (url: string): string =>
  url.replaceAll(
    /[\s()<>\\]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );

function longestTicks(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
