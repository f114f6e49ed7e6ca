import type { ExtractedDoc } from '@rockpool/extraction';
import type { PageResult } from '../work/extractors.js';
import type { DonePage } from '../work/job.js';
import { onOneLine, printable } from './printable.js';

/** How results look on stdout. */
export type Format = 'json' | 'markdown' | 'text';

/** Makes the printer of a run; `several` pages each get a heading that tells them apart. */
export function printerOf(
  format: Format,
  { several }: { several: boolean },
): (page: DonePage) => string {
  if (format === 'json') return jsonLine;
  const render = format === 'markdown' ? markdownOf : textOf;
  const head =
    format === 'markdown'
      ? (name: string) => `<!-- ${name.replaceAll('--', '- -')} -->\n`
      : (name: string) => `==> ${name} <==\n`;
  let isFirst = true;
  return ({ source, result }) => {
    const body = printable(render(result));
    if (!several) return body;
    const gap = isFirst ? '' : '\n';
    isFirst = false;
    return `${gap}${head(onOneLine(source.name))}${body}`;
  };
}

/** JSON Lines: one object a page, so that results can be read while others are made. */
function jsonLine({ source, result }: DonePage): string {
  const { article, css, regex, url } = result;
  const line = JSON.stringify({
    input: source.name,
    ...(article ?? { url }),
    ...(css && { css }),
    ...(regex && { regex }),
  });
  // JSON leaves these as they are, but a terminal obeys them.
  return `${line.replaceAll(/[\u007f-\u009f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)}\n`;
}

function markdownOf({ article, css, regex }: PageResult): string {
  const parts = article === undefined ? [] : [articleMarkdown(article)];
  for (const [label, values] of valuesOf(css, regex)) {
    if (values.length > 0)
      parts.push(
        `## ${onOneLine(label)}\n\n${values.map((value) => `- ${onOneLine(value)}\n`).join('')}`,
      );
  }
  return parts.join('\n');
}

function articleMarkdown({ title, markdown, ...article }: ExtractedDoc): string {
  const heading = title === null || startsWithHeading(markdown) ? '' : `# ${onOneLine(title)}\n\n`;
  const facts = factsOf(article);
  return `${heading}${facts === '' ? '' : `*${facts}*\n\n`}${markdown.trim()}\n`;
}

function textOf({ article, css, regex }: PageResult): string {
  const values = valuesOf(css, regex);
  // With one question the answers need no label: they go well into another program.
  const isLabelled = values.length > 1 || article !== undefined;
  const lines = values.flatMap(([label, found]) =>
    found.map((value) => `${isLabelled ? `${onOneLine(label)}\t` : ''}${onOneLine(value)}\n`),
  );
  const parts = article === undefined ? [] : [articleText(article)];
  if (lines.length > 0) parts.push(lines.join(''));
  return parts.join('\n');
}

function articleText({ title, text, ...article }: ExtractedDoc): string {
  const head = [title === null ? '' : onOneLine(title), factsOf(article)].filter(
    (line) => line !== '',
  );
  return [
    ...head.map((line) => `${line}\n`),
    `${head.length > 0 ? '\n' : ''}${text.trim()}\n`,
  ].join('');
}

const factsOf = ({
  byline,
  publishedIso,
  siteName,
}: Pick<ExtractedDoc, 'byline' | 'publishedIso' | 'siteName'>): string =>
  [byline, publishedIso?.slice(0, 10), siteName]
    .flatMap((fact) => (typeof fact === 'string' && fact !== '' ? [onOneLine(fact)] : []))
    .join(' · ');

const startsWithHeading = (markdown: string): boolean => /^\s*# /.test(markdown);

const valuesOf = (
  css: PageResult['css'],
  regex: PageResult['regex'],
): [string, readonly string[]][] => [...Object.entries(css ?? {}), ...Object.entries(regex ?? {})];
