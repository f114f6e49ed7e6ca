import type { SettingName, Settings } from './settings.js';

type SectionOf<Path> = Path extends `${infer Section}.${string}` ? Section : never;

/** Every setting in its section: `config.runtime.bufferCapacity`. */
export type RuntimeConfig = {
  readonly [Section in SectionOf<SettingName>]: {
    readonly [Path in SettingName as Path extends `${Section}.${infer Name}`
      ? Name
      : never]: Settings[Path];
  };
};

/** Settings by path, as sections; frozen. */
export function nested(
  settings: readonly { readonly name: SettingName; readonly value: unknown }[],
): RuntimeConfig {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const { name, value } of settings) {
    const [section, key] = name.split('.') as [string, string];
    sections[section] ??= {};
    sections[section][key] = value;
  }
  for (const section of Object.values(sections)) Object.freeze(section);
  return Object.freeze(sections) as RuntimeConfig;
}
