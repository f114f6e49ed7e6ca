import type { HandlerContext } from '../contract/handler.js';
import type { Cache, Logger } from '../contract/ports.js';
import type { Key } from '../contract/update.js';

/** What all attempts of a handler have in common. */
export interface AttemptScope {
  readonly pipeline: string;
  readonly handler: string;
  readonly log: Logger;
  readonly cache: Cache | undefined;
  /** Aborted when the pipeline gives up. */
  readonly signal: AbortSignal;
}

/** What a handler sees of one call. Its signal is made only when somebody asks for it. */
export class Attempt implements HandlerContext {
  readonly attempt: number;
  readonly key: Key | undefined;
  readonly #scope: AttemptScope;
  #asked: { readonly abort: AbortController; readonly signal: AbortSignal } | undefined = undefined;

  constructor(scope: AttemptScope, attempt: number, key: Key | undefined) {
    this.#scope = scope;
    this.attempt = attempt;
    this.key = key;
  }

  get pipeline(): string {
    return this.#scope.pipeline;
  }

  get handler(): string {
    return this.#scope.handler;
  }

  get log(): Logger {
    return this.#scope.log;
  }

  get cache(): Cache | undefined {
    return this.#scope.cache;
  }

  get signal(): AbortSignal {
    if (this.#asked === undefined) {
      const abort = new AbortController();
      this.#asked = { abort, signal: AbortSignal.any([this.#scope.signal, abort.signal]) };
    }
    return this.#asked.signal;
  }

  /** The attempt has run out of time. A static method: handlers have the instance and should not find this on it. */
  static timeOut(attempt: Attempt, reason: Error): void {
    // A handler that asks only afterwards has to find the signal aborted.
    if (attempt.#asked === undefined) void attempt.signal;
    attempt.#asked?.abort.abort(reason);
  }
}
