export type { SettingSource } from './candidates.js';
export {
  type Configuration,
  type ConfigurationSources,
  configure,
  type SettingInForce,
} from './configure.js';
export { type ConfigurationFile, parseToml, readConfigurationFile } from './file.js';
export { fileKeyOf, flagOf, variableOf } from './keys.js';
export { type Behaviour, behaviourOf, PROFILES } from './profiles.js';
export type { RuntimeConfig } from './runtime-config.js';
export {
  type ProfileName,
  SETTING_NAMES,
  SETTINGS,
  type SettingDescription,
  type SettingName,
  type Settings,
} from './settings.js';
export { showConfiguration } from './shown.js';
export { type ThreadNumbers, threadNumbers } from './threads.js';
