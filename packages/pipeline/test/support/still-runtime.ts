import type { Runtime, RuntimeEvents, RuntimeStats } from '../../src/index.js';

type Listener = (data: never) => void;

/** What extensions see of a runtime, with figures that a test sets. */
export class StillRuntime {
  stats: () => RuntimeStats;
  readonly listeners = new Map<string, Set<Listener>>();

  constructor(stats: () => RuntimeStats) {
    this.stats = stats;
  }

  on<E extends keyof RuntimeEvents>(event: E, listener: (data: RuntimeEvents[E]) => void) {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  emit<E extends keyof RuntimeEvents>(event: E, data: RuntimeEvents[E]): void {
    for (const listener of this.listeners.get(event) ?? []) listener(data as never);
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  asRuntime(): Runtime {
    return this as unknown as Runtime;
  }
}
