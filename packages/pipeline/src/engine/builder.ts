import { Agenda, type Clock, type OptionProblem } from '@rockpool/core';
import type { RuntimeConfig } from '../config/runtime-config.js';
import type { RuntimeEvents } from '../contract/events.js';
import type { Extension } from '../contract/extension.js';
import type { BufferOptions, ResolvedRuntimeOptions, RuntimeOptions } from '../contract/options.js';
import type {
  Cache,
  Coordinator,
  Gate,
  HealthStatus,
  Logger,
  MetricsSink,
} from '../contract/ports.js';
import { resolveRuntimeOptions } from '../contract/schema.js';
import type { Source, Subscription } from '../contract/source.js';
import type { KindMap, KindOf } from '../contract/update.js';
import { type CoordinationOptions, coordination } from '../coordination/coordination-extension.js';
import { Emitter } from '../emitter.js';
import { BuilderError, PipelineOptionsError } from '../errors.js';
import { type HealthExtension, type HealthOptions, healthExtension } from '../health/extension.js';
import {
  type MetricsExtension,
  type MetricsOptions,
  metricsExtension,
} from '../metrics/extension.js';
import { type BuildInput, configured, pipelineOptions } from '../operate/configured.js';
import { DebugMode } from '../operate/debug-mode.js';
import { OperatedRun, type OperatedRuntime } from '../operate/operated-runtime.js';
import { Progress } from '../state/progress.js';
import { checkPipeline } from './check-pipeline.js';
import type { PipelineDefinition } from './definition.js';
import { Input } from './input.js';
import { type CheckedPipeline, makePipeline } from './make-pipeline.js';
import { Members } from './members.js';
import type { PipelineRun } from './pipeline-run.js';
import { type AnySource, Router } from './router.js';
import { RuntimeRun } from './runtime-run.js';
import { Slice } from './slice.js';
import type { Surroundings } from './surroundings.js';
import { undone } from './undone.js';

/**
 * Puts a runtime together. Nothing is checked before `build()`, which tells all that is wrong at once. Packages for one
 * domain extend it with a verb for each of their kinds.
 *
 * @example
 * class NewsBuilder extends RuntimeBuilder<NewsKinds> {
 *   article(definition: PipelineDefinition<'article'>): this {
 *     return this.pipeline(definition);
 *   }
 * }
 */
export class RuntimeBuilder<K extends KindMap<K>> {
  readonly #definitions: PipelineDefinition[] = [];
  readonly #extensions: Extension[] = [];
  readonly #problems: OptionProblem[] = [];
  #source: Source<K> | undefined = undefined;
  #options: RuntimeOptions = {};
  #metrics: MetricsOptions | undefined = undefined;
  #health: HealthOptions | undefined = undefined;
  #group: Omit<CoordinationOptions, 'clock'> | undefined = undefined;

  /** Where updates come from; exactly one. */
  source(source: Source<K>): this {
    if (this.#source !== undefined) {
      this.#problem('source', `there is one already: ${this.#source.name}`);
    }
    this.#source = source;
    return this;
  }

  /** Registers a pipeline for one of the source's kinds. Two pipelines of one id are refused, whatever their kinds. */
  pipeline<Kind extends KindOf<K>>(definition: PipelineDefinition<Kind>): this {
    if (this.#definitions.some(({ id }) => id === definition.id)) {
      this.#problem(definition.id, 'there are two pipelines of this id; give one of them another');
    }
    this.#definitions.push(definition);
    return this;
  }

  /** The buffers of pipelines that say nothing else. */
  bufferConfig(options: BufferOptions): this {
    return this.#with({ buffer: { ...this.#options.buffer, ...options } });
  }

  /** Where it logs. */
  logger(log: Logger): this {
    return this.#with({ log });
  }

  /** What parsers and handlers share. */
  cache(cache: Cache): this {
    return this.#with({ cache });
  }

  /** Lets updates in or not. */
  gate(gate: Gate): this {
    return this.#with({ gate });
  }

  /** The time, for tests. */
  clock(clock: Clock): this {
    return this.#with({ clock });
  }

  /** Where metrics go, and how they are called; a sink alone is told of them every 10 s. Counting itself needs no word. */
  metrics(metrics: MetricsOptions | MetricsSink): this {
    this.#metrics = 'counter' in metrics ? { ...this.#metrics, sinks: [metrics] } : metrics;
    return this;
  }

  /** Checks the health at an interval, and tells of changes by the event `health`. Without it checks run when asked. */
  health(options: HealthOptions = {}): this {
    this.#health = options;
    return this;
  }

  /** Takes part in a group, and handles only what is of its own partitions. */
  coordinator(
    coordinator: Coordinator,
    options: Omit<CoordinationOptions, 'coordinator' | 'clock'>,
  ): this {
    this.#group = { coordinator, ...options };
    return this;
  }

  /** Something that lives as long as the runtime. */
  use(extension: Extension): this {
    this.#extensions.push(extension);
    return this;
  }

  /**
   * Checks everything, and makes parsers and handlers ready. `given` are options, which win over what was said before;
   * or a configuration or the name of a TOML file, over which wins what was said before.
   * @throws BuilderError `ERR_PIPELINE_OPTIONS` with all that is wrong
   * @throws PoolOptionsError `ERR_POOL_OPTIONS` with all that is wrong with the configuration
   * @throws SystemError `ERR_PIPELINE_INIT` when a parser or handler cannot be made ready. Those that were ready are
   *   disposed of; one that throws or does not come to its end within `shutdown.timeoutMs` is told in the error, whose
   *   `cause` is then an AggregateError that begins with what failed first
   */
  async build(given: BuildInput = {}): Promise<OperatedRuntime> {
    const { options, configuration } = await configured(given);
    const merged = configuration
      ? { ...options, ...this.#options, buffer: { ...options.buffer, ...this.#options.buffer } }
      : { ...this.#options, ...options };
    const group = this.#group && coordination({ ...this.#group, clock: merged.clock });
    const { runtime, source, pipelines } = this.#check(
      group === undefined ? merged : { ...merged, gate: group },
      configuration?.config,
    );
    const surroundings = surroundingsOf(runtime);
    const parserThreads = parserThreadsOf(pipelines, configuration?.config);
    const made = pipelines.map((checked) => makePipeline(checked, surroundings, parserThreads));
    const runs = new Map(made.map(({ run }): [string, PipelineRun] => [run.id, run]));
    const input = new Input(runtime.input, surroundings);
    const router = new Router(input, source, runs, runtime.gate, surroundings);
    const members = new Members();
    if (source.dispose !== undefined)
      members.add(`source ${source.name}`, () => source.dispose?.());
    try {
      for (const [index, checked] of pipelines.entries()) {
        await members.init(checked, made[index] as (typeof made)[number]);
      }
    } catch (error) {
      for (const { run } of made) run.end();
      throw await undone(error, members, surroundings.agenda, runtime.shutdown.timeoutMs);
    }
    const { metrics, health } = this.#watchers(runtime.clock, source, configuration?.config);
    const run = new RuntimeRun({
      options: runtime,
      surroundings,
      source,
      subscriptions: subscriptionsOf(pipelines),
      input,
      router,
      pipelines: runs,
      members,
      extensions: [metrics, health, ...this.#extensions, ...(group === undefined ? [] : [group])],
    });
    return new OperatedRun({
      runtime: run,
      configuration,
      metrics,
      health,
      debug: new DebugMode(surroundings.tracing, runtime.log),
      concurrency: new Map(pipelines.map(({ id, options: { concurrency } }) => [id, concurrency])),
    });
  }

  #watchers(
    clock: Clock,
    source: { health?(): HealthStatus },
    config: RuntimeConfig | undefined,
  ): { metrics: MetricsExtension; health: HealthExtension } {
    const { enabled = true, ...told } = config?.metrics ?? {};
    const metrics = metricsExtension({ ...(enabled ? told : {}), ...this.#metrics, clock });
    const interval = this.#health ?? config?.health;
    const health = healthExtension({
      source,
      ...config?.health,
      ...this.#health,
      rounds: interval === undefined ? 'when-asked' : 'at-an-interval',
      clock,
    });
    return { metrics, health };
  }

  #check(
    options: RuntimeOptions,
    config: RuntimeConfig | undefined,
  ): {
    runtime: ResolvedRuntimeOptions;
    source: AnySource;
    pipelines: CheckedPipeline[];
  } {
    const problems = [...this.#problems];
    const source = this.#source;
    if (source === undefined) problems.push({ path: 'source', message: 'is missing' });
    if (this.#definitions.length === 0) {
      problems.push({ path: 'pipelines', message: 'there are none; register at least one' });
    }
    let runtime: ResolvedRuntimeOptions | undefined;
    try {
      runtime = resolveRuntimeOptions(options);
    } catch (error) {
      if (!(error instanceof PipelineOptionsError)) throw error;
      problems.push(...error.problems);
    }
    const { buffer } = runtime ?? resolveRuntimeOptions({});
    const pipelines = this.#definitions.flatMap(
      (each) =>
        checkPipeline(
          config === undefined ? each : { ...each, options: pipelineOptions(config, each.options) },
          buffer,
          (problem) => problems.push(problem),
        ) ?? [],
    );
    if (problems.length > 0 || runtime === undefined || source === undefined) {
      throw new BuilderError('this runtime cannot be built', problems);
    }
    return { runtime, source: source as unknown as AnySource, pipelines };
  }

  #with(options: RuntimeOptions): this {
    this.#options = { ...this.#options, ...options };
    return this;
  }

  #problem(path: string, message: string): void {
    this.#problems.push({ path, message });
  }
}

/** Runs pipelines on a source: see {@link RuntimeBuilder}. */
export type Runtime = OperatedRuntime;
/** Begins to put a runtime together. `K` maps the names of the kinds to their updates. */
export const Runtime: { builder<K extends KindMap<K>>(): RuntimeBuilder<K> } = {
  builder: <K extends KindMap<K>>() => new RuntimeBuilder<K>(),
};

function surroundingsOf({ clock, random, log, cache }: ResolvedRuntimeOptions): Surroundings {
  return {
    clock,
    random,
    log,
    cache,
    agenda: new Agenda(clock, (ring) => ring()),
    events: new Emitter<RuntimeEvents>(),
    progress: new Progress(),
    tracing: { listener: undefined },
    slice: new Slice(clock),
  };
}

/** What each executor gets of the parser threads: an even share, and at least one where there are any. */
function parserThreadsOf(
  pipelines: readonly CheckedPipeline[],
  config: RuntimeConfig | undefined,
): number | undefined {
  const total = config?.runtime.parserThreads;
  if (total === undefined || total === 0) return total;
  const executors = pipelines.filter(({ options }) => options.executor !== undefined).length;
  return Math.max(1, Math.floor(total / Math.max(1, executors)));
}

function subscriptionsOf(pipelines: readonly CheckedPipeline[]): Map<string, Subscription> {
  return new Map(
    pipelines.map(({ id, kind, parser, options }) => [
      id,
      {
        pipeline: id,
        kind,
        filters: [parser.prefilter, options.filter].filter((filter) => filter !== undefined),
      },
    ]),
  );
}
