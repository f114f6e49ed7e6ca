import { type RegexPattern, type RegexPreset, regexPresets } from '@rockpool/native-adapter';

/** What to take from each page. */
export interface Plan {
  readonly article: 'wanted' | 'not-wanted';
  readonly selections: readonly Selection[];
  /** In the order of the command line; a name may stand for several. */
  readonly patterns: readonly RegexPattern[];
}

/** What one `--css` asks for. */
export interface Selection {
  /** As typed; the key in the results. */
  readonly label: string;
  readonly selector: string;
  readonly take: 'text' | `@${string}`;
}

/** The plan of a command line. Without `--css` and `--regex` the article is wanted. */
export function planOf(css: readonly string[], regex: readonly string[], article: boolean): Plan {
  const isArticleWanted = article || (css.length === 0 && regex.length === 0);
  return {
    article: isArticleWanted ? 'wanted' : 'not-wanted',
    selections: [...new Set(css)].map(selectionOf),
    patterns: dedupe(regex.flatMap(patternsOf)),
  };
}

/** `a.next@href` takes an attribute: no selector ends like this. */
function selectionOf(label: string): Selection {
  const found = /^(.*[^\s@\\])\s*@([a-z][\w:.-]*)$/is.exec(label);
  const [, selector, attribute] = found ?? [];
  return selector === undefined || attribute === undefined
    ? { label, selector: label, take: 'text' }
    : { label, selector, take: `@${attribute}` };
}

function patternsOf(text: string): readonly RegexPattern[] {
  if (Object.hasOwn(regexPresets, text)) return regexPresets[text as RegexPreset];
  const known = single().get(text);
  if (known !== undefined) return [known];
  const literal = /^\/(.+)\/([a-z]*)$/s.exec(text);
  const [, source = text, flags = ''] = literal ?? [];
  return [{ name: '--regex', field: text, pattern: source, ...(flags === '' ? {} : { flags }) }];
}

function single(): Map<string, RegexPattern> {
  const patterns = Object.values(regexPresets).flat();
  return new Map(patterns.map((pattern) => [pattern.name, pattern]));
}

const dedupe = (patterns: readonly RegexPattern[]): RegexPattern[] => [
  ...new Map(patterns.map((pattern) => [pattern.field ?? pattern.name, pattern])).values(),
];
