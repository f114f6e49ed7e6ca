import { styleText } from 'node:util';
import type { Terminal } from './terminal.js';

/** Colours for a terminal that shows them, else the text as it is. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are honoured. */
export function paintFor(stream: Terminal['stdout'], env: Terminal['env']): Paint {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const isAble = stream.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  return forced || isAble ? colours : plain;
}

const colours: Paint = {
  bold: (text) => styleText('bold', text),
  dim: (text) => styleText('dim', text),
  good: (text) => styleText('green', text),
  bad: (text) => styleText('red', text),
};

const same = (text: string): string => text;
const plain: Paint = { bold: same, dim: same, good: same, bad: same };
