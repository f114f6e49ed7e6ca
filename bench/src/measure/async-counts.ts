import { createHook } from 'node:async_hooks';

/** What was made while something ran. */
export interface AsyncCounts {
  readonly promises: number;
  readonly timers: number;
}

/** Counts the promises and timers that `work` makes. */
export async function countAsync(work: () => Promise<unknown>): Promise<AsyncCounts> {
  let promises = 0;
  let timers = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') promises++;
      else if (type === 'Timeout') timers++;
    },
  });
  hook.enable();
  await work();
  hook.disable();
  return { promises, timers };
}

/** Watches timers from now on; the returned function tells how many are set. */
export function watchTimers(): () => number {
  const live = new Set<number>();
  createHook({
    init(id, type) {
      if (type === 'Timeout') live.add(id);
    },
    destroy(id) {
      live.delete(id);
    },
  }).enable();
  return () => live.size;
}

/** Timers that keep the process alive. */
export function holdingTimers(): number {
  return process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
}

const nothing: Promise<void> = Promise.resolve();

/** After how many turns of the microtask queue somebody who awaits `begin()` goes on, `trigger` called in between. */
export async function countHops<Value>(
  begin: () => Promise<Value>,
  trigger: () => unknown = () => undefined,
): Promise<{ readonly hops: number; readonly value: Value }> {
  const state = { answered: false };
  const answer = (async () => {
    const value = await begin();
    state.answered = true;
    return value;
  })();
  trigger();
  let hops = 0;
  while (!state.answered) {
    await nothing;
    hops++;
  }
  return { hops, value: await answer };
}
