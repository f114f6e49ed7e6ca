import { z } from 'zod';
import type { ExtractContext } from '../context.js';
import { ExtractError } from '../errors.js';
import { ExtractionGuard, type ExtractorState, type GuardOptions } from '../guard.js';
import { parseHtml } from '../html/parse.js';
import { textOf } from '../html/text.js';
import { requirePageUrl } from '../html/url.js';
import { type HtmlInput, readInput } from '../input.js';
import { parseOptions } from '../options.js';
import { deadlineShape, limitsShape } from '../options-shapes.js';
import type { CompiledPattern, PatternMatch, PatternOptions, RegexEngine } from './pattern.js';
import { PatternCache } from './pattern-cache.js';
import { type Prefilter, prefilterOf } from './prefilter.js';
import { type RegexPattern, type RegexPreset, regexPresets } from './presets.js';
import { validatorOf } from './validators.js';

/** Options of a `RegexExtractor`. */
export interface RegexExtractorOptions extends GuardOptions {
  /** What `extractDocument` looks for: a ready-made set or patterns of your own. Default `default`. */
  readonly patterns?: RegexPreset | readonly RegexPattern[];
  /** Further patterns to compile now instead of at their first use. */
  readonly precompile?: readonly (string | RegExp)[];
  /** Default `linear`. Untrusted native patterns run under `patternDeadlineMs`. */
  readonly engine?: RegexEngine;
  /** All native patterns of this extractor are reviewed and need no deadline. Default false. */
  readonly trusted?: boolean;
  /** Deadline of one untrusted native search, in ms. Default 1,000. */
  readonly patternDeadlineMs?: number;
  /** Search the text a reader sees, or the source of the page. Default `text`. */
  readonly source?: 'text' | 'html';
  /** Equal matches of a field are listed once. Default true. */
  readonly dedupe?: boolean;
}

/** One value found by a named pattern. */
export interface RegexMatch {
  readonly name: string;
  readonly field: string;
  /** The value, or its redacted form. */
  readonly value: string;
  /** Where the match begins in the searched text, in UTF-16 units. */
  readonly index: number;
}

/** What the patterns found. */
export interface RegexExtraction {
  readonly strategy: 'regex';
  readonly url: string | null;
  /** `Structured Data (n)`, or `No Structured Data Found`. */
  readonly title: string;
  /** The matches as a numbered list per field. */
  readonly content: string;
  /** Values by field, without a prototype; fields without a match are left out. */
  readonly fields: Record<string, string[]>;
  /** How often each field matched, before repeats were dropped. */
  readonly counts: Record<string, number>;
  /** In the order of the patterns, then of the text. */
  readonly matches: readonly RegexMatch[];
  /** 0.3 when nothing was found, else 0.6 to 1. */
  readonly confidence: number;
}

interface NamedPattern {
  readonly definition: RegexPattern;
  readonly compiled: CompiledPattern;
  readonly accepts: (text: string) => boolean;
}

/**
 * Finds patterns in pages. The default engine needs linear time for any pattern and any page. Everything the
 * options name is compiled by the constructor; no search leaves anything behind for the next.
 *
 * @example
 * new RegexExtractor().extract('<p>Call 555-0100</p>', String.raw`\d{3}-\d{4}`); // '555-0100'
 */
export class RegexExtractor {
  readonly kind = 'regex';
  readonly #guard: ExtractionGuard;
  readonly #options: RegexExtractorOptions;
  readonly #cache = new PatternCache();
  readonly #patterns: readonly NamedPattern[];
  readonly #prefilter: Prefilter;
  #lastPage: { readonly html: string; readonly text: string } | undefined;

  /** @throws ExtractError `ERR_EXTRACT_OPTIONS`, InvalidPatternError */
  constructor(options: RegexExtractorOptions = {}) {
    parseOptions(schema, options, 'regex extractor options');
    this.#options = options;
    this.#guard = new ExtractionGuard(options);
    const definitions =
      typeof options.patterns === 'object'
        ? options.patterns
        : regexPresets[options.patterns ?? 'default'];
    this.#patterns = definitions.map((definition) => ({
      definition,
      compiled: this.#cache.get(definition.pattern, this.#patternOptions(definition)),
      accepts: definition.validate === undefined ? () => true : validatorOf(definition.validate),
    }));
    for (const pattern of options.precompile ?? [])
      this.#cache.get(pattern, this.#patternOptions());
    this.#prefilter = prefilterOf(this.#patterns.map(({ compiled }) => compiled));
  }

  get state(): ExtractorState {
    return this.#guard.state;
  }

  /** How many patterns this extractor has compiled. */
  get compilations(): number {
    return this.#cache.compilations;
  }

  /**
   * The first match in the page; an empty string when there is none.
   *
   * @throws InvalidPatternError, InputError, ExtractionTimeoutError
   */
  extract(html: HtmlInput, pattern: string | RegExp): string {
    return this.#search(html, pattern, 1)[0]?.text ?? '';
  }

  /**
   * All matches in the page, at most `limits.maxMatches`.
   *
   * @throws InvalidPatternError, InputError, ExtractionTimeoutError
   */
  extractAll(html: HtmlInput, pattern: string | RegExp): string[] {
    return this.search(html, pattern).map(({ text }) => text);
  }

  /** Like `extractAll`, with positions and groups. */
  search(html: HtmlInput, pattern: string | RegExp): PatternMatch[] {
    return this.#search(html, pattern, this.#guard.limits.maxMatches);
  }

  /**
   * Looks for all patterns of the options.
   *
   * @throws ExtractError `ERR_EXTRACT_MISSING_REQUIRED`; InputError, ExtractionTimeoutError
   */
  extractDocument(html: HtmlInput, context: ExtractContext = {}): RegexExtraction {
    const url = context.url === undefined ? null : requirePageUrl(context.url);
    const input = readInput(html, 'text', this.#guard.limits);
    const found = this.#guard.run('Searching the page for patterns', input.length, 'linear', () => {
      const text = this.#searchable(input);
      return this.#prefilter
        .candidates(text)
        .flatMap((at) => this.#matchesOf(this.#patterns[at] as NamedPattern, text));
    });
    this.#requireAll(found);
    return describe(url, found, this.#options.dedupe ?? true);
  }

  /** True when a small page still gives what it should. */
  validate(): boolean {
    if (this.#guard.state !== 'ready') return false;
    return this.extract('<p>probe 42</p>', '[0-9]+') === '42';
  }

  /** Forgets the page of the last borrower. */
  reset(): boolean {
    this.#lastPage = undefined;
    return this.#guard.state === 'ready';
  }

  destroy(): void {
    this.#lastPage = undefined;
    this.#guard.destroy();
  }

  #search(html: HtmlInput, pattern: string | RegExp, max: number): PatternMatch[] {
    // Compiled outside of the deadline: an interrupted cache could not be trusted.
    const compiled = this.#cache.get(pattern, this.#patternOptions());
    const input = readInput(html, 'text', this.#guard.limits);
    return this.#guard.run(
      `The pattern ${JSON.stringify(compiled.source.slice(0, 80))}`,
      input.length,
      'linear',
      () => compiled.matches(this.#searchable(input), max),
    );
  }

  #matchesOf({ definition, compiled, accepts }: NamedPattern, text: string): RegexMatch[] {
    const found: RegexMatch[] = [];
    for (const match of compiled.matches(text, this.#guard.limits.maxMatches)) {
      const value = captureOf(match, definition)?.trim() ?? '';
      if (value === '' || !accepts(value)) continue;
      const shown = redacted(value, definition.redact);
      found.push({
        name: definition.name,
        field: definition.field ?? definition.name,
        value: shown,
        index: match.index,
      });
    }
    return found;
  }

  #searchable(input: string): string {
    if (this.#options.source === 'html' || !/<[a-zA-Z!/]/.test(input)) return input;
    if (this.#lastPage?.html !== input) {
      const { limits } = this.#guard;
      this.#lastPage = {
        html: input,
        text: textOf(parseHtml(input, 'fast', limits), { maxChars: limits.maxOutputChars }),
      };
    }
    return this.#lastPage.text;
  }

  #requireAll(found: readonly RegexMatch[]): void {
    for (const { definition } of this.#patterns) {
      if (definition.required !== true || found.some(({ name }) => name === definition.name))
        continue;
      throw new ExtractError(
        'ERR_EXTRACT_MISSING_REQUIRED',
        `The page has no match for the required pattern "${definition.name}" (${JSON.stringify(String(definition.pattern).slice(0, 80))}).`,
        { field: definition.name },
      );
    }
  }

  #patternOptions(definition?: RegexPattern): PatternOptions {
    const { engine = 'linear', trusted = false, patternDeadlineMs = 1_000 } = this.#options;
    return {
      engine: definition?.engine ?? engine,
      trusted: definition?.trusted ?? trusted,
      deadlineMs: patternDeadlineMs,
      ...(definition === undefined ? {} : { field: definition.name }),
      ...(definition?.flags === undefined ? {} : { flags: definition.flags }),
    };
  }
}

const patternShape = z.union([z.string(), z.instanceof(RegExp)]);
const schema = z.strictObject({
  patterns: z
    .union([
      z.enum(['default', 'news', 'contact', 'financial', 'social', 'sensitive']),
      z.array(
        z.strictObject({
          name: z.string().min(1),
          pattern: patternShape,
          field: z.string().min(1).optional(),
          flags: z.string().optional(),
          group: z.union([z.int().min(0), z.string()]).optional(),
          required: z.boolean().optional(),
          redact: z
            .union([z.boolean(), z.custom((value) => typeof value === 'function')])
            .optional(),
          validate: z
            .union([
              z.enum(['luhn', 'iban', 'ipv4']),
              z.custom((value) => typeof value === 'function'),
            ])
            .optional(),
          engine: z.enum(['linear', 'native']).optional(),
          trusted: z.boolean().optional(),
        }),
      ),
    ])
    .optional(),
  precompile: z.array(patternShape).optional(),
  engine: z.enum(['linear', 'native']).optional(),
  trusted: z.boolean().optional(),
  patternDeadlineMs: z.number().positive().optional(),
  source: z.enum(['text', 'html']).optional(),
  dedupe: z.boolean().optional(),
  limits: limitsShape.optional(),
  deadlineMs: deadlineShape.optional(),
});

function captureOf(match: PatternMatch, { group = 0 }: RegexPattern): string | undefined {
  return typeof group === 'number' ? match.groups[group] : match.named[group];
}

function redacted(value: string, redact: RegexPattern['redact']): string {
  if (typeof redact === 'function') return redact(value);
  return redact === true ? '[REDACTED]' : value;
}

function describe(
  url: string | null,
  matches: readonly RegexMatch[],
  dedupe: boolean,
): RegexExtraction {
  const fields = Object.create(null) as Record<string, string[]>;
  const counts = Object.create(null) as Record<string, number>;
  for (const { field, value } of matches) {
    counts[field] = (counts[field] ?? 0) + 1;
    const values = fields[field];
    if (values === undefined) fields[field] = [value];
    else values.push(value);
  }
  const names = Object.keys(fields);
  if (dedupe) for (const name of names) fields[name] = [...new Set(fields[name])];
  return {
    strategy: 'regex',
    url,
    title:
      matches.length === 0 ? 'No Structured Data Found' : `Structured Data (${matches.length})`,
    content: names
      .map(
        (name) =>
          `${name}:\n${(fields[name] ?? []).map((value, at) => `  ${at + 1}. ${value}`).join('\n')}`,
      )
      .join('\n\n'),
    fields,
    counts,
    matches,
    confidence:
      matches.length === 0
        ? 0.3
        : Math.min(
            1,
            0.5 + Math.min(0.1 * matches.length, 0.5) + Math.min(0.1 * names.length, 0.4),
          ),
  };
}
