import { createPool, type Lease, type Pool, type PoolOptions } from '@rockpool/core';
import {
  makerFor,
  type OpenSubject,
  type Resource,
  type Subject,
  shuffled,
  warmUp,
} from './subject.js';

type Observability = 'default' | 'counters' | 'exact' | 'listening';

/** Rockpool with its defaults, or with more or less to be seen. */
export function openRockpool(observability: Observability): OpenSubject {
  return async (setup) => {
    const make = makerFor(setup);
    const options: PoolOptions<Resource> = {
      max: setup.max,
      ...(setup.check === undefined ? {} : { testOnBorrow: true, validateAfterIdleMs: 0 }),
      ...(setup.acquireTimeoutMs === undefined ? {} : { acquireTimeoutMs: setup.acquireTimeoutMs }),
      ...(setup.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: setup.idleTimeoutMs }),
      ...(observability === 'counters' || observability === 'exact'
        ? { stats: observability }
        : {}),
    };
    const pool = createPool<Resource>(
      {
        create: make,
        ...(setup.check === 'sync' ? { validate: () => true } : {}),
        ...(setup.check === 'async' ? { validate: () => Promise.resolve(true) } : {}),
        destroy: () => setup.onDestroy?.(),
      },
      options,
    );
    if (observability === 'listening') listenToAll(pool);
    return (await warmUp(subjectOf(pool), setup)) as Subject;
  };
}

function subjectOf(pool: Pool<Resource>): Subject<Lease<Resource>> {
  const watched = { timeoutMs: 600_000, signal: new AbortController().signal };
  return {
    acquire: () => pool.acquire(),
    tryAcquire: () => pool.tryAcquire(),
    resourceOf: (lease) => lease.resource,
    release: (lease) => lease.release(),
    destroy: (lease) => lease.destroy(),
    use: (fn) => pool.use(fn),
    useSync: (fn) => pool.useSync(fn),
    cancelGroup(signals) {
      const shared = new AbortController();
      const controllers: AbortController[] = [shared];
      return {
        acquire() {
          if (signals === 'one') return pool.acquire({ signal: shared.signal });
          const controller = new AbortController();
          controllers.push(controller);
          return pool.acquire({ signal: controller.signal });
        },
        cancel() {
          for (const controller of shuffled(controllers)) controller.abort();
        },
      };
    },
    acquireWatched: () => pool.acquire(watched),
    close: () => pool.close({ force: true }),
  };
}

let heard = 0;

function listenToAll(pool: Pool<Resource>): void {
  const events = [
    'create',
    'enqueue',
    'acquire',
    'acquireError',
    'release',
    'validate',
    'destroy',
    'full',
    'health',
    'state',
  ] as const;
  for (const event of events) pool.on(event, () => heard++);
}

/** How many events were heard; read so that no compiler can leave the listeners out. */
export function eventsHeard(): number {
  return heard;
}
