import { milliseconds as ms, wholeNumber } from '@rockpool/core/config';
import { z } from 'zod';
import {
  JITTERS,
  type Jitter,
  OVERFLOW_POLICIES,
  type OverflowPolicy,
  SHUTDOWN_STRATEGIES,
  type ShutdownStrategy,
} from '../contract/options.js';
import { LOG_LEVELS, type LogLevel } from '../contract/ports.js';

const MIB = 1_048_576;

const count = (least: number, most = 1_000_000) => wholeNumber(least, most);
const bytes = z.number('must be a number of bytes').int('must be whole bytes').min(1);
const flag = z.boolean('must be true or false');
const text = z.string('must be a text').min(1, 'must not be empty');
const oneOf = <const Word extends string>(...words: readonly [Word, ...Word[]]) =>
  z.enum(words, `must be one of ${words.join(', ')}`);

/** A ready-made set of defaults. */
export type ProfileName = 'development' | 'production';

/** Every setting by its path, with its value. What ends in `Ms` is in milliseconds, in `Bytes` in bytes. */
export interface Settings {
  readonly 'runtime.profile': ProfileName | undefined;
  readonly 'runtime.workerThreads': number | undefined;
  readonly 'runtime.parserThreads': number | undefined;
  readonly 'runtime.handlerThreads': number | undefined;
  readonly 'runtime.systemThreads': number;
  readonly 'runtime.maxBlockingThreads': number;
  readonly 'runtime.maxConnections': number;
  readonly 'runtime.bufferCapacity': number;
  readonly 'runtime.bufferMaxBytes': number;
  readonly 'runtime.batchSize': number;
  readonly 'runtime.batchTimeoutMs': number;
  readonly 'runtime.overflowPolicy': OverflowPolicy;
  readonly 'runtime.parseTimeoutMs': number;
  readonly 'runtime.gcIntervalMs': number;
  readonly 'runtime.logLevel': LogLevel;
  readonly 'runtime.logFormat': 'json' | 'pretty';
  readonly 'runtime.optimize': boolean;
  readonly 'grpc.endpoint': string | undefined;
  readonly 'grpc.xToken': string | undefined;
  readonly 'grpc.commitmentLevel': 'processed' | 'confirmed' | 'finalized';
  readonly 'grpc.fromSlot': number | undefined;
  readonly 'grpc.timeoutMs': number;
  readonly 'grpc.maxDecodingMessageSizeBytes': number;
  readonly 'grpc.acceptCompression': 'none' | 'gzip' | 'zstd';
  readonly 'grpc.autoReconnect': boolean;
  readonly 'grpc.reconnectIntervalMs': number;
  readonly 'grpc.maxReconnectAttempts': number;
  readonly 'grpc.reconnectSlotRetention': number;
  readonly 'grpc.idleTimeoutMs': number;
  readonly 'grpc.healthCheckIntervalMs': number;
  readonly 'retry.maxAttempts': number;
  readonly 'retry.initialBackoffMs': number;
  readonly 'retry.multiplier': number;
  readonly 'retry.maxBackoffMs': number;
  readonly 'retry.jitter': Jitter;
  readonly 'breaker.failureThreshold': number;
  readonly 'breaker.recoveryTimeoutMs': number;
  readonly 'breaker.successThreshold': number;
  readonly 'cache.accounts': number;
  readonly 'cache.programs': number;
  readonly 'cache.ttlMs': number;
  readonly 'metrics.enabled': boolean;
  readonly 'metrics.intervalMs': number;
  readonly 'metrics.prefix': string;
  readonly 'metrics.pushTo': string | undefined;
  readonly 'metrics.compat': boolean;
  readonly 'metrics.port': number | undefined;
  readonly 'health.intervalMs': number;
  readonly 'health.unhealthyThreshold': number;
  readonly 'shutdown.strategy': ShutdownStrategy;
  readonly 'shutdown.timeoutMs': number;
}

/** The path of a setting: its section and its name. */
export type SettingName = keyof Settings;

/** What a setting may be, is without being set, and does. */
export interface SettingDescription<Value = Settings[SettingName]> {
  readonly schema: z.ZodType<Value>;
  readonly fallback: Value;
  /** What the default is when it is not a fixed value, for the documentation. */
  readonly derived?: string;
  /** It is never shown. */
  readonly secret?: true;
  readonly what: string;
}

/** Every setting of a runtime, in the order of the documentation. */
export const SETTINGS: { readonly [Name in SettingName]: SettingDescription<Settings[Name]> } = {
  'runtime.profile': {
    schema: oneOf('development', 'production').optional(),
    fallback: undefined,
    what: 'A ready-made set of defaults; whatever else is set wins over it.',
  },
  'runtime.workerThreads': {
    schema: count(0, 1_024).optional(),
    fallback: undefined,
    what: 'Parser threads and concurrent handler calls together, shared 1:1; 0 counts as 1.',
  },
  'runtime.parserThreads': {
    schema: count(0, 1_024).optional(),
    fallback: undefined,
    derived: '0 on up to 2 processors, else processors − 1',
    what: 'Worker threads for parsers that are modules, in even shares; 0 = parse in the main thread.',
  },
  'runtime.handlerThreads': {
    schema: count(0, 65_536).optional(),
    fallback: undefined,
    derived: 'processors × 2',
    what: 'Handler calls at once in a pipeline; 0 counts as 1.',
  },
  'runtime.systemThreads': {
    schema: count(0, 1),
    fallback: 0,
    what: '1: metrics and health are answered from a thread of their own, also while the main thread is busy.',
  },
  'runtime.maxBlockingThreads': {
    schema: count(0, 1_024),
    fallback: 8,
    what: 'Most worker threads for handlers that block; 0 counts as 1.',
  },
  'runtime.maxConnections': {
    schema: count(1, 10_000),
    fallback: 10,
    what: 'Most connections of a source at once.',
  },
  'runtime.bufferCapacity': {
    schema: count(1, 100_000_000),
    fallback: 10_000,
    what: 'Most frames that wait in a buffer.',
  },
  'runtime.bufferMaxBytes': {
    schema: bytes,
    fallback: 64 * MIB,
    what: 'Most bytes that wait in a buffer.',
  },
  'runtime.batchSize': { schema: count(1), fallback: 100, what: 'Most items of a batch.' },
  'runtime.batchTimeoutMs': {
    schema: ms(0),
    fallback: 50,
    what: 'A batch that is not full is handed on after this time.',
  },
  'runtime.overflowPolicy': {
    schema: oneOf(...OVERFLOW_POLICIES),
    fallback: 'block',
    what: 'What a full buffer does.',
  },
  'runtime.parseTimeoutMs': {
    schema: ms(1),
    fallback: 5_000,
    what: 'One message in a parser thread; afterwards the thread is ended.',
  },
  'runtime.gcIntervalMs': {
    schema: ms(1),
    fallback: 60_000,
    what: 'How often expired and idle things are given back.',
  },
  'runtime.logLevel': {
    schema: oneOf(...LOG_LEVELS),
    fallback: 'info',
    what: 'What is logged; it can be changed while running.',
  },
  'runtime.logFormat': {
    schema: oneOf('json', 'pretty'),
    fallback: 'json',
    what: 'One JSON object or one readable line for each record.',
  },
  'runtime.optimize': {
    schema: flag,
    fallback: false,
    what: 'Measure the latency of one message in 64 and trace none.',
  },
  'grpc.endpoint': {
    schema: text.optional(),
    fallback: undefined,
    what: 'Where the source connects to.',
  },
  'grpc.xToken': {
    schema: text.optional(),
    fallback: undefined,
    secret: true,
    what: 'Its access token; never shown.',
  },
  'grpc.commitmentLevel': {
    schema: oneOf('processed', 'confirmed', 'finalized'),
    fallback: 'processed',
    what: 'How final an update has to be.',
  },
  'grpc.fromSlot': {
    schema: count(0, Number.MAX_SAFE_INTEGER).optional(),
    fallback: undefined,
    what: 'Where to begin; without it at the present.',
  },
  'grpc.timeoutMs': { schema: ms(1), fallback: 120_000, what: 'One unary call.' },
  'grpc.maxDecodingMessageSizeBytes': {
    schema: bytes,
    fallback: 64 * MIB,
    what: 'A larger message is refused.',
  },
  'grpc.acceptCompression': {
    schema: oneOf('none', 'gzip', 'zstd'),
    fallback: 'none',
    what: 'What the server may compress with; zstd needs Node 22.15 or newer.',
  },
  'grpc.autoReconnect': { schema: flag, fallback: true, what: 'Connect again after a loss.' },
  'grpc.reconnectIntervalMs': {
    schema: ms(1),
    fallback: 500,
    what: 'The first wait before connecting again; each further one is twice as long.',
  },
  'grpc.maxReconnectAttempts': {
    schema: count(0),
    fallback: 10,
    what: 'Attempts for one outage; afterwards the source ends with an error.',
  },
  'grpc.reconnectSlotRetention': {
    schema: count(0),
    fallback: 250,
    what: 'Slots behind the newest one seen; a new connection asks for none further back, and a `gap` says what is missing.',
  },
  'grpc.idleTimeoutMs': {
    schema: ms(0),
    fallback: 60_000,
    what: 'A connection unused for longer is closed.',
  },
  'grpc.healthCheckIntervalMs': {
    schema: ms(1),
    fallback: 30_000,
    what: 'How often a connection is checked.',
  },
  'retry.maxAttempts': {
    schema: count(1, 1_000),
    fallback: 3,
    what: 'Calls of a handler for one item, the first included.',
  },
  'retry.initialBackoffMs': { schema: ms(0), fallback: 200, what: 'The wait after a failure.' },
  'retry.multiplier': {
    schema: z.number('must be a number of at least 1').min(1, 'must be at least 1').max(100),
    fallback: 2,
    what: 'Each further wait is this many times longer.',
  },
  'retry.maxBackoffMs': { schema: ms(0), fallback: 5_000, what: 'The longest wait.' },
  'retry.jitter': {
    schema: oneOf(...JITTERS),
    fallback: 'full',
    what: 'How much of a wait is left to chance.',
  },
  'breaker.failureThreshold': {
    schema: count(1),
    fallback: 5,
    what: 'Failures in a row that open the breaker of a pipeline.',
  },
  'breaker.recoveryTimeoutMs': {
    schema: ms(1),
    fallback: 30_000,
    what: 'How long it stays open before a trial.',
  },
  'breaker.successThreshold': { schema: count(1), fallback: 2, what: 'Good trials that close it.' },
  'cache.accounts': {
    schema: count(1, 100_000_000),
    fallback: 10_000,
    what: 'Most accounts that are remembered.',
  },
  'cache.programs': {
    schema: count(1, 100_000_000),
    fallback: 1_000,
    what: 'Most programs that are remembered.',
  },
  'cache.ttlMs': { schema: ms(1), fallback: 60_000, what: 'How long an entry counts as fresh.' },
  'metrics.enabled': { schema: flag, fallback: true, what: 'Count and measure.' },
  'metrics.intervalMs': { schema: ms(1), fallback: 10_000, what: 'Between two pushes.' },
  'metrics.prefix': {
    schema: z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$|^$/, 'must be letters, digits, _ and :'),
    fallback: 'rockpool_vixen_',
    what: 'What the name of every metric begins with.',
  },
  'metrics.pushTo': {
    schema: z.url({ protocol: /^https?$/, error: 'must be a URL of http or https' }).optional(),
    fallback: undefined,
    secret: true,
    what: 'A Pushgateway; without it nothing is pushed.',
  },
  'metrics.compat': {
    schema: flag,
    fallback: false,
    what: 'Count under the 23 names of Vixen as well.',
  },
  'metrics.port': {
    schema: count(0, 65_535).optional(),
    fallback: undefined,
    what: 'Where `rockpool stream` serves metrics and health, on this machine; 0 = any that is free.',
  },
  'health.intervalMs': { schema: ms(1), fallback: 10_000, what: 'Between two checks.' },
  'health.unhealthyThreshold': {
    schema: count(1, 1_000),
    fallback: 3,
    what: 'Bad checks in a row before the status gets worse.',
  },
  'shutdown.strategy': {
    schema: oneOf(...SHUTDOWN_STRATEGIES),
    fallback: 'process-pending',
    what: 'What becomes of what was received.',
  },
  'shutdown.timeoutMs': {
    schema: ms(0),
    fallback: 30_000,
    what: 'How long a shutdown waits; what is left is abandoned and counted.',
  },
};

/** The paths of all settings, in the order of the documentation. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS) as SettingName[];
