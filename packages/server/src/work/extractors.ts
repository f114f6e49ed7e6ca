import { createExtractionPool, type ExtractedDoc, type ExtractionPool } from '@rockpool/extraction';
import {
  type CssLease,
  defaultLimits,
  type ExtractLimits,
  NativeExtractorPool,
  type NativePoolConfig,
  type RegexLease,
} from '@rockpool/native-adapter';
import type { Plan } from './plan.js';
import { type PoolUse, useOfArticles, useOfFields } from './pool-use.js';

/** What was found in one page; only what the plan wants is there. */
export interface PageResult {
  readonly url: string | null;
  readonly article?: ExtractedDoc;
  /** Values by selector as typed. */
  readonly css?: Readonly<Record<string, readonly string[]>>;
  /** Values by pattern. */
  readonly regex?: Readonly<Record<string, readonly string[]>>;
}

/** The extractors that one page needs, on loan. */
export interface Place extends Disposable {
  /** Extracts the page; throws what the extractors throw. */
  extract(html: string, url: string | undefined): Promise<PageResult>;
}

/** How much at once, and how long. */
export interface WorkLimits {
  readonly concurrency: number;
  readonly maxBytes: number;
  /** One extraction, in ms; 0 = no limit. */
  readonly timeoutMs: number;
}

/**
 * The pools of one run. A page holds its place from before it is read until it is extracted: so the pools bound
 * open files, connections and pages in memory as well.
 */
export class Extractors implements AsyncDisposable {
  readonly #plan: Plan;
  readonly #articles: ExtractionPool | undefined;
  readonly #fields: NativeExtractorPool | undefined;
  readonly #lentBefore = new WeakSet<object>();
  readonly #reused = { css: 0, regex: 0 };

  /** @throws InvalidSelectorError, InvalidPatternError, ExtractError `ERR_EXTRACT_OPTIONS`: before any page is read */
  constructor(plan: Plan, work: WorkLimits) {
    this.#plan = plan;
    const limits = limitsOf(work);
    const sizes = { minPoolSize: 0, initialPoolSize: 0, maxPoolSize: work.concurrency };
    // A page waits for its turn, however long; what it may take once it has it is limited.
    const times = { acquireTimeoutMs: 0, extractionTimeoutMs: work.timeoutMs };
    if (plan.selections.length > 0 || plan.patterns.length > 0) {
      this.#fields = new NativeExtractorPool({
        name: 'rockpool',
        ...sizes,
        ...times,
        ...fieldsOf(plan),
        limits,
      });
    }
    if (plan.article === 'wanted') {
      this.#articles = createExtractionPool({
        name: 'rockpool',
        ...times,
        native: { ...sizes, limits },
      });
    }
  }

  /**
   * Waits for a place.
   *
   * @throws PoolError `ERR_POOL_ABORTED` when `signal` aborts first
   */
  async place(signal: AbortSignal, label: string): Promise<Place> {
    const loans: Disposable[] = [];
    const release = (): void => {
      for (const loan of loans) loan[Symbol.dispose]();
    };
    const keep = <L extends Disposable>(loan: L): L => {
      loans.push(loan);
      return loan;
    };
    try {
      // Always in this order, and all pools have the same size: who has the first never waits for the others.
      const article = this.#articles && keep(await this.#articles.checkout({ signal, label }));
      const css =
        this.#plan.selections.length === 0 ? undefined : keep(await this.#borrow('css', signal));
      const regex =
        this.#plan.patterns.length === 0 ? undefined : keep(await this.#borrow('regex', signal));
      return {
        extract: async (html, url) => {
          const context = url === undefined ? {} : { url };
          return {
            url: url ?? null,
            ...(article && { article: await article.extract(html, url) }),
            ...(css && { css: selected(this.#plan, css, html, context) }),
            ...(regex && { regex: matched(this.#plan, regex, html, context) }),
          };
        },
        [Symbol.dispose]: release,
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** How the pools were used, one entry for each kind of extractor that was. */
  uses(): readonly PoolUse[] {
    const uses: PoolUse[] = [];
    if (this.#articles !== undefined) uses.push(useOfArticles(this.#articles.metrics()));
    const stats = this.#fields?.stats();
    if (stats !== undefined && this.#plan.selections.length > 0)
      uses.push(useOfFields('css', stats.css, this.#reused.css));
    if (stats !== undefined && this.#plan.patterns.length > 0)
      uses.push(useOfFields('regex', stats.regex, this.#reused.regex));
    return uses;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#articles?.close(), this.#fields?.close()]);
  }

  async #borrow(kind: 'css', signal: AbortSignal): Promise<CssLease>;
  async #borrow(kind: 'regex', signal: AbortSignal): Promise<RegexLease>;
  async #borrow(kind: 'css' | 'regex', signal: AbortSignal): Promise<CssLease | RegexLease> {
    if (this.#fields === undefined) throw new Error(`bug in rockpool: no pool for ${kind}`);
    const lease = await this.#fields.checkout(kind, { signal });
    if (this.#lentBefore.has(lease.resource)) this.#reused[kind] += 1;
    else this.#lentBefore.add(lease.resource);
    return lease;
  }
}

/** Names of fields are ours: a selector as a key would meet the rules for keys. */
const fieldName = (at: number): string => `selection${at}`;

function fieldsOf({ selections, patterns }: Plan): Pick<NativePoolConfig, 'css' | 'regex'> {
  const fields = selections.map(
    ({ selector, take }, at) => [fieldName(at), { selector, take, multiple: true }] as const,
  );
  return {
    ...(selections.length > 0 && { css: { fields: Object.fromEntries(fields) } }),
    ...(patterns.length > 0 && { regex: { patterns } }),
  };
}

function selected(
  plan: Plan,
  css: CssLease,
  html: string,
  context: { url?: string },
): Record<string, string[]> {
  const { fields } = css.extractDocument(html, context);
  const values = plan.selections.map(
    ({ label }, at) => [label, valuesOf(fields[fieldName(at)])] as const,
  );
  return Object.fromEntries(values);
}

/** A pattern without a match has an empty list, as a selector has. */
function matched(
  { patterns }: Plan,
  regex: RegexLease,
  html: string,
  context: { url?: string },
): Record<string, readonly string[]> {
  const { fields } = regex.extractDocument(html, context);
  const names = patterns.map((pattern) => pattern.field ?? pattern.name);
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? []]));
}

function valuesOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

/** The limits grow with the page size that the user asked for; a page of the default size has the defaults. */
function limitsOf({ maxBytes }: WorkLimits): Partial<ExtractLimits> {
  const growth = Math.max(1, maxBytes / defaultLimits.maxInputChars);
  return {
    // A character never takes less than a byte.
    maxInputChars: maxBytes,
    maxNodes: Math.ceil(defaultLimits.maxNodes * growth),
    maxOutputChars: Math.ceil(defaultLimits.maxOutputChars * growth),
    maxMatches: 100_000,
  };
}
