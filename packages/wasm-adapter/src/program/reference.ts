import { pathToFileURL } from 'node:url';
import { WasmProgramError } from '../errors.js';

/** A function in a module file: unlike the function itself it can be sent to a worker. */
export interface ModuleReference {
  /** Absolute path or URL of an ES or CommonJS module. */
  readonly module: string | URL;
  /** Name of the export. Default `default`. */
  readonly export?: string;
}

/** Loads the function behind a reference. @throws WasmProgramError if there is none. */
export async function importReference<F>({
  module,
  export: name = 'default',
}: ModuleReference): Promise<F> {
  const url =
    module instanceof URL || /^(file|data):/.test(module)
      ? String(module)
      : pathToFileURL(module).href;
  const loaded = (await import(url)) as Record<string, unknown>;
  const found = loaded[name] ?? (loaded['default'] as Record<string, unknown> | undefined)?.[name];
  if (typeof found === 'function') return found as F;
  throw new WasmProgramError(`${url} exports no function \`${name}\``);
}

export const isReference = (value: unknown): value is ModuleReference =>
  typeof value === 'object' && value !== null && 'module' in value;

/** The same reference as plain data. */
export const postedReference = (reference: ModuleReference): ModuleReference => ({
  ...reference,
  module: String(reference.module),
});
