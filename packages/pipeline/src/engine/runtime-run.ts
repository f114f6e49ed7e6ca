import { type OptionProblem, reasonOf } from '@rockpool/core';
import type { RuntimeEvents } from '../contract/events.js';
import type { Extension } from '../contract/extension.js';
import type {
  OutputOptions,
  ResolvedRuntimeOptions,
  ShutdownOptions,
} from '../contract/options.js';
import type { Output, Pipeline, Runtime } from '../contract/runtime.js';
import { resolveOutputOptions, resolveShutdownOptions } from '../contract/schema.js';
import type { ShutdownReport } from '../contract/shutdown.js';
import type { Sink, SourceExit, Subscription } from '../contract/source.js';
import type { PipelineState } from '../contract/state.js';
import type { RuntimeStats } from '../contract/stats.js';
import {
  ConnectionError,
  OverflowError,
  PipelineOptionsError,
  PipelineStateError,
  type RuntimeError,
} from '../errors.js';
import { StateMachine } from '../state/machine.js';
import { Ending } from './ending.js';
import { Extensions } from './extensions.js';
import type { Input } from './input.js';
import type { Members } from './members.js';
import type { PipelineRun } from './pipeline-run.js';
import type { AnySource, Router } from './router.js';
import { runtimeStats } from './runtime-stats.js';
import { onSignals } from './signals.js';
import type { Surroundings } from './surroundings.js';

/** What a runtime is made of. */
export interface RuntimeParts {
  readonly options: ResolvedRuntimeOptions;
  readonly surroundings: Surroundings;
  readonly source: AnySource;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly input: Input;
  readonly router: Router;
  readonly pipelines: ReadonlyMap<string, PipelineRun>;
  readonly members: Members;
  readonly extensions: readonly Extension[];
}

/** A runtime at work: lets the source run, and ends everything when it is time. */
export class RuntimeRun implements Runtime {
  readonly name: string;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly #parts: RuntimeParts;
  readonly #machine: StateMachine;
  readonly #sourceAbort = new AbortController();
  readonly #extensions: Extensions;
  #sourceEnded: Promise<unknown> = Promise.resolve();
  #started = false;
  #ending: Ending | undefined = undefined;
  #failure: RuntimeError | undefined = undefined;
  #noteError: () => void = () => undefined;
  readonly #firstError: Promise<void>;

  constructor(parts: RuntimeParts) {
    const { options, surroundings, input, pipelines } = parts;
    this.#parts = parts;
    this.name = options.name;
    this.pipelines = pipelines;
    this.#extensions = new Extensions(parts.extensions);
    this.#machine = new StateMachine(`runtime ${options.name}`, (from, to) =>
      surroundings.events.emit('state', { pipeline: undefined, from, to }),
    );
    this.#firstError = new Promise((resolve) => {
      this.#noteError = resolve;
    });
    for (const each of pipelines.values()) each.onError = (error) => this.#pipelineFailed(error);
    input.onOverflow = () => this.#inputOverflowed();
  }

  get state(): PipelineState {
    return this.#machine.state;
  }

  async run({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<SourceExit> {
    if (this.#started || this.state !== 'initializing') {
      throw new PipelineStateError(
        `runtime ${this.name} is ${this.state}: it runs once; build another one`,
      );
    }
    this.#started = true;
    const { signals } = this.#parts.options;
    const abort = (): void => void this.shutdown();
    const stopListening = onSignals(
      signals,
      () => void this.shutdown(),
      () => void this.shutdown({ strategy: 'immediate' }),
    );
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await this.#start();
      if (signal?.aborted === true) abort();
      const exit = await this.#readSource();
      await this.#finish();
      return this.#judge(exit);
    } finally {
      stopListening();
      signal?.removeEventListener('abort', abort);
    }
  }

  async pause(pipeline?: string): Promise<void> {
    if (pipeline !== undefined) {
      await this.#pipeline(pipeline).pause();
      return;
    }
    if (this.state !== 'paused') this.#machine.move('paused');
    const able = [...this.#runs()].filter(({ state }) => state === 'running' || state === 'paused');
    await Promise.all(able.map((each) => each.pause()));
  }

  resume(pipeline?: string): void {
    if (pipeline !== undefined) {
      this.#pipeline(pipeline).resume();
      return;
    }
    if (this.state !== 'running') this.#machine.move('running');
    for (const each of this.#runs()) each.resume();
  }

  async shutdown(options?: ShutdownOptions): Promise<ShutdownReport> {
    const resolved = resolveShutdownOptions(options, this.#parts.options.shutdown);
    if (this.#ending !== undefined) {
      this.#ending.hasten(resolved);
      return this.#ending.report;
    }
    if (this.#machine.can('shutdown')) this.#machine.move('shutdown');
    const { input, router, members, surroundings } = this.#parts;
    this.#sourceAbort.abort();
    this.#ending = new Ending(resolved, {
      clock: surroundings.clock,
      agenda: surroundings.agenda,
      input,
      router,
      members,
      pipelines: [...this.#runs()],
      sourceEnded: () => this.#sourceEnded,
      stopExtensions: (within) => this.#extensions.stop(within),
    });
    const report = await this.#ending.report;
    surroundings.events.emit('ended', report);
    return report;
  }

  stats(): RuntimeStats {
    const { input, router, pipelines, surroundings } = this.#parts;
    return runtimeStats(this.state, input, router, pipelines, surroundings.progress);
  }

  on<E extends keyof RuntimeEvents>(
    event: E,
    listener: (data: RuntimeEvents[E]) => void,
  ): () => void {
    return this.#parts.surroundings.events.on(event, listener);
  }

  emit<E extends keyof RuntimeEvents>(event: E, data: RuntimeEvents[E]): void {
    this.#parts.surroundings.events.emit(event, data);
  }

  output<Out = unknown>(pipeline: string, options?: OutputOptions): Output<Out> {
    const run = this.#pipeline(pipeline);
    return run.broadcast.subscribe<Out>(pipeline, resolveOutputOptions(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #start(): Promise<void> {
    try {
      await this.#extensions.start(this);
    } catch (thrown) {
      if (this.#machine.can('error')) this.#machine.move('error');
      await this.shutdown({ strategy: 'immediate' });
      throw thrown;
    }
    if (this.state !== 'initializing') return;
    this.#machine.move('running');
    for (const each of this.#runs()) each.start();
  }

  async #readSource(): Promise<SourceExit> {
    if (this.#sourceAbort.signal.aborted) return { type: 'cancelled' };
    const { input, options, source, subscriptions, surroundings } = this.#parts;
    const { clock, events, log, progress } = surroundings;
    const sink: Sink = {
      push: (frames) => input.push(frames),
      complete: (position) => progress.complete(position),
      handledUpTo: () => progress.handledUpTo(),
      report: (event, data) => events.emit(event, data as never),
    };
    const { signal } = this.#sourceAbort;
    const reading = (async (): Promise<SourceExit> => {
      try {
        return await source.run({ subscriptions, sink, signal, from: options.from, clock, log });
      } catch (error) {
        return { type: 'error', error };
      }
    })();
    this.#sourceEnded = reading;
    // Whoever shuts down waits for the source only so long; then it is left to itself.
    return Promise.race([reading, this.#endedWithout()]);
  }

  /** Resolves when the runtime has ended although its source has not returned. */
  #endedWithout(): Promise<SourceExit> {
    return new Promise((resolve) => {
      this.#parts.surroundings.events.on('ended', () => resolve({ type: 'cancelled' }));
    });
  }

  /** The source has nothing more: handles what is left, for as long as it takes, unless something is broken. */
  async #finish(): Promise<void> {
    if (this.#ending === undefined) {
      const broken = [...this.#runs()].some(({ state }) => state === 'error');
      const ending = this.#untilEnding();
      if (!broken) await Promise.race([this.#everythingHandled(), this.#firstError, ending]);
    }
    await (this.#ending?.report ?? this.shutdown());
  }

  async #everythingHandled(): Promise<void> {
    await this.#parts.router.emptied();
    for (const each of this.#runs()) each.endInput();
    await Promise.all([...this.#runs()].map((each) => each.emptied()));
  }

  #untilEnding(): Promise<void> {
    return new Promise((resolve) => {
      this.on('state', ({ pipeline, to }) => {
        if (pipeline === undefined && to === 'shutdown') resolve();
      });
    });
  }

  #judge(exit: SourceExit): SourceExit {
    if (this.#failure !== undefined) throw this.#failure;
    if (exit.type === 'completed' || exit.type === 'cancelled') return exit;
    const { name } = this.#parts.source;
    switch (exit.type) {
      case 'stream-ended':
        throw new ConnectionError(`source ${name}: the other side ended the stream`, {
          retryable: true,
        });
      case 'stream-error':
        throw new ConnectionError(
          `source ${name}: the stream ended with status ${exit.code}: ${exit.message}`,
        );
      case 'error':
        throw new ConnectionError(`source ${name} failed: ${reasonOf(exit.error)}`, {
          cause: exit.error,
        });
    }
  }

  #pipelineFailed(error: RuntimeError): void {
    this.#noteError();
    const { onPipelineError, onSystemError } = this.#parts.options;
    const ofSystem = error.code === 'ERR_PIPELINE_SYSTEM';
    if ((ofSystem ? onSystemError : onPipelineError) === 'shutdown') this.#fail(error);
  }

  #inputOverflowed(): void {
    const { input } = this.#parts;
    const error = new OverflowError(
      `the input buffer of runtime ${this.name} is full (${input.size} frames, ${input.bytes} bytes) and its overflow policy is error`,
    );
    this.emit('error', error);
    this.#fail(error);
  }

  #fail(error: RuntimeError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    if (this.#machine.can('error')) this.#machine.move('error');
    void this.shutdown();
  }

  *#runs(): IterableIterator<PipelineRun> {
    yield* this.#parts.pipelines.values();
  }

  #pipeline(id: string): PipelineRun {
    const pipeline = this.#parts.pipelines.get(id);
    if (pipeline !== undefined) return pipeline;
    const known = [...this.pipelines.keys()].join(', ');
    const problem: OptionProblem = {
      path: 'pipeline',
      message: `there is no ${id}; there are ${known}`,
    };
    throw new PipelineOptionsError(`runtime ${this.name}`, [problem]);
  }
}
