import type { Clock } from '@rockpool/core';
import type { DeadLetterPolicy } from './dead-letter.js';
import type { ParserExecutor } from './parser.js';
import type { Cache, Gate, Logger } from './ports.js';
import type { Key, Update } from './update.js';

/** How the handlers of one value run: all at once, one after the other, or those whose `when` says so. */
export const EXECUTION_MODES = ['parallel', 'sequential', 'conditional'] as const;
export type ExecutionMode = (typeof EXECUTION_MODES)[number];

/** Which values wait for each other: none, those of one key, or all. */
export const ORDERINGS = ['none', 'by-key', 'strict'] as const;
export type Ordering = (typeof ORDERINGS)[number];

/**
 * What a full buffer does: make the sender wait, give up its oldest item, refuse the new one, or refuse the new one
 * and put the pipeline into state `error`.
 */
export const OVERFLOW_POLICIES = ['block', 'drop-oldest', 'drop-newest', 'error'] as const;
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

/** Which share of a backoff is left to chance. */
export const JITTERS = ['none', 'full', 'decorrelated'] as const;
export type Jitter = (typeof JITTERS)[number];

/** What becomes of pending work at a shutdown. */
export const SHUTDOWN_STRATEGIES = ['process-pending', 'finish-in-flight', 'immediate'] as const;
export type ShutdownStrategy = (typeof SHUTDOWN_STRATEGIES)[number];

/** How much a buffer holds and what it does when it is full. */
export interface BufferOptions {
  /** Items. Default 10,000. */
  readonly maxCapacity?: number | undefined;
  /** Bytes; a single larger item is let in when the buffer is empty. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Items in a batch of the pipeline's batch handlers. Default 100. */
  readonly batchSize?: number | undefined;
  /** How long the first item of a batch waits for others, in ms. Default 50. */
  readonly batchTimeoutMs?: number | undefined;
  /** Default `'block'`. */
  readonly overflowPolicy?: OverflowPolicy | undefined;
}

/** When a batch is handed over. */
export interface BatchOptions {
  /** Items. Default the buffer's `batchSize`. */
  readonly size?: number | undefined;
  /** How long the first item waits for others, in ms; 0 hands over at once. Default the buffer's `batchTimeoutMs`. */
  readonly lingerMs?: number | undefined;
  /** Bytes. Default no limit. */
  readonly maxBytes?: number | undefined;
  /** Batches handed over and not answered; more than 1 keeps no order. Default 1. */
  readonly maxInFlight?: number | undefined;
}

/** What to do when a handler fails. */
export interface RetryOptions {
  /** Attempts in all; 1 tries no second time. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** Before the second attempt, in ms. Default 200. */
  readonly initialBackoffMs?: number | undefined;
  /** Each further wait is this many times longer. Default 2. */
  readonly multiplier?: number | undefined;
  /** The longest wait, in ms. Default 5,000. */
  readonly maxBackoffMs?: number | undefined;
  /** Default `'full'`: somewhere between 0 and the wait. */
  readonly jitter?: Jitter | undefined;
  /** Whether this error is worth another attempt. Default: all are, but errors with `retryable: false`. */
  readonly retryIf?: ((error: unknown) => boolean) | undefined;
  /** Default `'log'`. */
  readonly deadLetter?: DeadLetterPolicy | undefined;
}

/** When a handler that keeps failing is left alone; one breaker for each handler. */
export interface BreakerOptions {
  /** Failed attempts in a row. Default 5. */
  readonly failureThreshold?: number | undefined;
  /** How long it is left alone, in ms; then one attempt at a time is let through. Default 30,000. */
  readonly recoveryTimeoutMs?: number | undefined;
  /** Attempts that must succeed to close it. Default 2. */
  readonly successThreshold?: number | undefined;
  /** What becomes of values meanwhile. Default `'wait'`. */
  readonly whenOpen?: 'wait' | 'dead-letter' | undefined;
}

/** The options of a pipeline. */
export interface PipelineOptions<In extends Update = Update, Out = unknown> {
  /** Default the parser's id. */
  readonly id?: string | undefined;
  /** Default `'parallel'`. */
  readonly mode?: ExecutionMode | undefined;
  /** In mode `'sequential'`: go on with the next handler when one has failed for good. Default `false`. */
  readonly continueOnError?: boolean | undefined;
  /** Default `'none'`, or `'by-key'` when `key` is given. */
  readonly ordering?: Ordering | undefined;
  /** The key of an update, for `ordering: 'by-key'`. */
  readonly key?: ((update: In) => Key) | undefined;
  /** Values whose handlers run at once. Default twice the processors. */
  readonly concurrency?: number | undefined;
  /** Values taken out of the buffer that wait for their key, a retry, a batch or a breaker. Default 1,000. */
  readonly lookahead?: number | undefined;
  /** The buffer in front of the parser; where a field is left out, the runtime's. */
  readonly buffer?: BufferOptions | undefined;
  readonly retry?: RetryOptions | undefined;
  /** `false` for none. */
  readonly breaker?: BreakerOptions | false | undefined;
  /** One attempt of a handler, in ms; 0 means no limit. Default 0. */
  readonly handlerTimeoutMs?: number | undefined;
  /** One call of an asynchronous parser or of a {@link ParserExecutor}, in ms; 0 means no limit. Default 0. */
  readonly parseTimeoutMs?: number | undefined;
  /** Calls of an asynchronous parser at once. Default `concurrency`. */
  readonly parseConcurrency?: number | undefined;
  /** Parses elsewhere. Default: inline, between the buffers. */
  readonly executor?: ParserExecutor<In, Out> | undefined;
  /** What the source should send, beside the parser's `prefilter`. */
  readonly filter?: unknown;
  /** The latency of every so many-th value is measured. Default 64. */
  readonly latencyEvery?: number | undefined;
}

/** {@link BufferOptions} with their defaults. */
export interface ResolvedBufferOptions {
  readonly maxCapacity: number;
  readonly maxBytes: number;
  readonly batchSize: number;
  readonly batchTimeoutMs: number;
  readonly overflowPolicy: OverflowPolicy;
}

/** {@link BatchOptions} with their defaults. */
export interface ResolvedBatchOptions {
  readonly size: number;
  readonly lingerMs: number;
  readonly maxBytes: number;
  readonly maxInFlight: number;
}

/** {@link RetryOptions} with their defaults. */
export interface ResolvedRetryOptions {
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly multiplier: number;
  readonly maxBackoffMs: number;
  readonly jitter: Jitter;
  readonly retryIf: ((error: unknown) => boolean) | undefined;
  readonly deadLetter: DeadLetterPolicy;
}

/** {@link BreakerOptions} with their defaults. */
export interface ResolvedBreakerOptions {
  readonly failureThreshold: number;
  readonly recoveryTimeoutMs: number;
  readonly successThreshold: number;
  readonly whenOpen: 'wait' | 'dead-letter';
}

/** {@link PipelineOptions} with their defaults. */
export interface ResolvedPipelineOptions {
  readonly mode: ExecutionMode;
  readonly continueOnError: boolean;
  readonly ordering: Ordering;
  readonly key: ((update: never) => Key) | undefined;
  readonly concurrency: number;
  readonly lookahead: number;
  readonly buffer: ResolvedBufferOptions;
  readonly retry: ResolvedRetryOptions;
  readonly breaker: ResolvedBreakerOptions | undefined;
  readonly handlerTimeoutMs: number;
  readonly parseTimeoutMs: number;
  readonly parseConcurrency: number;
  readonly executor: ParserExecutor<never, unknown> | undefined;
  readonly filter: unknown;
  readonly latencyEvery: number;
}

/** How a runtime ends. */
export interface ShutdownOptions {
  /**
   * `process-pending` handles all that was received; `finish-in-flight` waits for attempts that have begun and
   * discards the rest; `immediate` waits for nothing. Default `'process-pending'`.
   */
  readonly strategy?: ShutdownStrategy | undefined;
  /** After this, in ms, what is left is abandoned. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** {@link ShutdownOptions} with their defaults. */
export interface ResolvedShutdownOptions {
  readonly strategy: ShutdownStrategy;
  readonly timeoutMs: number;
}

/** The options of a runtime. */
export interface RuntimeOptions {
  /** Shown in logs and errors. Default `'runtime'`. */
  readonly name?: string | undefined;
  /** Frames on their way to the pipelines; `error` ends the run. */
  readonly input?: BufferOptions | undefined;
  /** The buffers of pipelines that say nothing else. */
  readonly buffer?: BufferOptions | undefined;
  /** Where the source begins. */
  readonly from?: bigint | undefined;
  readonly shutdown?: ShutdownOptions | undefined;
  /** Signals of the process that shut it down while it runs; the second one at once. Default none. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** When a pipeline goes to `error`: leave it at that, or end the run. Default `'continue'`. */
  readonly onPipelineError?: 'continue' | 'shutdown' | undefined;
  /**
   * When a pipeline goes to `error` because the machine has no more files, disk or memory, or because parser threads die
   * again and again: `shutdown` ends the run in order, and `run()` rejects. Default `'shutdown'`.
   */
  readonly onSystemError?: 'continue' | 'shutdown' | undefined;
  /** Default: warnings and errors go to `process.emitWarning`. */
  readonly log?: Logger | undefined;
  readonly cache?: Cache | undefined;
  readonly gate?: Gate | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
  /** Chance for jitter, from 0 to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** {@link RuntimeOptions} with their defaults. */
export interface ResolvedRuntimeOptions {
  readonly name: string;
  readonly input: ResolvedBufferOptions;
  readonly buffer: ResolvedBufferOptions;
  readonly from: bigint | undefined;
  readonly shutdown: ResolvedShutdownOptions;
  readonly signals: readonly NodeJS.Signals[];
  readonly onPipelineError: 'continue' | 'shutdown';
  readonly onSystemError: 'continue' | 'shutdown';
  readonly log: Logger;
  readonly cache: Cache | undefined;
  readonly gate: Gate | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/** How a subscription to the values of a pipeline buffers. */
export interface OutputOptions {
  /** Values it holds for a reader that is behind. Default 1,000. */
  readonly capacity?: number | undefined;
  /** `error` ends the iteration with an error. Default `'drop-oldest'`. */
  readonly overflow?: OverflowPolicy | undefined;
  /** Told how many values were lost since it was told last, before the next value is given. */
  readonly onLagged?: ((lost: number) => void) | undefined;
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
}
