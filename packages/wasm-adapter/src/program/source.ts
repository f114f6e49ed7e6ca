import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WasmProgramError } from '../errors.js';
import type { ModuleSource } from './options.js';

/** The bytes behind a source, and a name to call them by. */
export async function readSource(
  source: ModuleSource,
): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  if (source instanceof Uint8Array) return { name: 'wasm', bytes: source };
  const path = source instanceof URL ? fileURLToPath(source) : source;
  try {
    return { name: basename(path), bytes: new Uint8Array(await readFile(path)) };
  } catch (cause) {
    throw new WasmProgramError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** What the first eight bytes promise. */
export type BinaryKind = 'core' | 'component';

/** @throws WasmProgramError for anything that is not WebAssembly, saying what it looks like. */
export function binaryKind(name: string, bytes: Uint8Array): BinaryKind {
  if (bytes[0] !== 0x00 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw new WasmProgramError(`${name} is not WebAssembly: ${looksLike(bytes)}`);
  }
  if (bytes.length < 8) throw new WasmProgramError(`${name} is truncated: ${bytes.length} bytes`);
  return bytes[6] === 1 ? 'component' : 'core';
}

function looksLike(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty';
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (/^\s*[(;]/.test(start))
    return 'it looks like WebAssembly text; compile it with wat2wasm first';
  if (/^\s*</.test(start)) return 'it looks like HTML or XML, perhaps an error page of a download';
  return `it begins with ${Buffer.from(bytes.subarray(0, 4)).toString('hex')}`;
}
