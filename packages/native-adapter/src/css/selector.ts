import { compile, type Options, selectAll, selectOne } from 'css-select';
import { parse, type Selector, SelectorType } from 'css-what';
import type { AnyNode, Element } from 'domhandler';
import { LRUCache } from 'lru-cache';
import { InvalidSelectorError } from '../errors.js';
import { lineOf } from '../html/text.js';
import { nearest } from '../options.js';
import { extractHasText } from './has-text.js';

/** A selector ready to be used on any page. */
export interface CompiledSelector {
  readonly source: string;
  all(root: AnyNode): Element[];
  first(root: AnyNode): Element | null;
  /** The matches of each part of a comma list, in the order of the list. */
  readonly parts: readonly ((root: AnyNode) => Element[])[];
  /** Whether the work can grow faster than the page: such selectors always run under the deadline. */
  readonly cost: 'linear' | 'superlinear';
}

/** Longest accepted selector, in characters: the compiler's memory and stack grow with it. */
export const maxSelectorChars = 4_096;
const maxSelectorDepth = 16;

/**
 * Compiled selectors by source, the least recently used leave first. Shared by the extractors of one pool:
 * compiled selectors hold no state of a page.
 */
export class SelectorCache {
  readonly #compiled: LRUCache<string, CompiledSelector>;
  #compilations = 0;

  /** @param max how many compiled selectors are kept, default 1,000 */
  constructor(max = 1_000) {
    this.#compiled = new LRUCache({ max });
  }

  /** How often a selector was compiled since the cache exists. */
  get compilations(): number {
    return this.#compilations;
  }

  get size(): number {
    return this.#compiled.size;
  }

  /** @throws InvalidSelectorError */
  get(selector: string): CompiledSelector {
    const known = this.#compiled.get(selector);
    if (known !== undefined) return known;
    const compiled = compileSelector(selector);
    this.#compilations += 1;
    this.#compiled.set(selector, compiled);
    return compiled;
  }
}

/**
 * Compiles a CSS selector (Selectors 4 as css-select has it, plus `:has-text("…" i)` and `:contains("…")`).
 *
 * @throws InvalidSelectorError for an empty, too long or malformed selector
 */
export function compileSelector(source: string): CompiledSelector {
  if (typeof source !== 'string' || source.trim() === '') {
    throw new InvalidSelectorError(
      String(source),
      'it is empty; give at least a tag name such as "h1"',
      { position: 0 },
    );
  }
  if (source.length > maxSelectorChars) {
    throw new InvalidSelectorError(
      source,
      `it is longer than ${maxSelectorChars} characters; split it into several fields`,
    );
  }
  const { selector, tests } = extractHasText(source);
  const tokens = parseTokens(selector, source);
  const cost = inspect(tokens, source);
  const options: Options<AnyNode, Element> = {
    pseudos: {
      'has-text': (element, index) => tests[Number(index)]?.(lineOf(element)) ?? false,
    },
  };
  const query = compileTokens(tokens, source, options);
  const all = (root: AnyNode): Element[] => selectAll(query, root, options);
  return {
    source,
    cost,
    all,
    first: (root) => selectOne(query, root, options),
    parts: tokens.length === 1 ? [all] : tokens.map((part) => partOf(part, source, options)),
  };
}

function partOf(
  part: Selector[],
  source: string,
  options: Options<AnyNode, Element>,
): (root: AnyNode) => Element[] {
  const query = compileTokens([part], source, options);
  return (root) => selectAll(query, root, options);
}

type Query = ReturnType<typeof compile<AnyNode, Element>>;

function parseTokens(selector: string, source: string): Selector[][] {
  try {
    return parse(selector);
  } catch (error) {
    throw invalid(source, error);
  }
}

function compileTokens(
  tokens: Selector[][],
  source: string,
  options: Options<AnyNode, Element>,
): Query {
  try {
    return compile<AnyNode, Element>(tokens, options);
  } catch (error) {
    throw invalid(source, error);
  }
}

/** Refuses what compiles but means nothing, and finds out what the selector may cost. */
function inspect(
  tokens: Selector[][],
  source: string,
  depth = 0,
  insideHas = false,
): CompiledSelector['cost'] {
  if (depth > maxSelectorDepth) {
    throw new InvalidSelectorError(source, `it nests deeper than ${maxSelectorDepth} levels`);
  }
  let cost: CompiledSelector['cost'] = 'linear';
  for (const complex of tokens) {
    refuseDangling(complex, source);
    for (const token of complex) {
      if (token.type === SelectorType.Sibling) cost = 'superlinear';
      if (token.type !== SelectorType.Pseudo) continue;
      if (textPseudos.has(token.name)) cost = 'superlinear';
      if (!Array.isArray(token.data)) continue;
      const isHas = token.name === 'has';
      if (isHas && insideHas)
        throw new InvalidSelectorError(source, ':has() inside :has() is not valid CSS');
      const inner = inspect(token.data, source, depth + 1, insideHas || isHas);
      if (isHas || inner === 'superlinear') cost = 'superlinear';
    }
  }
  return cost;
}

function refuseDangling(complex: readonly Selector[], source: string): void {
  const last = complex.at(-1);
  if (last === undefined || combinators.has(last.type)) {
    const hint =
      last === undefined
        ? 'a part between two commas is empty'
        : 'nothing follows its last combinator';
    throw new InvalidSelectorError(source, hint, { position: source.length });
  }
}

const combinators: ReadonlySet<string> = new Set([
  SelectorType.Adjacent,
  SelectorType.Child,
  SelectorType.Descendant,
  SelectorType.Parent,
  SelectorType.Sibling,
  SelectorType.ColumnCombinator,
]);

/** They read the whole text of every candidate. */
const textPseudos: ReadonlySet<string> = new Set(['has-text', 'contains', 'icontains']);

function invalid(source: string, error: unknown): InvalidSelectorError {
  const message = error instanceof Error ? error.message : String(error);
  const rest =
    /^(?:Expected name, found |Unmatched selector: |Expected ["'\w-]+, found )([\s\S]*)$/.exec(
      message,
    )?.[1];
  const position = positionOf(source, rest);
  const details = { cause: error, ...(position === undefined ? {} : { position }) };
  return new InvalidSelectorError(source, `${explain(message, rest)}`, details);
}

/** The parser reports what it had left; where that begins is where it stopped. */
function positionOf(source: string, rest: string | undefined): number | undefined {
  if (rest === undefined) return undefined;
  if (rest === '') return source.length;
  const at = source.lastIndexOf(rest);
  return at === -1 ? undefined : at;
}

function explain(message: string, rest: string | undefined): string {
  if (rest === '') return 'it ends too early; a name or a closing bracket is missing';
  if (rest !== undefined) return `unexpected ${JSON.stringify(rest.slice(0, 20))}`;
  const pseudo = /Unknown pseudo-(?:class|element) :+([\w-]+)/.exec(message)?.[1];
  if (pseudo !== undefined) {
    const suggestion = nearest(pseudo, knownPseudos);
    return suggestion === undefined
      ? `unknown pseudo-class ":${pseudo}"`
      : `unknown pseudo-class ":${pseudo}", did you mean ":${suggestion}"?`;
  }
  if (message.startsWith('Pseudo-elements')) {
    return 'pseudo-elements such as ::before are not in the page source; select the element itself';
  }
  if (message.startsWith('Namespaced'))
    return 'namespaces are not supported; leave out the part before "|"';
  if (message === 'Empty sub-selector') return 'a part between two commas is empty';
  return message;
}

const knownPseudos = (
  'has has-text is not where matches first-child last-child only-child nth-child nth-last-child first-of-type last-of-type ' +
  'only-of-type nth-of-type nth-last-of-type root empty contains icontains checked disabled enabled selected lang scope ' +
  'parent header button input text any-link link'
).split(' ');
