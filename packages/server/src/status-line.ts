import truncatedWidth from 'fast-string-truncated-width';
import type { Terminal } from './terminal.js';

const CLEAR = '\r\u001b[2K';

/** One line of a terminal that is drawn again and again, and makes way for what is printed meanwhile. */
export class StatusLine {
  readonly #stream: Terminal['stderr'];
  #text: string | undefined;

  constructor(stream: Terminal['stderr']) {
    this.#stream = stream;
  }

  draw(text: string): void {
    this.#text = text;
    // One column is left free: a full line would wrap, and only its last part could be cleared.
    const limit = Math.max(10, this.#stream.columns || 80) - 1;
    this.#stream.write(`${CLEAR}${text.slice(0, truncatedWidth(text, { limit }).index)}`);
  }

  clear(): void {
    this.#text = undefined;
    this.#stream.write(CLEAR);
  }

  /** Runs `print` with the line out of the way. */
  aside<R>(print: () => R): R {
    const text = this.#text;
    if (text === undefined) return print();
    this.clear();
    const printed = print();
    this.draw(text);
    return printed;
  }
}
