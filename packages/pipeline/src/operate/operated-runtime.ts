import type { Configuration } from '../config/configure.js';
import type { RuntimeEvents } from '../contract/events.js';
import type { OutputOptions, ShutdownOptions } from '../contract/options.js';
import type { HealthReport } from '../contract/ports.js';
import type { Output, Pipeline, Runtime } from '../contract/runtime.js';
import type { ShutdownReport } from '../contract/shutdown.js';
import type { SourceExit } from '../contract/source.js';
import type { PipelineState } from '../contract/state.js';
import type { RuntimeStats } from '../contract/stats.js';
import { type Advice, advise } from '../debug/advice.js';
import { collectProfile, type Profile, type ProfileOptions } from '../debug/profile.js';
import type { TraceEntry } from '../engine/surroundings.js';
import type { HealthExtension } from '../health/extension.js';
import type { ExportOptions, MetricsExtension } from '../metrics/extension.js';
import type { DebugMode, DebugOptions } from './debug-mode.js';

/** A runtime as it is operated: with its configuration, health, metrics and tools. */
export interface OperatedRuntime extends Runtime {
  /** What it was built from; undefined when that was options. */
  readonly configuration: Configuration | undefined;
  /** Asks all checks now, which counts as a round. */
  health(): Promise<HealthReport>;
  /** What the rounds so far have found; asks nobody, and is healthy before the first one. */
  healthReport(): HealthReport;
  /**
   * The metrics as text, and pushes them if asked to.
   * @throws PipelineStateError `ERR_PIPELINE_STATE` before the runtime has begun
   * @throws ConnectionError `ERR_PIPELINE_CONNECTION` when they cannot be pushed
   */
  exportMetrics(options?: ExportOptions): Promise<string>;
  /** For adapters, such as that of prom-client. */
  readonly metrics: MetricsExtension;
  /**
   * Logs more, and remembers what became of the last 1,000 updates; the returned function ends it. Until then every
   * update costs a little more.
   */
  enableDebugMode(options?: DebugOptions): () => void;
  /** What became of the last updates since the debug mode was enabled, oldest first. */
  trace(): TraceEntry[];
  /** Profiles CPU, event loop, pipelines and memory; 5 s unless said otherwise. */
  collectProfile(options?: Pick<ProfileOptions, 'durationMs' | 'signal'>): Promise<Profile>;
  /** Says of each pipeline what limits it. */
  advise(): Advice[];
}

/** What operates a runtime. */
export interface Operation {
  readonly runtime: Runtime;
  readonly configuration: Configuration | undefined;
  readonly health: HealthExtension;
  readonly metrics: MetricsExtension;
  readonly debug: DebugMode;
  readonly concurrency: ReadonlyMap<string, number>;
}

/** Adds the tools of its operators to a runtime. */
export class OperatedRun implements OperatedRuntime {
  readonly #operation: Operation;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  get name(): string {
    return this.#operation.runtime.name;
  }

  get state(): PipelineState {
    return this.#operation.runtime.state;
  }

  get pipelines(): ReadonlyMap<string, Pipeline> {
    return this.#operation.runtime.pipelines;
  }

  get configuration(): Configuration | undefined {
    return this.#operation.configuration;
  }

  get metrics(): MetricsExtension {
    return this.#operation.metrics;
  }

  run(options?: { readonly signal?: AbortSignal | undefined }): Promise<SourceExit> {
    return this.#operation.runtime.run(options);
  }

  pause(pipeline?: string): Promise<void> {
    return this.#operation.runtime.pause(pipeline);
  }

  resume(pipeline?: string): void {
    this.#operation.runtime.resume(pipeline);
  }

  shutdown(options?: ShutdownOptions): Promise<ShutdownReport> {
    return this.#operation.runtime.shutdown(options);
  }

  stats(): RuntimeStats {
    return this.#operation.runtime.stats();
  }

  on<E extends keyof RuntimeEvents>(
    event: E,
    listener: (data: RuntimeEvents[E]) => void,
  ): () => void {
    return this.#operation.runtime.on(event, listener);
  }

  emit<E extends keyof RuntimeEvents>(event: E, data: RuntimeEvents[E]): void {
    this.#operation.runtime.emit(event, data);
  }

  output<Out = unknown>(pipeline: string, options?: OutputOptions): Output<Out> {
    return this.#operation.runtime.output(pipeline, options);
  }

  health(): Promise<HealthReport> {
    return this.#operation.health.check();
  }

  healthReport(): HealthReport {
    return this.#operation.health.report();
  }

  exportMetrics(options?: ExportOptions): Promise<string> {
    return this.#operation.metrics.export(options);
  }

  enableDebugMode(options?: DebugOptions): () => void {
    return this.#operation.debug.enable(options);
  }

  trace(): TraceEntry[] {
    return this.#operation.debug.trace();
  }

  collectProfile(options: Pick<ProfileOptions, 'durationMs' | 'signal'> = {}): Promise<Profile> {
    return collectProfile({ ...options, stats: () => this.stats() });
  }

  advise(): Advice[] {
    const { concurrency } = this.#operation;
    return advise(this.stats(), (pipeline) => concurrency.get(pipeline) ?? 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
