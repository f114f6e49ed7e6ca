import type { WasmProgram } from '@rockpool/wasm-adapter';
import type { ExtractorGuest } from './guest.js';

/** A component as it is given: a path, an address, or its bytes. */
export type Component = string | URL | Uint8Array;

let shared = 0;

/** How often a component was there already when a pool asked for it. */
export const sharedPrograms = (): number => shared;

const loaded = new Map<string, Promise<WasmProgram<ExtractorGuest>>>();

/** How a component is loaded. */
export interface LoadOptions {
  readonly share: 'shared' | 'own';
  /** Folder for what is made of the component on its way to a program; `undefined` = nothing is kept. */
  readonly cacheDirectory: string | undefined;
  /** Told once for each load when the folder cannot be used. */
  readonly onWarning: (message: string) => void;
}

/**
 * Compiles a component; with `shared`, once in this process for each path. The WebAssembly packages are loaded here: who
 * uses no component needs none of them.
 */
export function loadProgram(
  component: Component,
  options: LoadOptions,
): Promise<WasmProgram<ExtractorGuest>> {
  // Bytes have no name that would tell them apart from others.
  if (options.share === 'own' || component instanceof Uint8Array) return load(component, options);
  const key = String(component);
  const known = loaded.get(key);
  if (known !== undefined) {
    shared += 1;
    return known;
  }
  const loading = load(component, options);
  loaded.set(key, loading);
  // What could not be loaded may be there at the next attempt.
  loading.catch(() => loaded.delete(key));
  return loading;
}

async function load(
  component: Component,
  { cacheDirectory, onWarning }: LoadOptions,
): Promise<WasmProgram<ExtractorGuest>> {
  const { WasmProgram: Program } = await import('@rockpool/wasm-adapter');
  return Program.load<ExtractorGuest>(component, {
    onWarning,
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
  });
}
