import { Pool } from 'sequelize-pool';
import { makerFor, type Resource, type Setup, type Subject, warmUp } from './subject.js';

export async function openSequelizePool(setup: Setup): Promise<Subject<Resource>> {
  const make = makerFor(setup);
  const pool = new Pool<Resource>({
    create: async () => make(),
    destroy: () => setup.onDestroy?.(),
    validate: () => true,
    min: 0,
    max: setup.max,
    ...(setup.acquireTimeoutMs === undefined
      ? {}
      : { acquireTimeoutMillis: setup.acquireTimeoutMs }),
    ...(setup.idleTimeoutMs === undefined
      ? {}
      : {
          idleTimeoutMillis: setup.idleTimeoutMs,
          reapIntervalMillis: Math.max(1, Math.ceil(setup.idleTimeoutMs / 8)),
        }),
  });
  return warmUp(
    {
      acquire: () => pool.acquire(),
      resourceOf: (resource) => resource,
      release: (resource) => pool.release(resource),
      destroy: (resource) => pool.destroy(resource),
      close: () => pool.drain().then(() => pool.destroyAllNow()),
    },
    setup,
  );
}
