import { availableParallelism } from 'node:os';
import {
  type Clock,
  PoolError,
  type PoolOptionsError,
  parseOptions,
  systemClock,
} from '@rockpool/core';
import { z } from 'zod';
import { BuilderError, PipelineOptionsError } from '../errors.js';
import { warningLog } from '../log.js';
import type { DeadLetterPolicy, DeadLetterSink } from './dead-letter.js';
import {
  type BatchOptions,
  EXECUTION_MODES,
  JITTERS,
  ORDERINGS,
  type OutputOptions,
  OVERFLOW_POLICIES,
  type ResolvedBatchOptions,
  type ResolvedBufferOptions,
  type ResolvedPipelineOptions,
  type ResolvedRuntimeOptions,
  type ResolvedShutdownOptions,
  SHUTDOWN_STRATEGIES,
} from './options.js';
import type { ParserExecutor } from './parser.js';
import type { Cache, Gate, Logger } from './ports.js';
import type { Key } from './update.js';

const NO_LIMIT = Number.POSITIVE_INFINITY;
const MIB = 1_048_576;

const whole = (least: number) => {
  const message = `must be a whole number of at least ${least}`;
  return z.number(message).int(message).min(least, message);
};
const limit = z.union([z.literal(NO_LIMIT), whole(1)], {
  error: 'must be a whole number of at least 1, or Infinity for no limit',
});
const ms = z.number('must be milliseconds: a number of at least 0').min(0, 'must be at least 0');
const word = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words as unknown as [string, ...string[]], {
    error: `must be one of ${words.join(', ')}`,
  }) as unknown as z.ZodType<T[number], T[number]>;
const text = z.string('must be a text').min(1, 'must not be empty');
const callback = <F>(what: string) =>
  z.custom<F>((value) => typeof value === 'function', `must be a function: ${what}`);
/** Something with methods of these names. */
const port = <T>(what: string, ...methods: readonly string[]) =>
  z.custom<T>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function'),
    `must be ${what}: an object with ${methods.map((name) => `${name}()`).join(', ')}`,
  );

const buffer = {
  maxCapacity: limit.default(10_000).describe('Items.'),
  maxBytes: limit
    .default(64 * MIB)
    .describe('Bytes; a larger item is let in when the buffer is empty.'),
  batchSize: whole(1).default(100).describe("Items in a batch of the pipeline's batch handlers."),
  batchTimeoutMs: ms.default(50).describe('How long the first item of a batch waits for others.'),
  overflowPolicy: word(OVERFLOW_POLICIES)
    .default('block')
    .describe('What it does when it is full.'),
};
const bufferSchema = z.strictObject(buffer);
/** As given, without defaults: what is left out comes from elsewhere. */
const partialBuffer = z.strictObject({
  maxCapacity: limit.optional(),
  maxBytes: limit.optional(),
  batchSize: whole(1).optional(),
  batchTimeoutMs: ms.optional(),
  overflowPolicy: word(OVERFLOW_POLICIES).optional(),
});

const batchSchema = z.strictObject({
  size: whole(1).optional(),
  lingerMs: ms.optional(),
  maxBytes: limit.default(NO_LIMIT),
  maxInFlight: whole(1).default(1),
});

const deadLetter = z.union(
  [z.enum(['log', 'drop', 'fail']), port<DeadLetterSink>('a sink', 'write')],
  {
    error: 'must be log, drop, fail, or a sink with write(letter)',
  },
) as z.ZodType<DeadLetterPolicy, DeadLetterPolicy>;

const retrySchema = z.strictObject({
  maxAttempts: whole(1).default(3).describe('Attempts in all; 1 tries no second time.'),
  initialBackoffMs: ms.default(200).describe('Before the second attempt.'),
  multiplier: z.number().min(1).default(2).describe('Each further wait is so many times longer.'),
  maxBackoffMs: ms.default(5_000).describe('The longest wait.'),
  jitter: word(JITTERS).default('full').describe('Which share of a wait is left to chance.'),
  retryIf: callback<(error: unknown) => boolean>('retryIf(error)').optional(),
  deadLetter: deadLetter.default('log').describe('What to do when the attempts are used up.'),
});

const breakerSchema = z.strictObject({
  failureThreshold: whole(1).default(5).describe('Failed attempts in a row that open it.'),
  recoveryTimeoutMs: ms.default(30_000).describe('How long it stays open.'),
  successThreshold: whole(1).default(2).describe('Attempts that must succeed to close it.'),
  whenOpen: word(['wait', 'dead-letter'])
    .default('wait')
    .describe('What becomes of values meanwhile.'),
});

const pipelineSchema = z.strictObject({
  id: text.optional().describe("The parser's id when left out."),
  mode: word(EXECUTION_MODES).default('parallel').describe('How the handlers of one value run.'),
  continueOnError: z
    .boolean('must be true or false')
    .default(false)
    .describe('In mode `sequential`: go on after a handler that failed for good.'),
  ordering: word(ORDERINGS)
    .optional()
    .describe('Which values wait for each other; `none`, or `by-key` when there is a key.'),
  key: callback<(update: never) => Key>('key(update)').optional().describe('For `by-key`.'),
  concurrency: whole(1).optional().describe('Values handled at once; twice the processors.'),
  lookahead: whole(1)
    .default(1_000)
    .describe('Values out of the buffer that wait for a key, retry, batch or breaker.'),
  buffer: partialBuffer.optional().describe('In front of the parser.'),
  retry: retrySchema.prefault({}).describe('What to do when a handler fails.'),
  breaker: z
    .union([z.literal(false), breakerSchema], { error: 'must be false or breaker options' })
    .prefault({})
    .describe('When a failing handler is left alone.'),
  handlerTimeoutMs: ms.default(0).describe('One attempt of a handler; 0 is no limit.'),
  parseTimeoutMs: ms.default(0).describe('One asynchronous parse; 0 is no limit.'),
  parseConcurrency: whole(1).optional().describe('Asynchronous parses at once; `concurrency`.'),
  executor: port<ParserExecutor<never, unknown>>('a parser executor', 'parseBatch')
    .optional()
    .describe('Parses elsewhere.'),
  filter: z.unknown().optional().describe('What the source should send.'),
  latencyEvery: whole(1).default(64).describe('The latency of every so many-th value is measured.'),
});

const shutdownSchema = z.strictObject({
  strategy: word(SHUTDOWN_STRATEGIES).default('process-pending'),
  timeoutMs: ms.default(30_000),
});

const runtimeSchema = z.strictObject({
  name: text.default('runtime').describe('Shown in logs and errors.'),
  input: bufferSchema.prefault({}).describe('Frames on their way to the pipelines.'),
  buffer: bufferSchema.prefault({}).describe('For pipelines that say nothing else.'),
  from: z.bigint('must be a bigint').optional().describe('Where the source begins.'),
  shutdown: shutdownSchema.prefault({}).describe('How it ends.'),
  signals: z
    .array(text as unknown as z.ZodType<NodeJS.Signals>, 'must be a list of signals')
    .default([])
    .describe('Signals of the process that end it; the second one at once.'),
  onPipelineError: word(['continue', 'shutdown'])
    .default('continue')
    .describe('When a pipeline goes to `error`.'),
  onSystemError: word(['continue', 'shutdown'])
    .default('shutdown')
    .describe('When it does because the machine has no more of something, or threads keep dying.'),
  log: port<Logger>('a logger', 'log', 'child')
    .optional()
    .describe('Process warnings when left out.'),
  cache: port<Cache>('a cache', 'get', 'set').optional().describe('For parsers and handlers.'),
  gate: port<Gate>('a gate', 'admits').optional().describe('Lets updates in or not.'),
  clock: port<Clock>('a clock', 'now', 'setTimeout', 'clearTimeout')
    .optional()
    .describe('The time.'),
  random: callback<() => number>('random()')
    .default(() => Math.random)
    .describe('For jitter.'),
});

const outputSchema = z.strictObject({
  capacity: whole(1).default(1_000),
  overflow: word(OVERFLOW_POLICIES).default('drop-oldest'),
  onLagged: callback<(lost: number) => void>('onLagged(lost)').optional(),
  signal: z
    .custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal')
    .optional(),
});

/** Every key there is, at any depth: what a misspelt one is compared with. */
const KNOWN = [
  ...new Set(
    [
      pipelineSchema,
      bufferSchema,
      retrySchema,
      breakerSchema,
      runtimeSchema,
      shutdownSchema,
    ].flatMap(({ shape }) => Object.keys(shape)),
  ),
];

function checked<T>(
  schema: z.ZodType<T>,
  input: unknown,
  what: string,
  known: readonly string[],
): T {
  try {
    return parseOptions(schema, input, what, known);
  } catch (error) {
    if (!PoolError.is(error, 'ERR_POOL_OPTIONS')) throw error;
    throw new PipelineOptionsError(what, (error as PoolOptionsError).problems);
  }
}

/**
 * Checks the options of a pipeline and fills in the defaults.
 * @param defaults the runtime's buffer, for what the pipeline leaves out
 * @throws PipelineOptionsError `ERR_PIPELINE_OPTIONS` with every problem
 */
export function resolvePipelineOptions(
  input: unknown,
  what: string,
  defaults: ResolvedBufferOptions = bufferSchema.parse({}),
): ResolvedPipelineOptions {
  const read = checked(pipelineSchema, input ?? {}, what, KNOWN);
  const ordering = read.ordering ?? (read.key === undefined ? 'none' : 'by-key');
  if (ordering === 'by-key' && read.key === undefined) {
    throw new BuilderError(what, [
      { path: 'key', message: 'is missing: ordering by-key needs key(update)' },
    ]);
  }
  const concurrency = read.concurrency ?? 2 * availableParallelism();
  return {
    mode: read.mode,
    continueOnError: read.continueOnError,
    ordering,
    key: read.key,
    concurrency,
    lookahead: Math.max(read.lookahead, concurrency),
    buffer: withDefaults(read.buffer, defaults),
    retry: { ...read.retry, retryIf: read.retry.retryIf },
    breaker: read.breaker === false ? undefined : read.breaker,
    handlerTimeoutMs: read.handlerTimeoutMs,
    parseTimeoutMs: read.parseTimeoutMs,
    parseConcurrency: read.parseConcurrency ?? concurrency,
    executor: read.executor,
    filter: read.filter,
    latencyEvery: read.latencyEvery,
  };
}

/** @throws PipelineOptionsError `ERR_PIPELINE_OPTIONS` */
export function resolveBatchOptions(
  input: BatchOptions | undefined,
  { batchSize, batchTimeoutMs }: ResolvedBufferOptions,
  what: string,
): ResolvedBatchOptions {
  const { size, lingerMs, ...rest } = checked(
    batchSchema,
    input ?? {},
    what,
    Object.keys(batchSchema.shape),
  );
  return { size: size ?? batchSize, lingerMs: lingerMs ?? batchTimeoutMs, ...rest };
}

/** @throws PipelineOptionsError `ERR_PIPELINE_OPTIONS` */
export function resolveRuntimeOptions(input: unknown): ResolvedRuntimeOptions {
  const { log, clock, cache, gate, from, ...rest } = checked(
    runtimeSchema,
    input ?? {},
    'runtime options',
    KNOWN,
  );
  return {
    ...rest,
    from,
    cache,
    gate,
    log: log ?? warningLog(rest.name),
    clock: clock ?? systemClock,
  };
}

/** @throws PipelineOptionsError `ERR_PIPELINE_OPTIONS` */
export function resolveShutdownOptions(
  input: unknown,
  defaults: ResolvedShutdownOptions,
): ResolvedShutdownOptions {
  return checked(shutdownSchema, { ...defaults, ...(input ?? {}) }, 'shutdown options', KNOWN);
}

/** @throws PipelineOptionsError `ERR_PIPELINE_OPTIONS` */
export function resolveOutputOptions(
  input: OutputOptions | undefined,
): OutputOptions & { capacity: number; overflow: NonNullable<OutputOptions['overflow']> } {
  return checked(outputSchema, input ?? {}, 'output options', Object.keys(outputSchema.shape));
}

function withDefaults(
  given: object | undefined,
  defaults: ResolvedBufferOptions,
): ResolvedBufferOptions {
  return { ...defaults, ...present(given ?? {}) };
}

/** Without the keys whose value is undefined: they must not hide a default. */
function present(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** One option, for the documentation's table. */
export interface PipelineOptionDescription {
  readonly name: string;
  /** As written in code; `''` where the description tells it. */
  readonly defaultValue: string;
  readonly description: string;
}

/** The options of a pipeline and of a runtime, with those of their parts as `retry.maxAttempts`. */
export function describePipelineOptions(): {
  readonly pipeline: readonly PipelineOptionDescription[];
  readonly runtime: readonly PipelineOptionDescription[];
} {
  return {
    pipeline: [
      ...described(pipelineSchema, '', ['buffer', 'retry', 'breaker']),
      ...described(bufferSchema, 'buffer.'),
      ...described(retrySchema, 'retry.'),
      ...described(breakerSchema, 'breaker.'),
    ],
    runtime: described(runtimeSchema, '', ['input', 'buffer', 'shutdown', 'random']),
  };
}

function described(
  schema: z.ZodObject,
  prefix: string,
  parts: readonly string[] = [],
): PipelineOptionDescription[] {
  const defaults = schema.parse({}) as Record<string, unknown>;
  return Object.entries(schema.shape).map(([name, field]) => ({
    name: prefix + name,
    defaultValue: parts.includes(name) ? '' : shown(defaults[name]),
    description: field.description ?? '',
  }));
}

function shown(value: unknown): string {
  if (value === undefined) return '';
  return value === NO_LIMIT ? 'Infinity' : JSON.stringify(value);
}
