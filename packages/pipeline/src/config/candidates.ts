import { type OptionProblem, suggestion } from '@rockpool/core';
import {
  type Environment,
  misspeltVariables as misspeltAmong,
  numberIn,
  switchIn,
} from '@rockpool/core/config';
import { flagOf, isSwitch, KNOWN_KEYS, meaningOf, variableOf } from './keys.js';
import { PROFILES } from './profiles.js';
import { type ProfileName, SETTING_NAMES, SETTINGS, type SettingName } from './settings.js';

/** Where a value comes from; what stands first wins. */
export type SettingSource =
  | 'flag'
  | 'argument'
  | 'environment'
  | 'file'
  | 'profile'
  | 'derived'
  | 'default';

/** A value that somebody gave to a setting, good or bad. */
export interface Candidate {
  readonly setting: SettingName;
  readonly value: unknown;
  readonly source: SettingSource;
  /** The flag, key, variable or file, for messages. */
  readonly from: string;
}

/** What was found in one place, and what is wrong with it. */
export interface Found {
  readonly candidates: readonly Candidate[];
  readonly problems: readonly OptionProblem[];
}

/** Reads `ROCKPOOL_…` variables. */
export function fromEnvironment(env: Environment): Found {
  const candidates = SETTING_NAMES.flatMap((setting): Candidate[] => {
    const from = variableOf(setting);
    const given = env[from];
    // An empty variable is how a shell unsets one for a single command.
    if (given === undefined || given.trim() === '') return [];
    return [{ setting, value: readValue(setting, given), source: 'environment', from }];
  });
  return { candidates, problems: [] };
}

/** Variables of ours that nobody reads, each with what was probably meant. */
export function misspeltVariables(env: Environment): readonly string[] {
  const known = SETTING_NAMES.map(variableOf);
  const sections = [...new Set(known.map((name) => `${name.split('_').slice(0, 2).join('_')}_`))];
  return misspeltAmong(env, known, sections);
}

/** Reads flags such as `--runtime-worker-threads 8`, `--metrics-compat` and `--no-metrics-enabled`. */
export function fromFlags(flags: readonly string[]): Found {
  const candidates: Candidate[] = [];
  const problems: OptionProblem[] = [];
  for (let index = 0; index < flags.length; index += 1) {
    const [name = '', ...rest] = (flags[index] as string).split('=');
    const from = name;
    const meant = settingOfFlag(name);
    if (meant === undefined) {
      const near = suggestion(
        name,
        [...FLAGS.keys()].map((flag) => `--${flag}`),
      );
      const hint = near === undefined ? 'see the table of settings' : `did you mean ${near}?`;
      problems.push({ path: name, message: `is not a flag; ${hint}` });
      continue;
    }
    const { setting, negated } = meant;
    if (negated) candidates.push({ setting, value: false, source: 'flag', from });
    else if (rest.length > 0) {
      candidates.push({ setting, value: readValue(setting, rest.join('=')), source: 'flag', from });
    } else if (isSwitch(setting)) {
      candidates.push({ setting, value: true, source: 'flag', from });
    } else {
      const given = flags[index + 1];
      index += 1;
      if (given === undefined) problems.push({ path: from, message: 'needs a value' });
      else candidates.push({ setting, value: readValue(setting, given), source: 'flag', from });
    }
  }
  return { candidates, problems };
}

/** Reads an object of sections, as a file or code has it. */
export function fromObject(content: unknown, source: 'argument' | 'file', where: string): Found {
  if (!isBranch(content)) {
    return {
      candidates: [],
      problems: [{ path: where, message: 'must be an object of sections' }],
    };
  }
  const candidates: Candidate[] = [];
  const problems: OptionProblem[] = [];
  for (const { path, value } of leavesOf(content)) {
    if (value === undefined) continue;
    const from = source === 'file' ? `${where}: ${path}` : path;
    const meaning = meaningOf(path);
    if (meaning === undefined) {
      problems.push({ path: from, message: `is not a setting; ${hintFor(path)}` });
      continue;
    }
    const { setting, factor } = meaning;
    candidates.push({ setting, value: scaled(value, factor), source, from });
  }
  return { candidates, problems };
}

/** What a profile stands for. */
export function fromProfile(profile: ProfileName): readonly Candidate[] {
  return Object.entries(PROFILES[profile]).map(([setting, value]) => ({
    setting: setting as SettingName,
    value,
    source: 'profile',
    from: profile,
  }));
}

const FLAGS: ReadonlyMap<string, SettingName> = new Map(
  SETTING_NAMES.map((setting) => [flagOf(setting), setting]),
);

function settingOfFlag(
  flag: string,
): { readonly setting: SettingName; readonly negated: boolean } | undefined {
  if (!flag.startsWith('--')) return undefined;
  const name = flag.slice(2);
  const setting = FLAGS.get(name);
  if (setting !== undefined) return { setting, negated: false };
  const positive = name.startsWith('no-') ? FLAGS.get(name.slice(3)) : undefined;
  return positive !== undefined && isSwitch(positive)
    ? { setting: positive, negated: true }
    : undefined;
}

/** What a text stands for; a text that stands for nothing is kept, so that the schema says what is wrong. */
function readValue(setting: SettingName, given: string): unknown {
  const word = given.trim();
  if (isSwitch(setting)) return switchIn(word) ?? word;
  return SETTINGS[setting].schema.safeParse(word).success ? word : (numberIn(word) ?? word);
}

function scaled(value: unknown, factor: number): unknown {
  // Whole numbers beyond 2^53 arrive as bigint; for a limit they are as good as the largest number.
  const plain =
    typeof value === 'bigint' ? Math.sign(Number(value)) * Number.MAX_SAFE_INTEGER : value;
  return typeof plain === 'number' ? plain * factor : plain;
}

function hintFor(path: string): string {
  const near = suggestion(path, KNOWN_KEYS.map(asWritten(path)));
  return near === undefined ? 'see the table of settings' : `did you mean ${near}?`;
}

/** Suggestions are spelt as the file spells its keys. */
function asWritten(path: string): (key: string) => string {
  if (/[A-Z]/.test(path)) return (key) => key;
  const separator = path.includes('-') ? '-' : '_';
  return (key) => key.replace(/[A-Z]/g, (letter) => `${separator}${letter.toLowerCase()}`);
}

function leavesOf(content: object, prefix = ''): { path: string; value: unknown }[] {
  return Object.entries(content).flatMap(([key, value]: [string, unknown]) => {
    const path = `${prefix}${key}`;
    return isBranch(value) ? leavesOf(value, `${path}.`) : [{ path, value }];
  });
}

function isBranch(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Date);
}
