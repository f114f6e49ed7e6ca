import type { AnyEvent } from '../contract/map.js';
import type { Filter } from '../routing/filter.js';
import type { Member } from '../routing/router.js';

/** Whether a listener stays after its first event. */
export type Stay = 'on' | 'once';

/** What a listener needs of the bus. */
export interface ListenerHost {
  leave(listener: Listener): void;
  failed(listener: Listener, error: unknown, event: AnyEvent): void;
}

/** A function that is called with each event while the publisher waits. */
export class Listener implements Member {
  readonly filter: Filter;
  /** What it listens for, as it was given. */
  readonly pattern: string;
  readonly call: (event: never) => unknown;
  readonly #host: ListenerHost;
  readonly #stay: Stay;

  constructor(
    host: ListenerHost,
    pattern: string,
    filter: Filter,
    call: (event: never) => unknown,
    stay: Stay,
  ) {
    this.#host = host;
    this.pattern = pattern;
    this.filter = filter;
    this.call = call;
    this.#stay = stay;
  }

  receive(event: AnyEvent): void {
    if (this.#stay === 'once') this.#host.leave(this);
    const answer = this.call(event as never);
    if (isPromise(answer)) answer.then(undefined, (error) => this.failed(error, event));
  }

  failed(error: unknown, event: AnyEvent): void {
    this.#host.failed(this, error, event);
  }
}

/** Whether a function of the user's goes on after it has returned. */
export function isPromise(answer: unknown): answer is PromiseLike<unknown> {
  return typeof (answer as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
