import type { Poolable } from '../contract/poolable.js';

const NO_METHODS: Poolable = {};

/** The hooks that a resource may bring along; none for what is not an object. */
export function methodsOf(resource: unknown): Poolable {
  const kind = typeof resource;
  return resource !== null && (kind === 'object' || kind === 'function')
    ? (resource as Poolable)
    : NO_METHODS;
}
