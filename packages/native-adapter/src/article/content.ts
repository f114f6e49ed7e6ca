import { render } from 'dom-serializer';
import { type AnyNode, type Document, type Element, isTag } from 'domhandler';
import type { CompiledSelector } from '../css/selector.js';
import { attribute } from '../html/elements.js';
import { type Link, linksOf, type Media, mediaOf } from '../html/links.js';
import { markdownOf } from '../html/markdown.js';
import { textOf } from '../html/text.js';
import type { ExtractLimits } from '../limits.js';

/** The part of a page that is its content, in every form a reader may want. */
export interface Content {
  readonly text: string;
  readonly markdown: string;
  readonly html: string;
  readonly links: readonly Link[];
  readonly media: readonly Media[];
}

export const noContent: Content = Object.freeze({
  text: '',
  markdown: '',
  html: '',
  links: [],
  media: [],
});

/** What of the tree goes into the text. */
export type Drop = (node: AnyNode) => boolean;

/** Reads one tree in all forms. */
export function contentOf(
  roots: readonly (Document | Element)[],
  baseUrl: string | undefined,
  limits: ExtractLimits,
  drop?: Drop,
): Content {
  const textOptions =
    drop === undefined
      ? { maxChars: limits.maxOutputChars }
      : { maxChars: limits.maxOutputChars, drop };
  const join = (read: (root: Document | Element) => string): string =>
    roots.map(read).filter(Boolean).join('\n\n').slice(0, limits.maxOutputChars);
  return {
    text: join((root) => textOf(root, textOptions)),
    markdown: join((root) => markdownOf(root, { baseUrl, maxChars: limits.maxOutputChars })),
    html: join((root) => render(root)),
    links: roots.flatMap((root) => linksOf(root, baseUrl, limits.maxMatches)),
    media: roots.flatMap((root) => mediaOf(root, baseUrl, limits.maxMatches)),
  };
}

/** The elements some selectors match, without those inside others. */
export function selectedRoots(
  document: Document,
  selectors: readonly CompiledSelector[],
): Element[] {
  const matched = new Set<AnyNode>(selectors.flatMap((selector) => selector.all(document)));
  return [...matched].filter(
    (node): node is Element => isTag(node) && !hasAncestorIn(node, matched),
  );
}

/** Captions, credits and asides are in the article's markup but not in its text. */
export function isBesideTheText(node: AnyNode): boolean {
  if (!isTag(node)) return false;
  if (node.name === 'figcaption' || node.name === 'aside') return true;
  const classes = attribute(node, 'class') ?? '';
  return classes !== '' && besideClass.test(classes.slice(0, 500));
}

/** Around the content of a whole page. */
export function isPageFurniture(node: AnyNode): boolean {
  return isTag(node) && furniture.has(node.name);
}

const besideClass =
  /(?:^|[\s_-])(?:credits?|caption(?:-text)?|photo-credit|image-credit)(?:$|[\s_-])/i;
const furniture: ReadonlySet<string> = new Set([
  'nav',
  'header',
  'footer',
  'aside',
  'form',
  'button',
  'dialog',
]);

function hasAncestorIn(node: Element, set: ReadonlySet<AnyNode>): boolean {
  let at = node.parent;
  while (at !== null) {
    if (set.has(at)) return true;
    at = at.parent;
  }
  return false;
}
