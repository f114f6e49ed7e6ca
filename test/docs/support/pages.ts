import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import GithubSlugger from 'github-slugger';
import { Marked, type Token, type Tokens } from 'marked';

/** The root of the checkout. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** A Markdown page of the repository. */
export interface Page {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** A code block. */
export interface Block {
  readonly page: string;
  /** Line of its first line of code. */
  readonly line: number;
  /** What follows the fence: `ts`, `ts signature`, `sh`. */
  readonly info: string;
  readonly code: string;
}

/** A link or an image. */
export interface Link {
  readonly page: string;
  readonly href: string;
}

const marked = new Marked();

/** The pages that tell users about Rockpool. */
export function allPages(): Page[] {
  const packages = foldersIn('packages').map((name) => `packages/${name}/README.md`);
  const pages = [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md'],
    ...packages,
    ...markdownIn('docs'),
  ];
  return pages.filter((page) => existsSync(path.join(root, page))).map(pageAt);
}

/** One page. */
export function pageAt(file: string): Page {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { path: file, text, tokens: marked.lexer(text) };
}

/** The code blocks of a page, in order. */
export function blocksOf(page: Page): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  void marked.walkTokens([...page.tokens], (token) => {
    if (token.type !== 'code') return;
    const { text, lang = '' } = token as Tokens.Code;
    const at = page.text.indexOf(text, from);
    from = at + text.length;
    const line = page.text.slice(0, at).split('\n').length;
    blocks.push({ page: page.path, line, info: lang, code: text });
  });
  return blocks;
}

/** The links of a page, images included. */
export function linksOf(page: Page): Link[] {
  const links: Link[] = [];
  void marked.walkTokens([...page.tokens], (token) => {
    if (token.type === 'link' || token.type === 'image') {
      links.push({ page: page.path, href: (token as Tokens.Link).href });
    }
  });
  return links;
}

/** What `#…` may follow a link to this page: its headings as GitHub and npm show them. */
export function anchorsOf(page: Page): Set<string> {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  void marked.walkTokens([...page.tokens], (token) => {
    if (token.type === 'heading')
      anchors.add(slugger.slug(plain((token as Tokens.Heading).tokens)));
  });
  return anchors;
}

/** The rows of the first table under a heading, cell by cell, as plain text. */
export function tableUnder(page: Page, heading: string): string[][] {
  let under = false;
  for (const token of page.tokens) {
    if (token.type === 'heading') under = plain((token as Tokens.Heading).tokens) === heading;
    else if (under && token.type === 'table') {
      return (token as Tokens.Table).rows.map((row) => row.map((cell) => plain(cell.tokens)));
    }
  }
  throw new Error(`${page.path} has no table under '${heading}'`);
}

/** The headings of one level. */
export function headingsOf(page: Page, depth: number): string[] {
  return page.tokens.flatMap((token) =>
    token.type === 'heading' && (token as Tokens.Heading).depth === depth
      ? [plain((token as Tokens.Heading).tokens)]
      : [],
  );
}

function plain(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      const { tokens: inner, text, raw } = token as Partial<Tokens.Text>;
      return inner === undefined ? (text ?? raw ?? '') : plain(inner);
    })
    .join('');
}

function markdownIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const each = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return ['api', 'node_modules'].includes(entry.name) ? [] : markdownIn(each);
    return entry.name.endsWith('.md') ? [each] : [];
  });
}

function foldersIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
