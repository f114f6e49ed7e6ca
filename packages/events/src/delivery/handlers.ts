import type { Clock } from '@rockpool/core';
import type { HandlerStats } from '../contract/stats.js';
import { DuplicateHandlerError, EventBusClosedError, UnknownHandlerError } from '../errors.js';
import type { Handler } from './handler.js';

/** The named handlers of a bus. */
export class Handlers {
  readonly #byName = new Map<string, Handler>();

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  /** @throws DuplicateHandlerError `ERR_EVENTS_DUPLICATE_HANDLER` */
  refuseDuplicate(name: string): void {
    if (this.#byName.has(name)) throw new DuplicateHandlerError(name);
  }

  has(handler: Handler): boolean {
    return this.#byName.get(handler.name) === handler;
  }

  add(handler: Handler): void {
    this.#byName.set(handler.name, handler);
  }

  /** @throws UnknownHandlerError `ERR_EVENTS_UNKNOWN_HANDLER` */
  take(name: string): Handler {
    const handler = this.#byName.get(name);
    if (handler === undefined) throw new UnknownHandlerError(name, this.names);
    this.#byName.delete(name);
    return handler;
  }

  stats(): Record<string, HandlerStats> {
    return Object.fromEntries([...this.#byName].map(([name, handler]) => [name, handler.stats()]));
  }

  /** Waits until all have worked off what they received, for `timeoutMs` (0 = no limit) at most. */
  async finish(timeoutMs: number, clock: Clock): Promise<void> {
    const handlers = [...this.#byName.values()];
    const finished = Promise.all(handlers.map((handler) => handler.finish()));
    if (timeoutMs === 0) {
      await finished;
      return;
    }
    let alarm: ReturnType<Clock['setTimeout']> | undefined;
    const late = new Promise<void>((resolve) => {
      alarm = clock.setTimeout(() => {
        for (const handler of handlers) handler.abandon(new EventBusClosedError());
        resolve();
      }, timeoutMs);
    });
    await Promise.race([finished, late]);
    clock.clearTimeout(alarm as ReturnType<Clock['setTimeout']>);
  }
}
