import { reasonOf } from '@rockpool/core';

type Listener = (data: never) => void;

/** Tells listeners. One that throws is reported as a process warning and costs the others nothing. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener>>();

  on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): () => void {
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(event, listeners);
    }
    listeners.add(listener as Listener);
    return () => listeners.delete(listener as Listener);
  }

  /** Whether anybody listens: what nobody hears need not be made. */
  heard(event: keyof Events): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }

  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) {
      try {
        (listener as (data: Events[E]) => void)(data);
      } catch (thrown) {
        process.emitWarning(`a listener of ${String(event)} threw: ${reasonOf(thrown)}`, {
          code: 'ROCKPOOL_LISTENER',
        });
      }
    }
  }
}
