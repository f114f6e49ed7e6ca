import { createPool } from 'lightning-pool';
import { makerFor, type Resource, type Setup, type Subject, warmUp } from './subject.js';

export async function openLightningPool(setup: Setup): Promise<Subject<Resource>> {
  const make = makerFor(setup);
  const pool = createPool<Resource>(
    {
      create: async () => make(),
      destroy: async () => setup.onDestroy?.(),
      ...(setup.check === 'sync' ? { validate: () => undefined } : {}),
      ...(setup.check === 'async' ? { validate: async () => undefined } : {}),
    },
    {
      max: setup.max,
      maxQueue: 10_000_000,
      validation: setup.check !== undefined,
      ...(setup.acquireTimeoutMs === undefined
        ? {}
        : { acquireTimeoutMillis: setup.acquireTimeoutMs }),
      ...(setup.idleTimeoutMs === undefined
        ? {}
        : {
            idleTimeoutMillis: setup.idleTimeoutMs,
            houseKeepInterval: Math.max(1, Math.ceil(setup.idleTimeoutMs / 8)),
            min: 0,
            minIdle: 0,
          }),
    },
  );
  return warmUp(
    {
      acquire: () => pool.acquire(),
      resourceOf: (resource) => resource,
      release: (resource) => pool.release(resource),
      destroy: (resource) => pool.destroy(resource),
      close: () => pool.closeAsync(true),
    },
    setup,
  );
}
