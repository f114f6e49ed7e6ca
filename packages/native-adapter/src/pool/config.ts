import { z } from 'zod';
import type { ArticleExtractorOptions } from '../article/extractor.js';
import type { CssExtractorOptions } from '../css/options.js';
import type { ExtractLimits } from '../limits.js';
import { parseOptions } from '../options.js';
import { limitsShape } from '../options-shapes.js';
import type { RegexExtractorOptions } from '../regex/extractor.js';

/** The kinds of extractors a pool lends. */
export type ExtractorKind = 'css' | 'regex' | 'article';

/**
 * Configuration of a `NativeExtractorPool`. Sizes hold for each kind of extractor.
 */
export interface NativePoolConfig {
  /** Prefix of the names of the pools inside, shown in errors. Default `native`. */
  readonly name?: string;
  /** Kept, idle or not. Default 2, or `maxPoolSize` if that is smaller. */
  readonly minPoolSize?: number;
  /** Most at once. Default 8, or `minPoolSize` if that is larger. */
  readonly maxPoolSize?: number;
  /** Made by `create()` before it returns. Default 2, at least `minPoolSize`, at most `maxPoolSize`. */
  readonly initialPoolSize?: number;
  /** Idle for longer: ended, down to `minPoolSize`. 0 = never. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Probe idle extractors. Default true. */
  readonly enableHealthChecks?: boolean;
  /** How often each idle extractor is probed. Default 30,000. */
  readonly healthCheckIntervalMs?: number;
  /** Measure durations; counts are kept in any case. Default true. */
  readonly enableMetrics?: boolean;
  /** Loans after which an extractor is replaced. Default 1,000. */
  readonly maxInstanceReuse?: number;
  /** Failures of an extractor itself (not of a page or selector) after which it is replaced. Default 10. */
  readonly maxFailureCount?: number;
  /** One extraction; afterwards it is stopped and its extractor replaced. 0 = no limit. Default 30,000. */
  readonly extractionTimeoutMs?: number;
  /** From `checkout` to the extractor. 0 = no limit. Default 30,000. */
  readonly acquireTimeoutMs?: number;
  /** Callers that may wait at once. Default no limit. */
  readonly maxQueue?: number;
  /** Limits of every extraction. */
  readonly limits?: Partial<ExtractLimits>;
  /** Selectors compiled at creation, besides those of `css.fields`. */
  readonly selectors?: readonly string[];
  /** Patterns compiled at creation, besides those of `regex.patterns`. */
  readonly patterns?: readonly (string | RegExp)[];
  readonly css?: Omit<CssExtractorOptions, 'limits' | 'deadlineMs' | 'cache' | 'selectors'>;
  readonly regex?: Omit<RegexExtractorOptions, 'limits' | 'deadlineMs' | 'precompile'>;
  readonly article?: Omit<ArticleExtractorOptions, 'limits' | 'deadlineMs' | 'cache'>;
}

/** The configuration with its defaults. */
export interface ResolvedNativePoolConfig extends NativePoolConfig {
  readonly name: string;
  readonly minPoolSize: number;
  readonly maxPoolSize: number;
  readonly initialPoolSize: number;
  readonly idleTimeoutMs: number;
  readonly enableHealthChecks: boolean;
  readonly healthCheckIntervalMs: number;
  readonly enableMetrics: boolean;
  readonly maxInstanceReuse: number;
  readonly maxFailureCount: number;
  readonly extractionTimeoutMs: number;
  readonly acquireTimeoutMs: number;
}

/** @throws ExtractError `ERR_EXTRACT_OPTIONS` naming every problem, with a suggestion for a misspelt name */
export function readNativePoolConfig(config: unknown): ResolvedNativePoolConfig {
  parseOptions(schema, config, 'native pool configuration');
  const given = (config ?? {}) as NativePoolConfig;
  const maxPoolSize =
    given.maxPoolSize ?? Math.max(8, given.minPoolSize ?? 0, given.initialPoolSize ?? 0);
  const minPoolSize = given.minPoolSize ?? Math.min(2, maxPoolSize);
  return {
    ...given,
    name: given.name ?? 'native',
    minPoolSize,
    maxPoolSize,
    initialPoolSize: Math.max(minPoolSize, given.initialPoolSize ?? Math.min(2, maxPoolSize)),
    idleTimeoutMs: given.idleTimeoutMs ?? 30_000,
    enableHealthChecks: given.enableHealthChecks ?? true,
    healthCheckIntervalMs: given.healthCheckIntervalMs ?? 30_000,
    enableMetrics: given.enableMetrics ?? true,
    maxInstanceReuse: given.maxInstanceReuse ?? 1_000,
    maxFailureCount: given.maxFailureCount ?? 10,
    extractionTimeoutMs: given.extractionTimeoutMs ?? 30_000,
    acquireTimeoutMs: given.acquireTimeoutMs ?? 30_000,
  };
}

const durationMs = z
  .number()
  .min(0)
  .max(2 ** 31 - 1);

const schema = z
  .strictObject({
    name: z.string().min(1),
    minPoolSize: z.int().min(0).max(10_000),
    maxPoolSize: z.int().positive('maxPoolSize must be greater than 0').max(10_000),
    initialPoolSize: z.int().min(0).max(10_000),
    idleTimeoutMs: durationMs,
    enableHealthChecks: z.boolean(),
    healthCheckIntervalMs: durationMs.positive(),
    enableMetrics: z.boolean(),
    maxInstanceReuse: z.int().positive(),
    maxFailureCount: z.int().positive(),
    extractionTimeoutMs: durationMs,
    acquireTimeoutMs: durationMs,
    maxQueue: z.int().min(0),
    limits: limitsShape,
    selectors: z.array(z.string()),
    patterns: z.array(z.union([z.string(), z.instanceof(RegExp)])),
    // Read by the extractors themselves, which know their options.
    css: z.record(z.string(), z.unknown()),
    regex: z.record(z.string(), z.unknown()),
    article: z.record(z.string(), z.unknown()),
  })
  .partial()
  .refine(({ minPoolSize = 0, maxPoolSize = 10_000 }) => minPoolSize <= maxPoolSize, {
    path: ['minPoolSize'],
    error: 'minPoolSize cannot be greater than maxPoolSize',
  })
  .refine(({ initialPoolSize = 0, maxPoolSize = 10_000 }) => initialPoolSize <= maxPoolSize, {
    path: ['initialPoolSize'],
    error: 'initialPoolSize cannot be greater than maxPoolSize',
  });
