import { type OptionProblem, PoolOptionsError } from '@rockpool/core';
import {
  type Candidate,
  fromEnvironment,
  fromFlags,
  fromObject,
  fromProfile,
  misspeltVariables,
  type SettingSource,
} from './candidates.js';
import { nested, type RuntimeConfig } from './runtime-config.js';
import {
  type ProfileName,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  type Settings,
} from './settings.js';
import { threadNumbers } from './threads.js';

/** Where settings may come from; what stands first wins. */
export interface ConfigurationSources {
  /** The command line: `['--runtime-worker-threads', '8']`. */
  readonly flags?: readonly string[] | undefined;
  /** Given in code: sections of settings, in camel, snake or kebab case. */
  readonly argument?: object | undefined;
  /** The environment. Default none: only the program that owns the process should read `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What a configuration file holds, and its name for messages. See `readConfigurationFile`. */
  readonly file?: { readonly name: string; readonly content: unknown } | undefined;
  /** Processors from which numbers of threads are derived. Default 1. */
  readonly processors?: number | undefined;
}

/** One setting that is in force, and where it comes from. */
export interface SettingInForce {
  readonly name: SettingName;
  readonly value: Settings[SettingName];
  readonly source: SettingSource;
  /** The flag, key, variable, file or profile; `''` for a default. */
  readonly from: string;
  /** Where it is set as well, without effect. */
  readonly overridden: readonly string[];
}

/** A configuration that was read. */
export interface Configuration {
  readonly config: RuntimeConfig;
  /** Every setting, in the order of the documentation. */
  readonly inForce: readonly SettingInForce[];
  /** What its owner should know, and what does not keep it from working. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration: flag before argument before environment before file before profile before default. All that
 * is wrong is told at once, also what has no effect because something else wins.
 *
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` whose `problems` name the flag, key, variable or file of each bad value
 */
export function configure(sources: ConfigurationSources = {}): Configuration {
  const { flags = [], argument = {}, env = {}, file, processors = 1 } = sources;
  const places = [
    fromFlags(flags),
    fromObject(argument, 'argument', 'argument'),
    fromEnvironment(env),
    ...(file === undefined ? [] : [fromObject(file.content, 'file', file.name)]),
  ];
  const given = places.flatMap(({ candidates }) => candidates);
  const problems = [...places.flatMap((each) => each.problems), ...given.flatMap(problemOf)];
  if (problems.length > 0) throw new PoolOptionsError('configuration', problems);

  const profile = given.find(({ setting }) => setting === 'runtime.profile')?.value;
  const candidates =
    profile === undefined ? given : [...given, ...fromProfile(profile as ProfileName)];
  const inForce = withThreads(
    SETTING_NAMES.map((name) => choose(name, candidates)),
    processors,
  );
  return { config: nested(inForce), inForce, warnings: warningsOf(inForce, env) };
}

function problemOf({ setting, value, from }: Candidate): OptionProblem[] {
  const { schema, secret } = SETTINGS[setting];
  const result = schema.safeParse(value);
  if (result.success) return [];
  const why = result.error.issues.map((issue) => issue.message).join('; ');
  return [{ path: from, message: secret ? why : `is ${JSON.stringify(value)}; ${why}` }];
}

function choose(name: SettingName, candidates: readonly Candidate[]): SettingInForce {
  const [winner, ...others] = candidates.filter(({ setting }) => setting === name);
  if (winner === undefined) {
    return { name, value: SETTINGS[name].fallback, source: 'default', from: '', overridden: [] };
  }
  const overridden = others.map(({ from }) => from);
  const { source, from } = winner;
  return { name, value: winner.value as Settings[SettingName], source, from, overridden };
}

const THREADS: readonly SettingName[] = [
  'runtime.parserThreads',
  'runtime.handlerThreads',
  'runtime.maxBlockingThreads',
];

/** Puts the numbers that follow from others, and from the processors, in the place of those that were not set. */
function withThreads(chosen: readonly SettingInForce[], processors: number): SettingInForce[] {
  const settings = Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
  const numbers = threadNumbers(settings as unknown as Settings, processors);
  const total = chosen.find(({ name }) => name === 'runtime.workerThreads');
  const from = total?.value === undefined ? `${processors} processors` : total.name;
  return chosen.map((each) => {
    if (!THREADS.includes(each.name)) return each;
    const value = numbers[each.name.slice('runtime.'.length) as keyof typeof numbers];
    if (value === each.value) return each;
    return each.value === undefined
      ? { ...each, value, source: 'derived', from }
      : { ...each, value };
  });
}

function warningsOf(
  inForce: readonly SettingInForce[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const zero = inForce.filter(({ name, value }) => name === 'runtime.workerThreads' && value === 0);
  return [
    ...misspeltVariables(env),
    ...zero.map(({ from }) => `${from} is 0, which would stop everything; it counts as 1`),
  ];
}
