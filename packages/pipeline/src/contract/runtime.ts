import type { RuntimeEvents } from './events.js';
import type { OutputOptions, ShutdownOptions } from './options.js';
import type { ShutdownReport } from './shutdown.js';
import type { SourceExit } from './source.js';
import type { PipelineState } from './state.js';
import type { PipelineStats, RuntimeStats } from './stats.js';

/** One pipeline of a runtime. */
export interface Pipeline {
  readonly id: string;
  readonly kind: string;
  readonly state: PipelineState;
  /**
   * Begins no further attempts and hands over what its batches hold; resolves when nothing runs any more. Its buffer
   * goes on filling, and then its overflow policy applies.
   * @throws PipelineStateError `ERR_PIPELINE_STATE` unless it is running or paused
   */
  pause(): Promise<void>;
  /**
   * Goes on, also after an error.
   * @throws PipelineStateError `ERR_PIPELINE_STATE` after a shutdown
   */
  resume(): void;
  stats(): PipelineStats;
}

/** The values of a pipeline whose handlers succeeded, as they come. Ends with the runtime, with `break` or with its signal. */
export interface Output<Out> extends AsyncIterable<Out>, AsyncDisposable {
  /** Values this reader lost because it was behind. */
  readonly dropped: number;
  /** Values that wait for it. */
  readonly buffered: number;
  close(): void;
}

/** Runs pipelines on a source. Made by a builder. */
export interface Runtime extends AsyncDisposable {
  readonly name: string;
  readonly state: PipelineState;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  /**
   * Reads the source to its end, handles everything, shuts down, and resolves with the source's exit. Can be called once.
   * @throws RuntimeError of kind `connection` when the stream broke, of kind `system` when a pipeline's error ended it
   */
  run(options?: { readonly signal?: AbortSignal | undefined }): Promise<SourceExit>;
  /** Pauses one pipeline, or all; resolves when nothing of them runs any more. */
  pause(pipeline?: string): Promise<void>;
  resume(pipeline?: string): void;
  /** Ends the runtime; called again it can only hasten the end. Always resolves with the same report. */
  shutdown(options?: ShutdownOptions): Promise<ShutdownReport>;
  stats(): RuntimeStats;
  /** See {@link RuntimeEvents}; the returned function ends it. A listener that throws is reported as a process warning. */
  on<E extends keyof RuntimeEvents>(
    event: E,
    listener: (data: RuntimeEvents[E]) => void,
  ): () => void;
  /** @throws PipelineOptionsError `ERR_PIPELINE_OPTIONS` when there is no such pipeline */
  output<Out = unknown>(pipeline: string, options?: OutputOptions): Output<Out>;
  /** Tells the listeners of `event`; for extensions. */
  emit<E extends keyof RuntimeEvents>(event: E, data: RuntimeEvents[E]): void;
}
