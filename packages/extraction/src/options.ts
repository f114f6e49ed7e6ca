import { type Clock, parseOptions } from '@rockpool/core';
import type { EventBus } from '@rockpool/events';
import type { NativePoolConfig } from '@rockpool/native-adapter';
import { z } from 'zod';
import { type Configuration, configure } from './config/configure.js';
import type { ExtractionPath } from './path.js';

/** The native path: sizes and limits of its extractors, see `NativePoolConfig`. */
export type NativePathOptions = Omit<
  NativePoolConfig,
  'name' | 'acquireTimeoutMs' | 'extractionTimeoutMs' | 'css' | 'regex' | 'selectors' | 'patterns'
>;

/** What `createExtractionPool` takes. */
export interface ExtractionPoolOptions {
  /** Prefix of the names of the pools inside, shown in errors. Default `extraction`. */
  readonly name?: string;
  /** From the call to an extractor, in ms. 0 = no limit. Default: the setting, 30,000. */
  readonly acquireTimeoutMs?: number;
  /** One extraction, in ms; afterwards it is stopped and its extractor replaced. 0 = no limit. Default: the setting, 30,000. */
  readonly extractionTimeoutMs?: number;
  readonly native?: NativePathOptions;
  /** An extractor component, as a path, an address or bytes. It reads the pages; native extractors only when it cannot. */
  readonly component?: string | URL | Uint8Array;
  /** Another way to read pages first, in the place of a component. Made when it is first needed. */
  readonly primary?: () => ExtractionPath | Promise<ExtractionPath>;
  /** How long to wait before a component that could not be used is tried again, in ms. Default 30,000. */
  readonly componentRetryMs?: number;
  /** Sizes, limits, breaker, health. Default: the defaults of `configure()`. */
  readonly configuration?: Configuration;
  /** Told of every pool inside from its first instance on, of extractions, fallbacks and health. */
  readonly bus?: EventBus;
  /** The time, for the breaker, the health monitor and the retry. Default the monotonic clock of the process. */
  readonly clock?: Clock;
}

/** The options with their defaults. */
export interface ResolvedExtractionPoolOptions {
  readonly name: string;
  readonly acquireTimeoutMs: number;
  readonly extractionTimeoutMs: number;
  readonly native: NativePathOptions;
  readonly component: string | URL | Uint8Array | undefined;
  readonly primary: (() => ExtractionPath | Promise<ExtractionPath>) | undefined;
  readonly componentRetryMs: number;
  readonly configuration: Configuration;
  readonly bus: EventBus | undefined;
  readonly clock: Clock | undefined;
}

/**
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` naming every problem; what is wrong inside of `native` is told by
 * the native pool (ExtractError `ERR_EXTRACT_OPTIONS`)
 */
export function resolveExtractionOptions(options: unknown): ResolvedExtractionPoolOptions {
  const read = parseOptions(
    schema,
    options ?? {},
    'createExtractionPool options',
    Object.keys(schema.shape),
  );
  const configuration = read.configuration ?? configure();
  const { settings } = configuration;
  return {
    name: read.name,
    acquireTimeoutMs: read.acquireTimeoutMs ?? settings.acquireTimeoutMs,
    extractionTimeoutMs: read.extractionTimeoutMs ?? settings.extractionTimeoutMs,
    native: {
      minPoolSize: settings['native.minPoolSize'],
      maxPoolSize: Math.max(settings['native.maxPoolSize'], read.native.minPoolSize ?? 0),
      idleTimeoutMs: settings['native.idleTimeoutMs'],
      enableMetrics: settings.enableMetrics,
      enableHealthChecks: settings['health.enabled'],
      ...capped(read.native, settings['native.minPoolSize']),
    },
    component: read.component,
    primary: read.primary,
    componentRetryMs: read.componentRetryMs,
    configuration,
    bus: read.bus,
    clock: read.clock,
  };
}

/** A largest size that was given without a least one brings the least one down. */
function capped(native: NativePathOptions, minPoolSize: number): NativePathOptions {
  const { maxPoolSize } = native;
  if (maxPoolSize === undefined || native.minPoolSize !== undefined) return native;
  return { ...native, minPoolSize: Math.min(minPoolSize, maxPoolSize) };
}

const durationMs = z
  .number('must be milliseconds: a number of at least 0, where 0 means no limit')
  .min(0)
  .max(2 ** 31 - 1);
const thing = <T>(what: string): z.ZodCustom<T, T> =>
  z.custom<T>((value) => typeof value === 'object' && value !== null, `must be ${what}`);

const schema = z.strictObject({
  name: z.string('must be a text').min(1).default('extraction'),
  acquireTimeoutMs: durationMs.optional(),
  extractionTimeoutMs: durationMs.optional(),
  // Read by the native pool, which knows its options.
  native: z
    .custom<NativePathOptions>(
      (value) => typeof value === 'object' && value !== null,
      'must be an object of options for the native path',
    )
    .default({}),
  component: z
    .custom<string | URL | Uint8Array>(
      (value) => typeof value === 'string' || value instanceof URL || value instanceof Uint8Array,
      'must be the path, address or bytes of a component',
    )
    .optional(),
  primary: z
    .custom<() => ExtractionPath | Promise<ExtractionPath>>(
      (value) => typeof value === 'function',
      'must be a function that makes a path',
    )
    .optional(),
  componentRetryMs: durationMs.default(30_000),
  configuration: thing<Configuration>('what configure() returned').optional(),
  bus: thing<EventBus>('an event bus').optional(),
  clock: thing<Clock>('a clock').optional(),
});
