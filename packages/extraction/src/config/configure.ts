import { type OptionProblem, PoolOptionsError, suggestion } from '@rockpool/core';
import {
  type Candidate,
  chooseFirst,
  type Environment,
  exceeding,
  misspeltVariables,
  readEnvironment,
} from '@rockpool/core/config';
import { ALIASES } from './aliases.js';
import { PROFILES } from './profiles.js';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.js';
import { VARIABLES } from './variables.js';

/** Where settings may come from; what stands first wins. */
export interface ConfigurationSources {
  /** Given in code or on the command line: nested, by path (`'wasm.maxPoolSize'`), or by an alias. */
  readonly argument?: Readonly<Record<string, unknown>> | undefined;
  /** The environment. Default none: only the program that owns the process should read `process.env`. */
  readonly env?: Environment | undefined;
  /** What a configuration file holds, and its name for messages. */
  readonly file?: { readonly name: string; readonly content: unknown } | undefined;
}

/** One setting that is in force, and where it comes from. */
export interface SettingInForce {
  readonly name: SettingName;
  readonly value: Settings[SettingName];
  readonly source: 'argument' | 'environment' | 'file' | 'profile' | 'default';
  /** The key, the variable, the name of the file or of the profile; `''` for a default. */
  readonly from: string;
  /** Where it is set as well, without effect. */
  readonly overridden: readonly string[];
}

/** A configuration that was read. */
export interface Configuration {
  readonly settings: Settings;
  /** Every setting, in the order of the documentation. */
  readonly inForce: readonly SettingInForce[];
  /** What its owner should know, and what does not keep it from working. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration: argument before environment before file before profile before default. All that is wrong is told at once,
 * also what has no effect because something else wins.
 *
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` whose `problems` name the key, variable or file of each bad value
 */
export function configure(sources: ConfigurationSources = {}): Configuration {
  const problems: OptionProblem[] = [];
  const candidates = [
    ...fromObject(sources.argument ?? {}, 'argument', 'argument', problems),
    ...fromEnvironment(sources.env ?? {}, problems),
    ...(sources.file === undefined
      ? []
      : fromObject(sources.file.content, 'file', sources.file.name, problems)),
  ];
  const { value: profile } = choose('profile', candidates, []);
  candidates.push(...fromProfile(profile as Settings['profile']));
  const chosen = SETTING_NAMES.map((name) => choose(name, candidates, problems));
  const inForce = reconciled(chosen, problems);
  const settings = Object.fromEntries(
    inForce.map(({ name, value }) => [name, value]),
  ) as unknown as Settings;
  if (problems.length > 0) throw new PoolOptionsError('configuration', problems);
  return { settings, inForce, warnings: warningsOf(settings, sources.env ?? {}) };
}

interface Found extends Candidate {
  readonly setting: SettingName;
  readonly source: Exclude<SettingInForce['source'], 'default'>;
}

function fromEnvironment(env: Environment, problems: OptionProblem[]): Found[] {
  const reading = readEnvironment(VARIABLES, env);
  problems.push(...reading.problems);
  return reading.found.map((each) => ({ ...each, source: 'environment' }));
}

function fromProfile(profile: Settings['profile']): Found[] {
  return Object.entries(profile === undefined ? {} : PROFILES[profile]).map(([setting, value]) => ({
    setting: setting as SettingName,
    value,
    source: 'profile',
    from: String(profile),
  }));
}

function fromObject(
  content: unknown,
  source: 'argument' | 'file',
  where: string,
  problems: OptionProblem[],
): Found[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push({ path: where, message: 'must be an object of settings' });
    return [];
  }
  return leavesOf(content).flatMap(({ path, value }) => {
    const from = source === 'file' ? `${where}: ${path}` : path;
    if (value === undefined) return [];
    const setting = settingNamed(path);
    if (setting !== undefined) return [{ setting, value, source, from }];
    // The one alias with a unit of its own.
    if (path === 'memoryLimitMb' && typeof value === 'number') {
      return [{ setting: 'wasm.memoryLimitBytes', value: value * 1_048_576, source, from }];
    }
    const near = suggestion(path, [...SETTING_NAMES, ...Object.keys(ALIASES), 'memoryLimitMb']);
    const hint = near === undefined ? 'rockpool config lists them' : `did you mean ${near}?`;
    problems.push({ path: from, message: `is not a setting; ${hint}` });
    return [];
  });
}

function settingNamed(path: string): SettingName | undefined {
  if (Object.hasOwn(SETTINGS, path)) return path as SettingName;
  return Object.hasOwn(ALIASES, path) ? ALIASES[path] : undefined;
}

function leavesOf(content: object, prefix = ''): { path: string; value: unknown }[] {
  return Object.entries(content).flatMap(([key, value]: [string, unknown]) => {
    const path = `${prefix}${key}`;
    const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isBranch ? leavesOf(value, `${path}.`) : [{ path, value }];
  });
}

function choose(
  name: SettingName,
  found: readonly Found[],
  problems: OptionProblem[],
): SettingInForce {
  const { schema, fallback } = SETTINGS[name];
  const choice = chooseFirst(
    found.filter(({ setting }) => setting === name),
    schema,
  );
  problems.push(...choice.problems);
  // What a profile would have been is no setting that had no effect.
  const overridden = choice.others
    .filter(({ source }) => source !== 'profile')
    .map(({ from }) => from);
  const { winner } = choice;
  if (winner === undefined) {
    return { name, value: fallback, source: 'default', from: '', overridden };
  }
  const { value, source, from } = winner;
  // One that cannot be used is told, and is not to be held against others.
  const usable = schema.safeParse(value).success ? value : fallback;
  return { name, value: usable as Settings[SettingName], source, from, overridden };
}

/** Settings of which the first cannot be more than the second. */
const PAIRS: readonly (readonly [lesser: SettingName, greater: SettingName])[] = [
  ['wasm.initialPoolSize', 'wasm.maxPoolSize'],
  ['native.minPoolSize', 'native.maxPoolSize'],
];

/** Whether somebody chose this value, and not only a profile. */
const isSet = ({ source }: SettingInForce): boolean => source !== 'default' && source !== 'profile';

/** Lets a default give way to what was set; two that were set and contradict each other are a problem. */
function reconciled(
  chosen: readonly SettingInForce[],
  problems: OptionProblem[],
): SettingInForce[] {
  const settings = new Map(chosen.map((each) => [each.name, each]));
  for (const names of PAIRS) {
    const [lesser, greater] = names.map((name) => settings.get(name) as SettingInForce);
    if (lesser === undefined || greater === undefined) continue;
    if (Number(lesser.value) <= Number(greater.value)) continue;
    if (problems.some(({ path }) => path === lesser.from || path === greater.from)) continue;
    if (!isSet(greater)) settings.set(greater.name, { ...greater, value: lesser.value });
    else if (!isSet(lesser)) {
      settings.set(lesser.name, { ...lesser, value: greater.value });
    } else {
      problems.push(...exceeding(lesser, greater));
    }
  }
  return [...settings.values()];
}

function warningsOf(settings: Settings, env: Environment): readonly string[] {
  const known = VARIABLES.map(({ name }) => name);
  const simd = settings['wasm.enableSimd']
    ? []
    : ['wasm.enableSimd is false, but V8 cannot do without SIMD: it has no effect'];
  return [...misspeltVariables(env, known, ['RIPTIDE_WASM_']), ...simd];
}
