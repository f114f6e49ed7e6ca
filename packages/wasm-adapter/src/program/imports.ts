import type { ImportsOption } from './options.js';
import { importReference, isReference } from './reference.js';

/** Imports as an object: given so, made by a function, or made by a function in a module. */
export async function resolveImports(
  imports: ImportsOption | undefined,
): Promise<Record<string, Record<string, unknown>>> {
  if (imports === undefined) return {};
  if (isReference(imports)) {
    const make = await importReference<() => Record<string, Record<string, unknown>>>(imports);
    return make();
  }
  return typeof imports === 'function' ? imports() : imports;
}
