import { reasonOf } from '@rockpool/core';
import type { Fault } from './contract/options.js';

/** Where the failures of listeners and handlers go: they are nobody's who published the event. */
export class Faults {
  readonly #onError: ((fault: Fault) => void) | undefined;
  readonly #warned = new Set<string>();

  constructor(onError: ((fault: Fault) => void) | undefined) {
    this.#onError = onError;
  }

  report(fault: Fault): void {
    if (this.#onError === undefined) {
      this.#warn(fault);
      return;
    }
    try {
      this.#onError(fault);
    } catch (error) {
      this.#warn(fault);
      this.#warn({ ...fault, who: 'listener', name: 'onError', error });
    }
  }

  /** Once for each of them: a listener that fails on each event must not fill the log. */
  #warn({ who, name, error, event }: Fault): void {
    const key = `${who} ${name}`;
    if (this.#warned.has(key) || this.#warned.size >= WARNINGS_KEPT) return;
    this.#warned.add(key);
    const what = event === undefined ? '' : ` on ${event.eventType}`;
    process.emitWarning(`${who} '${name}' failed${what}: ${reasonOf(error)}`, {
      code: 'ROCKPOOL_EVENTS',
      detail: error instanceof Error ? (error.stack ?? '') : '',
    });
  }
}

const WARNINGS_KEPT = 1_000;
