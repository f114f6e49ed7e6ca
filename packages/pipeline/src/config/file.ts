import { readFile } from 'node:fs/promises';
import { PoolOptionsError, reasonOf } from '@rockpool/core';
import { parse, TomlError } from 'smol-toml';

/** A configuration file that was read, for `configure`. */
export interface ConfigurationFile {
  readonly name: string;
  readonly content: unknown;
}

/**
 * Reads a TOML file.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` when it cannot be read, or is no TOML; with the line and column
 */
export async function readConfigurationFile(file: string): Promise<ConfigurationFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new PoolOptionsError(
      'configuration',
      [{ path: file, message: `cannot be read: ${reasonOf(error)}` }],
      { cause: error },
    );
  }
  return { name: file, content: parseToml(text, file) };
}

/**
 * What a TOML text says.
 * @param name where it comes from, for messages
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` when it is no TOML; with the line and column
 */
export function parseToml(text: string, name = 'text'): unknown {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    const where = error instanceof TomlError ? `${name}:${error.line}:${error.column}` : name;
    const [reason = ''] = reasonOf(error).split('\n');
    throw new PoolOptionsError('configuration', [{ path: where, message: reason }], {
      cause: error,
    });
  }
}
