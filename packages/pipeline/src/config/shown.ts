import type { SettingInForce } from './configure.js';
import { SETTINGS } from './settings.js';

/** The settings in force, one a line, with where each comes from; what is secret is not shown. */
export function showConfiguration(inForce: readonly SettingInForce[]): string {
  return inForce
    .map(({ name, value, source, from, overridden }) => {
      const shown = value === undefined ? '-' : SETTINGS[name].secret ? '(hidden)' : String(value);
      const origin = from === '' ? source : `${source} ${from}`;
      const beside = overridden.length === 0 ? '' : ` (not ${overridden.join(', ')})`;
      return `${name} = ${shown}  # ${origin}${beside}`;
    })
    .join('\n');
}
