import { InvalidSelectorError } from '../errors.js';

/** A selector whose `:has-text(…)` arguments were replaced by numbers into `tests`. */
export interface HasTextSelector {
  readonly selector: string;
  readonly tests: readonly ((text: string) => boolean)[];
}

/**
 * Takes the arguments of `:has-text("price" i)` out of a selector, because they may hold any character,
 * parentheses too. `i` ignores case, `exact` compares the whole text.
 *
 * @throws InvalidSelectorError when an argument is missing or not closed
 */
export function extractHasText(selector: string): HasTextSelector {
  const tests: ((text: string) => boolean)[] = [];
  let rewritten = '';
  let at = 0;
  for (const start of occurrences(selector)) {
    if (start < at) continue;
    const argument = readArgument(selector, start + name.length);
    rewritten += `${selector.slice(at, start)}${name}${tests.length})`;
    tests.push(testOf(argument));
    at = argument.end;
  }
  return { selector: rewritten + selector.slice(at), tests };
}

const name = ':has-text(';

interface Argument {
  readonly text: string;
  readonly ignoreCase: boolean;
  readonly exact: boolean;
  readonly end: number;
}

/** Where `:has-text(` stands outside of quoted strings. */
function occurrences(selector: string): number[] {
  const found: number[] = [];
  let open = '';
  for (let at = 0; at < selector.length; at += 1) {
    const character = selector[at] as string;
    if (character === '\\') at += 1;
    else if (open !== '') open = character === open ? '' : open;
    else if (character === '"' || character === "'") open = character;
    else if (selector.startsWith(name, at)) {
      found.push(at);
      at = skipArgument(selector, at + name.length);
    }
  }
  return found;
}

function skipArgument(selector: string, start: number): number {
  return readArgument(selector, start).end - 1;
}

function readArgument(selector: string, start: number): Argument {
  const rest = selector.slice(start);
  const quotedArgument = /^\s*(["'])((?:\\.|(?!\1)[^\\])*)\1\s*((?:\b(?:i|exact)\b\s*)*)\)/s.exec(
    rest,
  );
  if (quotedArgument !== null) {
    const [whole, , text = '', flags = ''] = quotedArgument;
    return argument(text.replaceAll(/\\(.)/gs, '$1'), flags.split(/\s+/), start + whole.length);
  }
  const bare = /^\s*([^"'()]+)\)/.exec(rest);
  if (bare !== null) return argument((bare[1] ?? '').trim(), [], start + bare[0].length);
  throw new InvalidSelectorError(
    selector,
    ':has-text() needs a closed text, for example :has-text("In stock" i)',
    { position: start },
  );
}

const argument = (text: string, flags: readonly string[], end: number): Argument => ({
  text,
  ignoreCase: flags.includes('i'),
  exact: flags.includes('exact'),
  end,
});

function testOf({ text, ignoreCase, exact }: Argument): (text: string) => boolean {
  const fold = ignoreCase
    ? (value: string): string => value.toLowerCase()
    : (value: string): string => value;
  const wanted = fold(text);
  return exact ? (value) => fold(value) === wanted : (value) => fold(value).includes(wanted);
}
