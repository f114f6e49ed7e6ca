import { type AnyNode, type Element, isTag, isText } from 'domhandler';
import { attribute, blockElements, unreadableElements } from './elements.js';
import { type Layout, layoutOf } from './layout.js';
import { sourceOf, usableUrl } from './links.js';
import {
  codeSpan,
  emphasis,
  escapeText,
  fence,
  indented,
  inlineUrl,
  oneLine,
  quoted,
} from './markdown-syntax.js';
import { cellSpan, tableMarkdown } from './markdown-table.js';
import { rawTextOf } from './text.js';
import { walk } from './walk.js';

/** How {@link markdownOf} writes. */
export interface MarkdownOptions {
  /** Links and images are resolved against this address. */
  readonly baseUrl?: string | undefined;
  /** Markdown beyond this many characters is cut off. Default: no limit. */
  readonly maxChars?: number;
}

/**
 * GitHub-flavoured Markdown of everything below `root`. Iterative: the depth of a page costs neither
 * stack nor more than linear time.
 */
export function markdownOf(root: AnyNode, options: MarkdownOptions = {}): string {
  const writer = new MarkdownWriter(
    layoutOf(root),
    options.baseUrl,
    options.maxChars ?? Number.POSITIVE_INFINITY,
  );
  walk(root, {
    enter: (node) => writer.enter(node, node === root),
    leave: (node) => writer.leave(node),
  });
  return writer.text();
}

/** A construct that is not finished yet. `owner` is the element whose end finishes it. */
interface Frame {
  readonly kind:
    | 'document'
    | 'heading'
    | 'quote'
    | 'list'
    | 'item'
    | 'inline'
    | 'table'
    | 'row'
    | 'cell';
  readonly owner: AnyNode | undefined;
  /** Finished blocks. */
  readonly blocks: string[];
  /** The paragraph being written. */
  inline: string[];
  /** Rows of a table, cells of a row. */
  readonly rows: string[][];
  readonly cells: string[];
}

/** Deeper quotes and lists are written at this level: each level repeats its prefix on every line below it. */
const maxIndent = 16;

class MarkdownWriter {
  readonly #layout: Layout;
  readonly #baseUrl: string | undefined;
  readonly #maxChars: number;
  readonly #frames: Frame[] = [newFrame('document', undefined)];
  #indent = 0;
  #written = 0;

  constructor(layout: Layout, baseUrl: string | undefined, maxChars: number) {
    this.#layout = layout;
    this.#baseUrl = baseUrl;
    this.#maxChars = maxChars;
  }

  enter(node: AnyNode, isRoot: boolean): 'descend' | 'skip' | 'stop' {
    if (this.#written > this.#maxChars) return 'stop';
    if (isText(node)) {
      this.#inline(escapeText(node.data));
      return 'skip';
    }
    if (!isTag(node)) return 'descend';
    if (!isRoot && unreadableElements.has(node.name)) return 'skip';
    return this.#enterElement(node);
  }

  leave(node: AnyNode): void {
    const frame = this.#top();
    if (frame.owner !== node) {
      if (isTag(node) && this.#breaksParagraph(node)) this.#endParagraph();
      return;
    }
    this.#frames.pop();
    this.#finish(frame, node as Element);
  }

  text(): string {
    // A walk that stopped at the limit leaves constructs open: they end here.
    while (this.#frames.length > 1) {
      const frame = this.#frames.pop() as Frame;
      this.#finish(frame, frame.owner as Element);
    }
    this.#endParagraph();
    return this.#top().blocks.join('\n\n').slice(0, this.#maxChars);
  }

  #enterElement(element: Element): 'descend' | 'skip' {
    switch (element.name) {
      case 'br':
        this.#inline(this.#inBlockContext() ? '\\\n' : ' ');
        return 'skip';
      case 'hr':
        if (this.#inBlockContext()) this.#block('---');
        return 'skip';
      case 'img':
        this.#image(element);
        return 'skip';
      case 'pre':
        if (!this.#inBlockContext()) break;
        this.#block(fence(rawTextOf(element), languageOf(element)));
        return 'skip';
      case 'code':
      case 'kbd':
      case 'samp':
      case 'tt':
        this.#inline(codeSpan(rawTextOf(element)));
        return 'skip';
      default:
        break;
    }
    const kind = this.#frameKindOf(element);
    if (kind === undefined) {
      if (this.#breaksParagraph(element)) this.#endParagraph();
      return 'descend';
    }
    if (kind !== 'inline' && kind !== 'cell' && kind !== 'row') this.#endParagraph();
    if (kind === 'item' || kind === 'quote') this.#indent += 1;
    this.#frames.push(newFrame(kind, element));
    return 'descend';
  }

  /** What kind of construct an element opens here; undefined when it opens none. */
  #frameKindOf(element: Element): Frame['kind'] | undefined {
    const { name } = element;
    if (name === 'a' || (inlineMarks.has(name) && !this.#layout.holdsBlocks(element)))
      return 'inline';
    const top = this.#top().kind;
    if (top === 'table' && name === 'tr') return 'row';
    if (top === 'row' && (name === 'td' || name === 'th')) return 'cell';
    if (!this.#inBlockContext()) return undefined;
    if (/^h[1-6]$/.test(name)) return 'heading';
    if (name === 'table') return this.#layout.isDataTable(element) ? 'table' : undefined;
    if (this.#indent >= maxIndent) return undefined;
    if (name === 'blockquote') return 'quote';
    if (name === 'ul' || name === 'ol' || name === 'menu') return 'list';
    return name === 'li' ? 'item' : undefined;
  }

  #finish(frame: Frame, element: Element): void {
    switch (frame.kind) {
      case 'inline':
        this.#inline(this.#inlineMarkdown(element, oneLine(frame.inline.join(''))));
        return;
      case 'heading': {
        const text = oneLine([...frame.blocks, frame.inline.join('')].join(' ')).trim();
        if (text !== '') this.#block(`${'#'.repeat(Number(element.name[1]))} ${text}`);
        return;
      }
      case 'cell':
        this.#top().cells.push(
          oneLine(frame.inline.join('')).trim(),
          ...Array.from({ length: cellSpan(element) - 1 }, () => ''),
        );
        return;
      case 'row':
        if (frame.cells.length > 0) this.#top().rows.push(frame.cells);
        return;
      case 'table': {
        // Text between rows (a caption, stray words) comes before the table.
        const stray = oneLine(frame.inline.join('')).trim();
        if (stray !== '') this.#block(stray);
        if (frame.rows.length > 0) this.#block(tableMarkdown(frame.rows));
        return;
      }
      case 'quote':
        this.#indent -= 1;
        endParagraphOf(frame);
        if (frame.blocks.length > 0) this.#block(quoted(frame.blocks.join('\n\n')));
        return;
      case 'list':
        endParagraphOf(frame);
        if (frame.blocks.length > 0) this.#block(frame.blocks.join('\n'));
        return;
      case 'item':
        this.#indent -= 1;
        endParagraphOf(frame);
        this.#item(frame, element);
        return;
      case 'document':
        throw new Error('bug in rockpool: the document frame has no end tag');
    }
  }

  #item(frame: Frame, element: Element): void {
    if (frame.blocks.length === 0) return;
    const list = this.#top();
    const number = firstNumberOf(element) + list.blocks.length;
    const marker = isOrdered(element) ? `${number}. ` : '- ';
    // An item's nested list follows its words without an empty line; other blocks need one.
    const body = frame.blocks.reduce(
      (text, block) => `${text}${/^(?:- |\d+\. )/.test(block) ? '\n' : '\n\n'}${block}`,
    );
    const text = marker + indented(body, ' '.repeat(marker.length));
    if (list.kind === 'list') list.blocks.push(text);
    else this.#block(text);
  }

  #inlineMarkdown(element: Element, text: string): string {
    if (element.name === 'a') {
      const url = usableUrl(attribute(element, 'href'), this.#baseUrl);
      if (url === null || text.trim() === '') return text;
      return emphasis(text, '[', `](${inlineUrl(url)})`);
    }
    const mark = inlineMarks.get(element.name) ?? '';
    return emphasis(text, mark, mark);
  }

  #image(element: Element): void {
    const url = usableUrl(sourceOf(element), this.#baseUrl);
    if (url === null) return;
    this.#inline(
      `![${escapeText(oneLine(attribute(element, 'alt') ?? '').trim())}](${inlineUrl(url)})`,
    );
  }

  #inline(text: string): void {
    if (text === '') return;
    this.#top().inline.push(text);
    this.#written += text.length;
  }

  #block(text: string): void {
    this.#endParagraph();
    this.#top().blocks.push(text);
    this.#written += 2;
  }

  #endParagraph(): void {
    const frame = this.#top();
    if (isBlockContext(frame)) endParagraphOf(frame);
    // Inside a link or a table cell a block is only a gap between words.
    else if (frame.inline.length > 0) frame.inline.push(' ');
  }

  #breaksParagraph(element: Element): boolean {
    return blockElements.has(element.name);
  }

  #inBlockContext(): boolean {
    return isBlockContext(this.#top());
  }

  #top(): Frame {
    return this.#frames.at(-1) as Frame;
  }
}

const inlineMarks: ReadonlyMap<string, string> = new Map([
  ['b', '**'],
  ['strong', '**'],
  ['i', '*'],
  ['em', '*'],
  ['cite', '*'],
  ['del', '~~'],
  ['s', '~~'],
  ['strike', '~~'],
]);

function newFrame(kind: Frame['kind'], owner: AnyNode | undefined): Frame {
  return { kind, owner, blocks: [], inline: [], rows: [], cells: [] };
}

const isBlockContext = (frame: Frame): boolean =>
  frame.kind === 'document' ||
  frame.kind === 'quote' ||
  frame.kind === 'list' ||
  frame.kind === 'item';

function endParagraphOf(frame: Frame): void {
  const text = paragraph(frame.inline.join(''));
  frame.inline = [];
  if (text !== '') frame.blocks.push(text);
}

/** Collapses white space but keeps hard line breaks; what would start a block at a line start is escaped. */
function paragraph(inline: string): string {
  const lines: string[] = [];
  for (const part of inline.split('\\\n')) {
    const line = escapeLineStart(oneLine(part).trim());
    // No empty line first, never two in a row.
    if (line !== '' || (lines.at(-1) ?? '') !== '') lines.push(line);
  }
  if (lines.at(-1) === '') lines.pop();
  return lines.join('\\\n');
}

const escapeLineStart = (line: string): string =>
  line
    .replace(/^(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|~~~|={3,}$|-{3,}$)/, '\\$1')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2');

function isOrdered(item: Element): boolean {
  return item.parent !== null && isTag(item.parent) && item.parent.name === 'ol';
}

function firstNumberOf(item: Element): number {
  const list = item.parent;
  const start =
    list !== null && isTag(list) ? Number.parseInt(attribute(list, 'start') ?? '1', 10) : 1;
  return Number.isSafeInteger(start) && start >= 0 ? start : 1;
}

/** The language a highlighter was told: `class="language-ts"` on the `pre` or its `code`. */
function languageOf(pre: Element): string {
  const code = pre.children.find((child) => isTag(child) && child.name === 'code') as
    | Element
    | undefined;
  const classes = `${attribute(pre, 'class') ?? ''} ${code === undefined ? '' : (attribute(code, 'class') ?? '')}`;
  return /(?:^|\s)(?:language|lang|highlight-source)-([\w+#-]{1,20})/.exec(classes)?.[1] ?? '';
}
