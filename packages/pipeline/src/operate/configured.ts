import { availableParallelism } from 'node:os';
import { type Configuration, configure } from '../config/configure.js';
import { readConfigurationFile } from '../config/file.js';
import { behaviourOf } from '../config/profiles.js';
import type { RuntimeConfig } from '../config/runtime-config.js';
import type { PipelineOptions, RuntimeOptions } from '../contract/options.js';
import { createLogger } from '../log/logger.js';

/** What `build()` takes: options, a configuration that was read, or the name of a TOML file. */
export type BuildInput = RuntimeOptions | Configuration | string;

/** What was given to `build()`, taken apart. */
export interface Configured {
  readonly options: RuntimeOptions;
  /** Undefined for a runtime that was built without a configuration. */
  readonly configuration: Configuration | undefined;
}

/**
 * Reads what was given to `build()`. With the name of a file the environment of the process counts as well, because
 * then it is the program's own.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
 */
export async function configured(given: BuildInput): Promise<Configured> {
  const configuration = await configurationOf(given);
  if (configuration === undefined) {
    return { options: given as RuntimeOptions, configuration };
  }
  return { options: runtimeOptions(configuration.config), configuration };
}

/** What a configuration says to the runtime itself. */
function runtimeOptions({ runtime, shutdown }: RuntimeConfig): RuntimeOptions {
  const buffer = {
    maxCapacity: runtime.bufferCapacity,
    maxBytes: runtime.bufferMaxBytes,
    batchSize: runtime.batchSize,
    batchTimeoutMs: runtime.batchTimeoutMs,
    overflowPolicy: runtime.overflowPolicy,
  };
  const log = createLogger({ level: runtime.logLevel, format: runtime.logFormat });
  return { input: buffer, buffer, shutdown, log };
}

/** What a configuration says to every pipeline; what a pipeline says itself wins. */
export function pipelineOptions(
  { runtime, retry, breaker }: RuntimeConfig,
  own: PipelineOptions<never, never>,
): PipelineOptions<never, never> {
  return {
    concurrency: runtime.handlerThreads,
    latencyEvery: behaviourOf(runtime.optimize).latencySampling,
    ...own,
    retry: { ...retry, ...own.retry },
    breaker: own.breaker === false ? false : { ...breaker, ...own.breaker },
  };
}

async function configurationOf(given: BuildInput): Promise<Configuration | undefined> {
  if (typeof given === 'string') {
    const file = await readConfigurationFile(given);
    return configure({ file, env: process.env, processors: availableParallelism() });
  }
  return 'inForce' in given ? given : undefined;
}
