import { performance } from 'node:perf_hooks';
import { StatusLine } from './status-line.js';
import type { Terminal } from './terminal.js';

/** Shows how far the work is, and makes way for what is printed meanwhile. */
export interface Progress {
  advance(outcome: 'done' | 'failed', name: string): void;
  /** Runs `print` with the bar out of the way. */
  aside<R>(print: () => R): R;
  end(): void;
}

/**
 * A bar on stderr when that is a terminal, else nothing.
 *
 * Written here because the libraries at hand take over the keyboard: theirs ends the process with 0 on Ctrl-C and
 * reads the stdin that `-` needs.
 */
export function progressOn(terminal: Terminal, total: number): Progress {
  const { stderr, env } = terminal;
  const shown = stderr.isTTY && env['TERM'] !== 'dumb' && total > 1;
  return shown ? new Bar(terminal, total) : noProgress;
}

const noProgress: Progress = {
  advance: () => {},
  aside: (print) => print(),
  end: () => {},
};

/** Often enough for the eye. */
const redrawMs = 40;
const cells = 24;

class Bar implements Progress {
  readonly #line: StatusLine;
  readonly #total: number;
  readonly #glyphs: readonly [string, string];
  #done = 0;
  #failed = 0;
  #name = '';
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, total: number) {
    this.#line = new StatusLine(terminal.stderr);
    this.#total = total;
    const plain = process.platform === 'win32' && terminal.env['WT_SESSION'] === undefined;
    this.#glyphs = plain ? ['#', '-'] : ['━', '─'];
    this.#draw();
  }

  advance(outcome: 'done' | 'failed', name: string): void {
    this.#done += 1;
    if (outcome === 'failed') this.#failed += 1;
    this.#name = name;
    const isLast = this.#done === this.#total;
    if (isLast || performance.now() - this.#drawnAt >= redrawMs) this.#draw();
  }

  aside<R>(print: () => R): R {
    this.#line.clear();
    const printed = print();
    this.#draw();
    return printed;
  }

  end(): void {
    this.#line.clear();
  }

  #draw(): void {
    this.#drawnAt = performance.now();
    const filled = Math.round((this.#done / this.#total) * cells);
    const [full, rest] = this.#glyphs;
    const failures = this.#failed === 0 ? '' : `  ${this.#failed} failed`;
    this.#line.draw(
      `extracting ${full.repeat(filled)}${rest.repeat(cells - filled)} ${this.#done}/${this.#total}${failures}  ${this.#name}`,
    );
  }
}
