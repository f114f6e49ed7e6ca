import { memoryBytes, milliseconds as ms, wholeNumber } from '@rockpool/core/config';
import { z } from 'zod';

const MIB = 1_048_576;

const size = (least: number) => wholeNumber(least, 10_000);
const TIMES = 'must be a whole number of at least 1';
const times = z.number(TIMES).int(TIMES).min(1, TIMES);
const flag = z.boolean('must be true or false');
const SHARE = 'must be a share from 0 to 1, such as 0.8 for 80 %';

/** A ready-made set of defaults. */
export type ProfileName = 'large';

/** Every setting with its value. Sizes are counts; what ends in `Ms` is in milliseconds, in `Bytes` in bytes. */
export interface Settings {
  readonly profile: ProfileName | undefined;
  readonly acquireTimeoutMs: number;
  readonly extractionTimeoutMs: number;
  readonly enableMetrics: boolean;
  readonly enableFallback: boolean;
  readonly 'wasm.initialPoolSize': number;
  readonly 'wasm.maxPoolSize': number;
  readonly 'wasm.idleTimeoutMs': number;
  readonly 'wasm.healthCheckIntervalMs': number;
  readonly 'wasm.memoryLimitBytes': number;
  readonly 'wasm.maxUses': number;
  readonly 'wasm.maxFailures': number;
  readonly 'wasm.maxGrowthFailures': number;
  readonly 'wasm.enableReuse': boolean;
  readonly 'wasm.enableHardTimeout': boolean;
  readonly 'wasm.hardTimeoutMs': number;
  readonly 'wasm.coldStartTargetMs': number;
  readonly 'wasm.enableSimd': boolean;
  readonly 'wasm.enableAotCache': boolean;
  readonly 'wasm.cacheDirectory': string | undefined;
  readonly 'wasm.enableWitValidation': boolean;
  readonly 'native.minPoolSize': number;
  readonly 'native.maxPoolSize': number;
  readonly 'native.idleTimeoutMs': number;
  readonly 'memory.pressureThreshold': number;
  readonly 'memory.gcIntervalMs': number;
  readonly 'breaker.failureThreshold': number;
  readonly 'breaker.failureRatePercent': number | undefined;
  readonly 'breaker.successThreshold': number;
  readonly 'breaker.openMs': number;
  readonly 'health.enabled': boolean;
  readonly 'health.intervalMs': number;
}

/** The name of a setting. */
export type SettingName = keyof Settings;

/** What a setting may be, is without being set, and does. */
export interface SettingDescription<Value = Settings[SettingName]> {
  readonly schema: z.ZodType<Value>;
  readonly fallback: Value;
  readonly what: string;
}

/**
 * Every setting of an extraction service: what it may be, what it is without being set, and what it does. Names are
 * paths: in a file, `wasm.maxPoolSize` is `maxPoolSize` inside of `wasm`.
 */
export const SETTINGS: { readonly [Name in SettingName]: SettingDescription<Settings[Name]> } = {
  profile: {
    schema: z.enum(['large'], 'must be large').optional(),
    fallback: undefined,
    what: 'Other defaults: `large` has those of a big machine, see below.',
  },
  acquireTimeoutMs: {
    schema: ms(0),
    fallback: 30_000,
    what: 'From the call to an extractor; 0 = no limit.',
  },
  extractionTimeoutMs: {
    schema: ms(1),
    fallback: 30_000,
    what: 'One page; afterwards it is stopped.',
  },
  enableMetrics: { schema: flag, fallback: true, what: 'Measure durations.' },
  enableFallback: {
    schema: flag,
    fallback: true,
    what: 'Read a page natively when WebAssembly cannot.',
  },
  'wasm.initialPoolSize': {
    schema: size(0),
    fallback: 2,
    what: 'WebAssembly instances that are kept ready.',
  },
  'wasm.maxPoolSize': { schema: size(1), fallback: 8, what: 'Most WebAssembly instances at once.' },
  'wasm.idleTimeoutMs': {
    schema: ms(0),
    fallback: 60_000,
    what: 'An instance idle for longer is ended.',
  },
  'wasm.healthCheckIntervalMs': {
    schema: ms(1),
    fallback: 30_000,
    what: 'How often an idle instance is checked.',
  },
  'wasm.memoryLimitBytes': {
    schema: memoryBytes(65_536, 'one page of WebAssembly memory'),
    fallback: 256 * MIB,
    what: 'What one instance may use.',
  },
  'wasm.maxUses': {
    schema: times,
    fallback: 1_000,
    what: 'Pages that an instance reads before it is replaced.',
  },
  'wasm.maxFailures': {
    schema: times,
    fallback: 5,
    what: 'Pages at which an instance was stopped or failed before it is replaced.',
  },
  'wasm.maxGrowthFailures': {
    schema: times,
    fallback: 10,
    what: 'Refused requests for memory after which an instance is replaced.',
  },
  'wasm.enableReuse': {
    schema: flag,
    fallback: true,
    what: 'Use an instance for more than one page, restored in between; false = a new one each time.',
  },
  'wasm.enableHardTimeout': {
    schema: flag,
    fallback: true,
    what: 'Stop a guest that does not answer by force.',
  },
  'wasm.hardTimeoutMs': {
    schema: ms(1),
    fallback: 60_000,
    what: 'When a guest is stopped by force; never later than extractionTimeoutMs.',
  },
  'wasm.coldStartTargetMs': {
    schema: ms(0),
    fallback: 15,
    what: 'A slower start of an instance is reported.',
  },
  'wasm.enableSimd': {
    schema: flag,
    fallback: true,
    what: 'V8 always runs SIMD; false only brings a warning.',
  },
  'wasm.enableAotCache': {
    schema: flag,
    fallback: true,
    what: 'Compile a component once in a process, and keep what had to be made of it for later processes.',
  },
  'wasm.cacheDirectory': {
    schema: z
      .string('must be the path of a folder')
      .min(1, 'must be the path of a folder')
      .optional(),
    fallback: undefined,
    what: 'Where that is kept; without it `rockpool` in the folder that the system gives for caches.',
  },
  'wasm.enableWitValidation': {
    schema: flag,
    fallback: true,
    what: 'Refuse a component whose exports are not those of an extractor.',
  },
  'native.minPoolSize': { schema: size(0), fallback: 2, what: 'Native extractors that are kept.' },
  'native.maxPoolSize': { schema: size(1), fallback: 8, what: 'Most native extractors at once.' },
  'native.idleTimeoutMs': {
    schema: ms(0),
    fallback: 30_000,
    what: 'A native extractor idle for longer is ended.',
  },
  'memory.pressureThreshold': {
    schema: z.number(SHARE).gt(0, SHARE).max(1, SHARE),
    fallback: 0.8,
    what: 'Share of the memory limit from which on memory is given back.',
  },
  'memory.gcIntervalMs': {
    schema: ms(1),
    fallback: 60_000,
    what: 'How often memory above that share is given back.',
  },
  'breaker.failureThreshold': {
    schema: size(1),
    fallback: 5,
    what: 'Failures in a row that open the breaker; without effect beside failureRatePercent.',
  },
  'breaker.failureRatePercent': {
    schema: z
      .number('must be a percentage from 1 to 100')
      .min(1, 'must be a percentage from 1 to 100: 50 for half of the calls')
      .max(100, 'must be a percentage from 1 to 100')
      .optional(),
    fallback: undefined,
    what: 'Share of failed calls, of at least 10 in a minute, that opens the breaker instead.',
  },
  'breaker.successThreshold': {
    schema: size(1),
    fallback: 2,
    what: 'Good trials that close the breaker.',
  },
  'breaker.openMs': {
    schema: ms(1),
    fallback: 30_000,
    what: 'How long the breaker stays open before a trial.',
  },
  'health.enabled': { schema: flag, fallback: true, what: 'Check the health of the pools.' },
  'health.intervalMs': { schema: ms(1), fallback: 10_000, what: 'Between two such checks.' },
};

/** The names of all settings, in the order of the documentation. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS) as SettingName[];
