import { availableParallelism } from 'node:os';
import { type OptionProblem, PoolError, type PoolOptionsError } from '@rockpool/core';
import {
  type Configuration,
  configure,
  type RuntimeConfig,
  readConfigurationFile,
} from '@rockpool/pipeline';
import { COMPRESSIONS, keyOf, yellowstoneSource } from '@rockpool/yellowstone';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import type { StreamOptions } from './options.js';
import { sourceOptions } from './source-options.js';

/** What shall be printed. */
export interface Wishes {
  readonly accounts: readonly string[];
  readonly owners: readonly string[];
  readonly programs: readonly string[];
  readonly tokens: boolean;
  readonly slots: boolean;
}

/** Where it comes from. */
export type Origin =
  | { readonly kind: 'server'; readonly endpoint: string }
  | { readonly kind: 'capture'; readonly file: string }
  | { readonly kind: 'demo' };

/** The command line and the configuration, checked. */
export interface StreamPlan {
  readonly configuration: Configuration;
  readonly wishes: Wishes;
  readonly origin: Origin;
}

/**
 * Reads the settings: flags before the environment before the file before the profile before the default.
 * @throws UsageError with a line for everything that is wrong
 */
export async function readSettings(
  options: StreamOptions,
  env: Terminal['env'],
): Promise<Configuration> {
  const problems = new Problems();
  const configuration = await problems.noting(settingsOf(options, env, problems));
  return problems.passing(configuration);
}

/**
 * Reads the settings, and what is to be streamed from where.
 * @throws UsageError with a line for everything that is wrong
 */
export async function planOf(options: StreamOptions, env: Terminal['env']): Promise<StreamPlan> {
  const problems = new Problems();
  const configuration = await problems.noting(settingsOf(options, env, problems));
  const wishes = wishesOf(options, problems);
  const origin = configuration && originOf(options, configuration.config, problems);
  return problems.passing(configuration && origin && { configuration, wishes, origin });
}

async function settingsOf(
  { config, settings }: StreamOptions,
  env: Terminal['env'],
  problems: Problems,
): Promise<Configuration> {
  const file =
    config === undefined ? undefined : await problems.noting(readConfigurationFile(config));
  const configuration = configure({
    flags: settings,
    env,
    file,
    processors: availableParallelism(),
  });
  if (!COMPRESSIONS.includes(configuration.config.grpc.acceptCompression)) {
    const instead = 'take gzip or none';
    problems.add('grpc.accept_compression', `is zstd, which needs Node 22.15 or newer; ${instead}`);
  }
  return configuration;
}

/** The demo shows something even to those who ask for nothing. */
function wishesOf(
  { account, owner, program, tokens, slots, demo }: StreamOptions,
  problems: Problems,
): Wishes {
  for (const [flag, addresses] of Object.entries({ account, owner, program })) {
    for (const address of addresses) {
      if (keyOf(address) !== undefined) continue;
      problems.add(`--${flag} ${address}`, 'is no address: 32 bytes as base58');
    }
  }
  const wishes = {
    accounts: account,
    owners: owner,
    programs: program,
    tokens: tokens === true,
    slots: slots === true,
  };
  const wished =
    account.length + owner.length + program.length > 0 || wishes.tokens || wishes.slots;
  if (wished) return wishes;
  if (demo === true) return { ...wishes, programs: [SYSTEM_PROGRAM], slots: true };
  problems.add('', 'say what to print: --account, --owner, --program, --tokens or --slots');
  return wishes;
}

const SYSTEM_PROGRAM = '11111111111111111111111111111111';

function originOf(
  { demo, replay }: StreamOptions,
  config: RuntimeConfig,
  problems: Problems,
): Origin | undefined {
  if (demo === true) return { kind: 'demo' };
  if (replay !== undefined) return { kind: 'capture', file: replay };
  const { endpoint } = config.grpc;
  if (endpoint === undefined) {
    problems.add(
      'grpc.endpoint',
      'is missing; give it by --grpc-endpoint, ROCKPOOL_GRPC_ENDPOINT or a file (--demo needs none)',
    );
    return undefined;
  }
  try {
    // Connects to nobody before it runs. What else is wrong has been told.
    yellowstoneSource({ ...sourceOptions(config, endpoint), compression: 'none' });
  } catch (error) {
    if (!PoolError.is(error, 'ERR_POOL_OPTIONS')) throw error;
    problems.add(
      'grpc.endpoint',
      `is ${JSON.stringify(endpoint)}; must be the address of a server, such as https://example.com:10000`,
    );
  }
  return { kind: 'server', endpoint };
}

/** Gathers everything that is wrong, to be told at once. */
class Problems {
  readonly #problems: OptionProblem[] = [];

  add(path: string, message: string): void {
    this.#problems.push({ path, message });
  }

  /** What was read, or undefined with a note of what is wrong with it. */
  async noting<Value>(reading: Promise<Value>): Promise<Value | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (!PoolError.is(error, 'ERR_POOL_OPTIONS')) throw error;
      this.#problems.push(...(error as PoolOptionsError).problems);
      return undefined;
    }
  }

  /** @throws UsageError when anything was noted */
  passing<Value>(value: Value | undefined): Value {
    if (value !== undefined && this.#problems.length === 0) return value;
    const lines = this.#problems.map(
      ({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`,
    );
    throw new UsageError(`nothing is streamed:\n${lines.join('\n')}`);
  }
}
