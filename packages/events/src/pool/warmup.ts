import type { ObservablePool } from './observable.js';

/**
 * Watches a pool until it has its `min` resources for the first time; returns what ends the watch. A pool that has
 * them already, or wants none, is not watched.
 */
export function watchWarmup<T>(
  pool: ObservablePool<T>,
  onWarm: (instances: number) => void,
): () => void {
  let watching = true;
  let asked = false;
  const end = (): void => {
    watching = false;
    endCreate();
    endValidate();
  };
  const look = (): void => {
    asked = false;
    const ready = watching ? resourcesOf(pool) : 0;
    if (!watching || ready < pool.min) return;
    end();
    onWarm(ready);
  };
  // A resource counts when it has been settled, and that is right after the event; several arrive at once.
  const consider = (): void => {
    if (asked) return;
    asked = true;
    queueMicrotask(look);
  };
  const endCreate = pool.on('create', consider);
  const endValidate = pool.on('validate', consider);
  return end;
}

/** Whether there is a warm-up to be waited for. */
export function warmsUp<T>(pool: ObservablePool<T>): boolean {
  return pool.min > 0 && resourcesOf(pool) < pool.min;
}

function resourcesOf<T>(pool: ObservablePool<T>): number {
  const { idle, borrowed, resetting } = pool.stats();
  return idle + borrowed + resetting;
}
