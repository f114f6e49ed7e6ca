import type { MaybePromise } from '../contract/poolable.js';

/**
 * How resources are made, ended and checked. Each function may answer at once or with a promise; each is called as a
 * method of the factory, with the resource as its only argument.
 */
export interface Factory<T> {
  /** Makes a resource. A failure is told by the event `factoryCreateError` and tried again. */
  create(): MaybePromise<T>;
  /** Ends a resource. A failure is told by the event `factoryDestroyError`. */
  destroy(resource: T): MaybePromise<unknown>;
  /** Whether the resource may be lent: `false`, a throw and a rejection mean that it may not. */
  validate?(resource: T): MaybePromise<boolean>;
}

/**
 * Looks at a factory before anything is made of it.
 * @throws TypeError in the words of generic-pool
 */
export function assertFactory(
  factory: unknown,
  checks: 'needs-validate' | 'may-lack-validate',
): void {
  const { create, destroy, validate } = (factory ?? {}) as Record<string, unknown>;
  if (typeof create !== 'function') throw new TypeError('factory.create must be a function');
  if (typeof destroy !== 'function') throw new TypeError('factory.destroy must be a function');
  if (typeof validate !== 'function' && (validate !== undefined || checks === 'needs-validate')) {
    const because = validate === undefined ? ': testOnBorrow is true' : '';
    throw new TypeError(`factory.validate must be a function${because}`);
  }
}
