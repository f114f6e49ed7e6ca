import type { Clock, TimerHandle } from '@rockpool/core';

/**
 * Calls `tick` every `intervalMs` until the returned function is called. Keeps no process alive; a tick that throws
 * ends it, as the throw of a timer does, so ticks handle their own errors.
 */
export function every(clock: Clock, intervalMs: number, tick: () => void): () => void {
  let timer: TimerHandle | undefined;
  const set = (): void => {
    timer = clock.setTimeout(() => {
      set();
      tick();
    }, intervalMs);
    timer.unref?.();
  };
  set();
  return () => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
  };
}
