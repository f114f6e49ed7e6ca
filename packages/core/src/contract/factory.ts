import { PoolOptionsError } from '../errors.js';
import type { CreateContext, MaybePromise, PoolFactory } from './poolable.js';

/** What `createPool` takes: a factory, or its `create` alone when the resources bring the other hooks along. */
export type FactoryOrCreate<T> = PoolFactory<T> | ((context: CreateContext) => MaybePromise<T>);

/** A factory that leaves no ending to the resources themselves. */
export type SelfContainedFactory<T> = PoolFactory<T> & Required<Pick<PoolFactory<T>, 'destroy'>>;

/**
 * The factory behind what was handed to `createPool`.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
 */
export function asFactory<T>(factory: FactoryOrCreate<T>): PoolFactory<T> {
  if (typeof factory === 'function') return { create: factory };
  // Untyped callers may hand in anything, also null.
  const hooks = factory as Partial<Record<keyof PoolFactory<T>, unknown>> | null | undefined;
  const problems = [];
  if (typeof hooks?.create !== 'function') {
    problems.push({ path: 'create', message: 'must be a function that makes a resource' });
  }
  for (const hook of ['validate', 'reset', 'destroy', 'memoryBytes'] as const) {
    if (hooks?.[hook] !== undefined && typeof hooks[hook] !== 'function') {
      problems.push({ path: hook, message: 'must be a function, or left out' });
    }
  }
  if (problems.length > 0) throw new PoolOptionsError('createPool factory', problems);
  return factory;
}
