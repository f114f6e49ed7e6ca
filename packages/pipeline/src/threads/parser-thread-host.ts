import type { Worker } from 'node:worker_threads';
import type { Clock } from '@rockpool/core';
import { FILTERED, ParseFailure, type ParseResult } from '../contract/parser.js';
import type { Logger } from '../contract/ports.js';
import { StageTimeoutError, SystemError } from '../errors.js';
import { startThread } from '../start-thread.js';
import { Outcome, type ParserBoot, type ThreadMessage } from './messages.js';
import type { Parcel } from './parcel.js';
import { type PostedError, receiveError } from './posted-error.js';

/** How threads are started and limited. */
export interface ParserThreadOptions {
  readonly module: string;
  readonly pipeline: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** One update, in ms. */
  readonly deadlineMs: number;
  readonly memoryLimitMb: number;
}

/** A thread ended in the midst of a batch. */
export class ParserThreadDied extends Error {
  /** The index of the update that it was parsing; `undefined` when it was parsing none. */
  readonly guilty: number | undefined;

  constructor(guilty: number | undefined, cause: Error) {
    super(cause.message, { cause });
    this.guilty = guilty;
  }

  override get name(): string {
    return 'ParserThreadDied';
  }
}

interface Pending {
  readonly resolve: (results: ParseResult<unknown>[]) => void;
  readonly reject: (error: Error) => void;
  readonly stopWatching: () => void;
}

/** A worker thread that holds a parser. One batch at a time. */
export class ParserThread {
  readonly #worker: Worker;
  readonly #options: ParserThreadOptions;
  readonly #progress: Int32Array;
  /** Called once, when the thread has ended by itself. */
  onDied: (error: Error) => void = () => {};
  #pending: Pending | undefined;
  #ended: Error | undefined;
  /** How long it was busy, and with how many updates. */
  readonly load: { busyMs: number; updates: number } = { busyMs: 0, updates: 0 };

  /** @throws whatever the module throws while it is loaded, or `init` of its parser */
  static async start(options: ParserThreadOptions, signal: AbortSignal): Promise<ParserThread> {
    const { module, pipeline, memoryLimitMb } = options;
    const progress = new SharedArrayBuffer(4);
    const boot: ParserBoot = { module, pipeline, progress };
    const worker = startThread('parser-thread', {
      workerData: boot,
      resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb },
    });
    const thread = new ParserThread(worker, options, new Int32Array(progress));
    const giveUp = (): void => void thread.end();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await thread.#ready;
    } catch (error) {
      await thread.end();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    worker.unref();
    return thread;
  }

  readonly #ready: Promise<void>;

  private constructor(worker: Worker, options: ParserThreadOptions, progress: Int32Array) {
    this.#worker = worker;
    this.#options = options;
    this.#progress = progress;
    this.#ready = new Promise((resolve, reject) => {
      worker.on('message', (message: ThreadMessage) => {
        if (message.kind === 'ready') resolve();
        else if (message.kind === 'failed') reject(receiveError(message.error));
        else this.#receive(message);
      });
      worker.on('error', (error) => this.#die(error));
      worker.on('exit', (code) => {
        const died = new Error(`the parser thread ended with code ${code}`);
        this.#die(died);
        reject(this.#ended ?? died);
      });
    });
  }

  get alive(): boolean {
    return this.#ended === undefined;
  }

  /**
   * Parses a batch; the parcel's bytes belong to the thread afterwards.
   * @throws ParserThreadDied when the thread ended meanwhile, or was ended because an update took too long
   */
  parse(parcel: Parcel): Promise<ParseResult<unknown>[]> {
    if (this.#ended !== undefined) {
      return Promise.reject(new ParserThreadDied(undefined, this.#ended));
    }
    Atomics.store(this.#progress, 0, 0);
    const { clock } = this.#options;
    const begunAt = clock.now();
    return new Promise<ParseResult<unknown>[]>((resolve, reject) => {
      this.#pending = { resolve, reject, stopWatching: this.#watch() };
      // Only a batch under way keeps the process alive.
      this.#worker.ref();
      this.#worker.postMessage(parcel, [parcel.bytes]);
    }).finally(() => {
      this.load.busyMs += clock.now() - begunAt;
      this.load.updates += parcel.lengths.length;
    });
  }

  /** Ends the thread. A batch under way fails. */
  async end(): Promise<void> {
    this.onDied = () => {};
    this.#die(new SystemError('ERR_PIPELINE_SYSTEM', 'the parser thread was closed'));
    await this.#worker.terminate();
  }

  #receive(message: Exclude<ThreadMessage, { kind: 'ready' | 'failed' }>): void {
    if (message.kind === 'log') {
      this.#options.log.log(message.level, message.message, message.fields);
      return;
    }
    const pending = this.#settled();
    if (pending === undefined || message.kind !== 'parsed') return;
    const { outcomes, values } = message;
    pending.resolve(
      Array.from(outcomes, (outcome, index) => {
        if (outcome === Outcome.parsed) return values[index];
        if (outcome === Outcome.filtered) return FILTERED;
        return new ParseFailure(receiveError(values[index] as PostedError));
      }),
    );
  }

  /**
   * Looks at the progress once a deadline: an update that is there at two looks in a row has taken too long. A thread
   * that parses nothing and does not answer gets a third look, because its answer may be there and not be read yet.
   */
  #watch(): () => void {
    const { clock, deadlineMs, pipeline } = this.#options;
    let seen = -1;
    let looks = 0;
    const look = (): void => {
      const current = Atomics.load(this.#progress, 0);
      looks = current === seen ? looks + 1 : 1;
      seen = current;
      if (looks < (current === 0 ? 3 : 2)) {
        timer = clock.setTimeout(look, deadlineMs);
        return;
      }
      const message = `a parser thread did not go on for ${deadlineMs} ms`;
      this.#die(new StageTimeoutError('parsing', deadlineMs, message, { pipeline }));
      void this.#worker.terminate();
    };
    // The first look finds the update that the batch begins with.
    let timer = clock.setTimeout(look, 0);
    return () => clock.clearTimeout(timer);
  }

  #die(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    const current = Atomics.load(this.#progress, 0);
    this.#settled()?.reject(new ParserThreadDied(current === 0 ? undefined : current - 1, error));
    this.onDied(error);
  }

  #settled(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.stopWatching();
    this.#worker.unref();
    return pending;
  }
}
