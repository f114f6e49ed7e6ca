import { type AnyNode, isTag, isText } from 'domhandler';
import { blockElements, paragraphElements, unreadableElements } from './elements.js';
import { walk } from './walk.js';

/** How {@link textOf} reads. */
export interface TextOptions {
  /** Text beyond this many characters is cut off. Default: no limit. */
  readonly maxChars?: number;
  /** Elements to leave out besides scripts, styles and the like. */
  readonly drop?: (node: AnyNode) => boolean;
}

/**
 * The text a reader sees: white space collapsed, one line per block, an empty line between paragraphs,
 * `pre` kept as it is. Scripts, styles and `noscript` are left out unless the root itself is one.
 */
export function textOf(root: AnyNode, options: TextOptions = {}): string {
  const writer = new TextWriter(options.maxChars ?? Number.POSITIVE_INFINITY);
  let preformatted = 0;
  walk(root, {
    enter(node) {
      if (isText(node)) {
        if (preformatted > 0) writer.verbatim(node.data);
        else writer.flow(node.data);
        return writer.full ? 'stop' : 'skip';
      }
      if (!isTag(node)) return 'descend';
      if (node !== root && unreadableElements.has(node.name)) return 'skip';
      if (options.drop?.(node) === true) return 'skip';
      if (node.name === 'br') writer.lineBreak(1);
      else if (node.name === 'td' || node.name === 'th') writer.cell();
      else if (blockElements.has(node.name))
        writer.lineBreak(paragraphElements.has(node.name) ? 2 : 1);
      if (node.name === 'pre') preformatted += 1;
      return 'descend';
    },
    leave(node) {
      if (!isTag(node)) return;
      if (node.name === 'pre') preformatted -= 1;
      if (node.name !== 'td' && node.name !== 'th' && blockElements.has(node.name)) {
        writer.lineBreak(paragraphElements.has(node.name) ? 2 : 1);
      }
    },
  });
  return writer.text();
}

/** The characters of all text nodes below `root`, untouched; blocks (lines of code) end with a line break. */
export function rawTextOf(root: AnyNode): string {
  const parts: string[] = [];
  const endLine = (node: AnyNode): void => {
    if (node === root || !isTag(node) || !blockElements.has(node.name) || node.name === 'td')
      return;
    if (parts.length > 0 && parts.at(-1)?.endsWith('\n') === false) parts.push('\n');
  };
  walk(root, {
    enter(node) {
      if (isText(node) && node.data !== '') parts.push(node.data);
      else if (isTag(node) && node.name === 'br') parts.push('\n');
      else endLine(node);
      return 'descend';
    },
    leave: endLine,
  });
  return parts.join('');
}

/** The text of `root` on one line. */
export const lineOf = (root: AnyNode): string => collapse(textOf(root));

/** White space of any kind and length becomes one space; none at the ends. */
export const collapse = (text: string): string => text.split(/\s+/).filter(Boolean).join(' ');

/** Collects text and remembers the break or space that is owed before the next word. */
class TextWriter {
  readonly #parts: string[] = [];
  readonly #maxChars: number;
  #length = 0;
  #owedBreaks = 0;
  #owedSpace: '' | ' ' | '\t' = '';

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  get full(): boolean {
    return this.#length >= this.#maxChars;
  }

  flow(data: string): void {
    const words = data.split(/[\s]+/);
    if (words[0] === '') this.#owe(' ');
    const text = words.filter(Boolean).join(' ');
    if (text === '') return;
    this.#write(text);
    if (words.at(-1) === '') this.#owe(' ');
  }

  verbatim(data: string): void {
    if (data !== '') this.#write(data);
  }

  lineBreak(count: 1 | 2): void {
    this.#owedBreaks = Math.max(this.#owedBreaks, count);
    this.#owedSpace = '';
  }

  /** Cells of a row are set apart by a tab. */
  cell(): void {
    this.#owe('\t');
  }

  text(): string {
    const text = this.#parts.join('').trim();
    return text.length > this.#maxChars ? text.slice(0, this.#maxChars) : text;
  }

  #owe(space: ' ' | '\t'): void {
    if (this.#owedBreaks === 0 && this.#owedSpace !== '\t') this.#owedSpace = space;
  }

  #write(text: string): void {
    if (this.#length > 0) {
      this.#push(this.#owedBreaks > 0 ? '\n'.repeat(this.#owedBreaks) : this.#owedSpace);
    }
    this.#owedBreaks = 0;
    this.#owedSpace = '';
    this.#push(text);
  }

  #push(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }
}
