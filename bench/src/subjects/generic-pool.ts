import { createPool } from 'generic-pool';
import { makerFor, type Resource, type Setup, type Subject, warmUp } from './subject.js';

export async function openGenericPool(setup: Setup): Promise<Subject<Resource>> {
  const make = makerFor(setup);
  const pool = createPool<Resource>(
    {
      create: async () => make(),
      destroy: async () => setup.onDestroy?.(),
      validate: async () => true,
    },
    {
      max: setup.max,
      testOnBorrow: setup.check !== undefined,
      ...(setup.acquireTimeoutMs === undefined
        ? {}
        : { acquireTimeoutMillis: setup.acquireTimeoutMs }),
      ...(setup.idleTimeoutMs === undefined
        ? {}
        : {
            idleTimeoutMillis: setup.idleTimeoutMs,
            evictionRunIntervalMillis: Math.max(1, Math.ceil(setup.idleTimeoutMs / 8)),
            numTestsPerEvictionRun: setup.max,
          }),
    },
  );
  return warmUp(
    {
      acquire: () => pool.acquire() as Promise<Resource>,
      resourceOf: (resource) => resource,
      release: (resource) => pool.release(resource),
      destroy: (resource) => pool.destroy(resource),
      use: (fn) => pool.use(fn) as Promise<number>,
      close: () => pool.drain().then(() => pool.clear()),
    },
    setup,
  );
}
