import { Pool } from 'tarn';
import { makerFor, type Resource, type Setup, type Subject, shuffled, warmUp } from './subject.js';

export async function openTarn(setup: Setup): Promise<Subject<Resource>> {
  const make = makerFor(setup);
  const pool = new Pool<Resource>({
    create: async () => make(),
    destroy: () => setup.onDestroy?.(),
    min: 0,
    max: setup.max,
    ...(setup.check === undefined ? {} : { validate: () => true }),
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
      acquire: () => pool.acquire().promise,
      resourceOf: (resource) => resource,
      release: (resource) => pool.release(resource),
      cancelGroup() {
        const pending: { abort(): void }[] = [];
        return {
          acquire() {
            const operation = pool.acquire();
            pending.push(operation);
            return operation.promise;
          },
          cancel() {
            // In any order, as callers give up: from the front of the line tarn would find each at once.
            for (const operation of shuffled(pending)) operation.abort();
          },
        };
      },
      close: () => pool.destroy(),
    },
    setup,
  );
}
