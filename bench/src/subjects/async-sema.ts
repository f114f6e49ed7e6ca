import { Sema } from 'async-sema';
import { makerFor, type Resource, type Setup, type Subject } from './subject.js';

/** A semaphore, not a pool: nothing is checked, ended or counted. It shows what a bare hand-over costs. */
export function openAsyncSema(setup: Setup): Subject<Resource> {
  const make = makerFor(setup);
  const sema = new Sema(setup.max, { initFn: make });
  return {
    acquire: () => sema.acquire() as Promise<Resource>,
    tryAcquire: () => sema.tryAcquire() as Resource | undefined,
    resourceOf: (resource) => resource,
    release: (resource) => sema.release(resource),
    close() {},
  };
}
