import {
  flagOf,
  SETTING_NAMES,
  SETTINGS,
  type SettingDescription,
  type SettingName,
} from '@rockpool/pipeline';
import { type Command, Option } from 'commander';

/** Gives a command a flag for each setting of a runtime. */
export function addSettingFlags(command: Command): void {
  for (const name of SETTING_NAMES) {
    const flag = flagOf(name);
    const described: SettingDescription = SETTINGS[name];
    const group = `Settings of [${name.split('.')[0]}]:`;
    const value = isSwitch(name) ? '[boolean]' : '<value>';
    command.addOption(new Option(`--${flag} ${value}`, textOf(described)).helpGroup(group));
    if (isSwitch(name)) command.addOption(new Option(`--no-${flag}`).hideHelp());
  }
}

/** The settings among the options that were read, as `configure` takes them. */
export function settingFlags(command: Command): readonly string[] {
  return SETTING_NAMES.flatMap((name) => {
    const flag = flagOf(name);
    const value: unknown = command.getOptionValue(camelCased(flag));
    if (value === undefined) return [];
    if (typeof value === 'boolean') return [value ? `--${flag}` : `--no-${flag}`];
    return [`--${flag}=${String(value)}`];
  });
}

const isSwitch = (name: SettingName): boolean => typeof SETTINGS[name].fallback === 'boolean';

const camelCased = (flag: string): string =>
  flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function textOf({ what, fallback, derived }: SettingDescription): string {
  const text = what.replace(/\.$/, '');
  const otherwise = derived ?? fallback;
  return otherwise === undefined ? text : `${text} (default: ${String(otherwise)})`;
}
