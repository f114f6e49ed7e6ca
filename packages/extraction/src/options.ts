import { parseOptions } from '@rockpool/core';
import type { NativePoolConfig } from '@rockpool/native-adapter';
import { z } from 'zod';

/** The native path: sizes and limits of its extractors, see `NativePoolConfig`. */
export type NativePathOptions = Omit<
  NativePoolConfig,
  'name' | 'acquireTimeoutMs' | 'extractionTimeoutMs' | 'css' | 'regex' | 'selectors' | 'patterns'
>;

/** What `createExtractionPool` takes. */
export interface ExtractionPoolOptions {
  /** Prefix of the names of the pools inside, shown in errors. Default `extraction`. */
  readonly name?: string;
  /** From the call to an extractor, in ms. 0 = no limit. Default 30,000. */
  readonly acquireTimeoutMs?: number;
  /** One extraction, in ms; afterwards it is stopped and its extractor replaced. 0 = no limit. Default 30,000. */
  readonly extractionTimeoutMs?: number;
  readonly native?: NativePathOptions;
}

/** The options with their defaults. */
export interface ResolvedExtractionPoolOptions {
  readonly name: string;
  readonly acquireTimeoutMs: number;
  readonly extractionTimeoutMs: number;
  readonly native: NativePathOptions;
}

/**
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` naming every problem; what is wrong inside of `native` is told by
 * the native pool (ExtractError `ERR_EXTRACT_OPTIONS`)
 */
export function resolveExtractionOptions(options: unknown): ResolvedExtractionPoolOptions {
  const { native, ...rest } = parseOptions(
    schema,
    options ?? {},
    'createExtractionPool options',
    Object.keys(schema.shape),
  );
  return { ...rest, native: native as NativePathOptions };
}

const durationMs = z
  .number('must be milliseconds: a number of at least 0, where 0 means no limit')
  .min(0)
  .max(2 ** 31 - 1)
  .default(30_000);

const schema = z.strictObject({
  name: z.string('must be a text').min(1).default('extraction'),
  acquireTimeoutMs: durationMs,
  extractionTimeoutMs: durationMs,
  // Read by the native pool, which knows its options.
  native: z.looseObject({}, 'must be an object of options for the native path').default({}),
});
