import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import type { SettingsOptions } from './config.js';

/** Adds `--config` and `--set` to a command. */
export function withSettings(command: Command): Command {
  return command
    .addOption(
      new Option('--config <file>', 'settings from a .json or .toml file').env('ROCKPOOL_CONFIG'),
    )
    .addOption(
      new Option('--set <name=value>', 'one setting (repeatable), such as wasm.maxPoolSize=16')
        .argParser(setting)
        .default({}, 'none; rockpool config lists them'),
    );
}

/** Adds `rockpool config` to the program. */
export function addConfig(
  program: Command,
  terminal: Terminal,
  settle: (exitCode: ExitCode) => void,
): void {
  withSettings(
    program
      .command('config')
      .summary('show the settings in force, and where each comes from')
      .description(
        'Shows every setting of the extraction pools, its value, and where it comes from:\n' +
          '--set wins over the environment, the environment over the file, the file over the profile.',
      ),
  )
    .option('--json', 'as JSON')
    .action(async (options: SettingsOptions & { json?: boolean }) => {
      const { showConfig } = await import('./config.js');
      settle(await showConfig(options, terminal));
    });
}

function setting(
  text: string,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const [, name, value] = /^([\w.]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Expected name=value, such as wasm.maxPoolSize=16.');
  }
  return { ...before, [name]: readValue(value) };
}

/** A number, true or false; anything else stays a text, for the setting to judge. */
function readValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
