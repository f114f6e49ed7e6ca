import { type Clock, createPool, type Pool, parseOptions, systemClock } from '@rockpool/core';
import { z } from 'zod';
import {
  type InitContext,
  ParseFailure,
  type ParseResult,
  type Parser,
  type ParserExecutor,
} from '../contract/parser.js';
import type { Sourced, Update } from '../contract/update.js';
import { ParsingError, SystemError } from '../errors.js';
import { CrashLoop } from './crash-loop.js';
import { ModuleParser } from './module-parser.js';
import { pack } from './parcel.js';
import { ParserThread, ParserThreadDied } from './parser-thread-host.js';

/** How a parser runs on threads. */
export interface ThreadedParserOptions<In extends Update = Update> {
  /**
   * The file of the module, such as `new URL('./parser.js', import.meta.url)`. It exports `parser`, and may export
   * `revive`, which makes an update of the bytes; without it the parser gets them as `update.bytes`.
   */
  readonly module: URL;
  /**
   * Threads, which are all started before the first update. Default: what `runtime.parser_threads` gives to this
   * pipeline, where 0 parses in the main thread, without deadline and limit of memory; 1 without a configuration.
   */
  readonly threads?: number | undefined;
  /** Most updates that are handed over at once. Default 128. */
  readonly maxBatchItems?: number | undefined;
  /** Most bytes that are handed over at once. Default 160 KiB. */
  readonly maxBatchBytes?: number | undefined;
  /** One update, in ms; a thread that takes longer, to at most twice as long, is ended. Default 5,000. */
  readonly deadlineMs?: number | undefined;
  /** The heap of one thread in MB; one that needs more is ended. Default 256. */
  readonly memoryLimitMb?: number | undefined;
  /** More deaths of threads than this within a minute fail the pipeline. Default 5. */
  readonly maxDeathsPerMinute?: number | undefined;
  /** What a thread gets of an update. Default the bytes of its frame. */
  readonly bytesOf?: ((item: Sourced<In>) => Uint8Array) | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

const whole = z.number().int().min(1);
const schema = z.strictObject({
  threads: whole.max(1_024).optional(),
  maxBatchItems: whole.default(128),
  maxBatchBytes: whole.default(163_840),
  deadlineMs: z.number().gt(0).default(5_000),
  memoryLimitMb: z.number().gt(0).default(256),
  maxDeathsPerMinute: z.number().int().min(0).default(5),
});

/**
 * Parses on worker threads. Batches wait in one line, and whichever thread is free takes the next. A thread that dies,
 * or that an update keeps too long, costs that update alone: it counts as a failure, and the others of its batch are
 * parsed again by another thread.
 *
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
 * @example
 * pipeline(parser, handlers, {
 *   executor: threadedParser({ module: new URL('./parser.js', import.meta.url), threads: 2 }),
 * });
 */
export function threadedParser<In extends Update = Update, Out = unknown>(
  options: ThreadedParserOptions<In>,
): ThreadedParser<In, Out> {
  return new ThreadedParser(options);
}

/** See {@link threadedParser}. */
export class ThreadedParser<In extends Update = Update, Out = unknown>
  implements ParserExecutor<In, Out>
{
  readonly maxBatchItems: number;
  readonly maxBatchBytes: number;
  readonly #options: z.output<typeof schema>;
  readonly #address: string;
  readonly #bytesOf: (item: Sourced<In>) => Uint8Array;
  readonly #clock: Clock;
  readonly #crashes: CrashLoop;
  readonly #threads = new Set<ParserThread>();
  #pool: Pool<ParserThread> | undefined;
  #pipeline = '';
  #numberOfThreads: number;
  /** Where there is no thread. */
  #module: ModuleParser | undefined;

  /** @internal */
  constructor({ module, bytesOf, clock = systemClock, ...rest }: ThreadedParserOptions<In>) {
    this.#options = parseOptions(schema, rest, 'threadedParser options');
    this.#address = module.href;
    this.#bytesOf = bytesOf ?? (({ frame }) => frame.bytes);
    this.#clock = clock;
    const { threads, maxBatchItems, maxBatchBytes, maxDeathsPerMinute } = this.#options;
    this.maxBatchItems = maxBatchItems;
    this.maxBatchBytes = maxBatchBytes;
    this.#numberOfThreads = threads ?? 1;
    this.#crashes = new CrashLoop(maxDeathsPerMinute, 60_000, clock);
  }

  /** One batch for each thread, and one more that waits for whichever is free first; 1 without threads. */
  get maxInFlight(): number {
    return this.#numberOfThreads + 1;
  }

  /** The pool of threads, for metrics; none before `init`, and where the main thread parses. */
  get pool(): Pool<ParserThread> | undefined {
    return this.#pool;
  }

  /** How long each living thread was busy, in ms, and how many updates it parsed. */
  get load(): readonly { readonly busyMs: number; readonly updates: number }[] {
    return [...this.#threads].map(({ load }) => ({ ...load }));
  }

  async init(_parser: Parser<In, Out>, context: InitContext): Promise<void> {
    const { deadlineMs, memoryLimitMb } = this.#options;
    const { pipeline, log, parserThreads = 1 } = context;
    this.#pipeline = pipeline;
    const threads = this.#options.threads ?? parserThreads;
    this.#numberOfThreads = threads;
    if (threads === 0) {
      this.#module = await this.#loaded(ModuleParser.load(this.#address, context));
      return;
    }
    const options = {
      module: this.#address,
      pipeline,
      log,
      clock: this.#clock,
      deadlineMs,
      memoryLimitMb,
    };
    this.#pool = createPool<ParserThread>(
      {
        create: async ({ signal, died }) => {
          const thread = await ParserThread.start(options, signal);
          thread.onDied = died;
          this.#threads.add(thread);
          return thread;
        },
        destroy: async (thread) => {
          this.#threads.delete(thread);
          await thread.end();
        },
      },
      {
        name: `parser threads of ${pipeline}`,
        min: threads,
        max: threads,
        idleTimeoutMs: 0,
        acquireTimeoutMs: 0,
        createRetry: false,
        clock: this.#clock,
      },
    );
    // All of them, so that a module that cannot be loaded fails the build.
    const leases = await Promise.allSettled(
      Array.from({ length: threads }, () => (this.#pool as Pool<ParserThread>).acquire()),
    );
    for (const lease of leases) if (lease.status === 'fulfilled') lease.value.release();
    const failed = leases.find(({ status }) => status === 'rejected');
    if (failed?.status !== 'rejected') return;
    await this.dispose();
    await this.#loaded(Promise.reject(failed.reason as Error));
  }

  /**
   * Parses a batch; see {@link ParserExecutor}.
   * @throws SystemError `ERR_PIPELINE_SYSTEM` when threads die again and again
   */
  async parseBatch(items: readonly Sourced<In>[]): Promise<readonly ParseResult<Out>[]> {
    if (this.#module !== undefined) return this.#module.parse(items, this.#bytesOf as never);
    const results: ParseResult<Out>[] = new Array(items.length);
    let left = items.map((_, index) => index);
    while (left.length > 0) left = await this.#attempt(items, left, results);
    return results;
  }

  async dispose(): Promise<void> {
    await this.#pool?.close();
    await this.#module?.dispose();
  }

  async #loaded<Value>(loading: Promise<Value>): Promise<Value> {
    try {
      return await loading;
    } catch (cause) {
      throw new SystemError('ERR_PIPELINE_INIT', `${this.#address} cannot be used as a parser`, {
        pipeline: this.#pipeline,
        cause,
      });
    }
  }

  /** Parses those that are left, and returns those that have to be parsed again. */
  async #attempt(
    items: readonly Sourced<In>[],
    left: readonly number[],
    results: ParseResult<Out>[],
  ): Promise<number[]> {
    if (this.#pool === undefined) {
      throw new SystemError('ERR_PIPELINE_SYSTEM', 'the parser threads were not started');
    }
    if (this.#crashes.isLooping()) throw this.#looping(undefined);
    const lease = await this.#pool.acquire();
    try {
      const parcel = pack(
        left.map((index) => items[index] as Sourced<In>),
        this.#bytesOf,
      );
      const parsed = await lease.resource.parse(parcel);
      for (const [at, index] of left.entries()) results[index] = parsed[at] as ParseResult<Out>;
      lease.release();
      return [];
    } catch (error) {
      lease.destroy(error);
      if (!(error instanceof ParserThreadDied)) throw error;
      this.#crashes.add();
      if (this.#crashes.isLooping()) throw this.#looping(error.cause);
      const { guilty } = error;
      if (guilty === undefined) return [...left];
      results[left[guilty] as number] = new ParseFailure(
        new ParsingError('ERR_PIPELINE_PARSE', `the parser thread died: ${error.message}`, {
          pipeline: this.#pipeline,
          cause: error.cause,
        }),
      );
      return left.filter((_, at) => at !== guilty);
    }
  }

  #looping(cause: unknown): SystemError {
    const { maxDeathsPerMinute } = this.#options;
    return new SystemError(
      'ERR_PIPELINE_SYSTEM',
      `parser threads of ${this.#pipeline} died more than ${maxDeathsPerMinute} times in a minute`,
      { pipeline: this.#pipeline, cause },
    );
  }
}
