import { Agenda, type Clock, type OptionProblem } from '@rockpool/core';
import type { RuntimeEvents } from '../contract/events.js';
import type { Extension } from '../contract/extension.js';
import type { BufferOptions, ResolvedRuntimeOptions, RuntimeOptions } from '../contract/options.js';
import type { Cache, Gate, Logger } from '../contract/ports.js';
import type { Runtime as RuntimeContract } from '../contract/runtime.js';
import { resolveRuntimeOptions } from '../contract/schema.js';
import type { Source, Subscription } from '../contract/source.js';
import type { KindMap, KindOf } from '../contract/update.js';
import { Emitter } from '../emitter.js';
import { BuilderError, PipelineOptionsError } from '../errors.js';
import { Progress } from '../state/progress.js';
import { checkPipeline } from './check-pipeline.js';
import type { PipelineDefinition } from './definition.js';
import { Input } from './input.js';
import { type CheckedPipeline, makePipeline } from './make-pipeline.js';
import { Members } from './members.js';
import type { PipelineRun } from './pipeline-run.js';
import { type AnySource, Router } from './router.js';
import { RuntimeRun } from './runtime-run.js';
import type { Surroundings } from './surroundings.js';

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

  /** Something that lives as long as the runtime. */
  use(extension: Extension): this {
    this.#extensions.push(extension);
    return this;
  }

  /**
   * Checks everything, and makes parsers and handlers ready. `options` win over what was said before.
   * @throws BuilderError `ERR_PIPELINE_OPTIONS` with all that is wrong
   * @throws SystemError `ERR_PIPELINE_INIT` when a parser or handler cannot be made ready; nothing is left behind
   */
  async build(options: RuntimeOptions = {}): Promise<RuntimeContract> {
    const resolved = this.#check({ ...this.#options, ...options });
    const { runtime, source, pipelines } = resolved;
    const surroundings = surroundingsOf(runtime);
    const made = pipelines.map((checked) => makePipeline(checked, surroundings));
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
      for (const thrown of await members.dispose()) {
        runtime.log.log('error', `dispose() threw after a failed start: ${String(thrown)}`);
      }
      throw error;
    }
    return new RuntimeRun({
      options: runtime,
      surroundings,
      source,
      subscriptions: subscriptionsOf(pipelines),
      input,
      router,
      pipelines: runs,
      members,
      extensions: this.#extensions,
    });
  }

  #check(options: RuntimeOptions): {
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
      (each) => checkPipeline(each, buffer, (problem) => problems.push(problem)) ?? [],
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
export type Runtime = RuntimeContract;
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
  };
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
