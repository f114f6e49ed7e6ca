import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PoolError, type PoolOptionsError, reasonOf } from '@rockpool/core';
import { type Configuration, configure, type SettingInForce } from '@rockpool/extraction';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { printable } from '../report/printable.js';
import { type Column, rowOf } from '../report/table.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** What `rockpool config` and `rockpool serve` take to configure the pools. */
export interface SettingsOptions {
  readonly config?: string;
  readonly set: Readonly<Record<string, unknown>>;
}

/** Shows the settings in force. */
export async function showConfig(
  options: SettingsOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const configuration = await readConfiguration(options, terminal);
  const text = options.json === true ? asJson(configuration) : asTable(configuration);
  terminal.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

/**
 * Reads the settings that the command line, the environment and a file give; warnings go to stderr.
 * @throws UsageError with a line for each bad value
 */
export async function readConfiguration(
  { config, set }: SettingsOptions,
  terminal: Terminal,
): Promise<Configuration> {
  const file =
    config === undefined ? undefined : { name: config, content: await contentOf(config) };
  try {
    const configuration = configure({ argument: set, env: terminal.env, file });
    for (const warning of configuration.warnings) {
      terminal.stderr.write(`rockpool: ${printable(warning)}\n`);
    }
    return configuration;
  } catch (error) {
    if (!PoolError.is(error, 'ERR_POOL_OPTIONS')) throw error;
    const { problems } = error as PoolOptionsError;
    const lines = problems.map(({ path: where, message }) => `  ${where} ${message}`);
    throw new UsageError(`the configuration cannot be used:\n${lines.join('\n')}`);
  }
}

async function contentOf(file: string): Promise<unknown> {
  try {
    const text = await readFile(file, 'utf8');
    if (path.extname(file).toLowerCase() !== '.toml') return JSON.parse(text);
    const { parse } = await import('smol-toml');
    return parse(text);
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${reasonOf(error)}`);
  }
}

function asJson({ inForce }: Configuration): string {
  const entries = inForce.map(({ name, value, source, from, overridden }) => [
    name,
    { value: value ?? null, source, from, overridden },
  ]);
  return JSON.stringify(Object.fromEntries(entries), undefined, 2);
}

const COLUMNS: readonly Column[] = [
  { title: 'setting', align: 'left', width: 28 },
  { title: 'value', align: 'right', width: 12 },
  { title: 'from', align: 'left', width: 80 },
];

function asTable({ inForce }: Configuration): string {
  const rows = inForce.map((each) =>
    rowOf(COLUMNS, [
      each.name,
      each.value === undefined ? '-' : String(each.value),
      originOf(each),
    ]),
  );
  return [
    rowOf(
      COLUMNS,
      COLUMNS.map(({ title }) => title),
    ),
    ...rows,
  ].join('\n');
}

function originOf({ source, from, overridden }: SettingInForce): string {
  const origin = {
    default: 'default',
    profile: `profile ${from}`,
    argument: `--set ${from}`,
    environment: from,
    file: from,
  };
  const beside = overridden.length === 0 ? '' : ` (not ${overridden.join(', ')})`;
  return `${printable(origin[source])}${printable(beside)}`;
}
