import type { Watchers } from '../lifecycle/watch.js';

/**
 * Runs the two steps that match supply and demand (serve who waits, create what is missing) until neither has
 * anything left to do. Whatever happens inside, hooks and listeners included, may ask for another round; it is done
 * in a loop and never by recursion.
 */
export class Pump {
  readonly #serve: () => void;
  readonly #grow: () => void;
  readonly #watchers: Watchers;
  #state: 'resting' | 'working' | 'asked-again' = 'resting';

  constructor(serve: () => void, grow: () => void, watchers: Watchers) {
    this.#serve = serve;
    this.#grow = grow;
    this.#watchers = watchers;
  }

  run(): void {
    if (this.#state !== 'resting') {
      this.#state = 'asked-again';
      return;
    }
    this.#rounds();
    if (this.#watchers.size > 0) this.#watchers.notify();
  }

  /** Does `work`, which may touch many slots, and looks only once afterwards. */
  batch<R>(work: () => R): R {
    if (this.#state !== 'resting') return work();
    this.#state = 'working';
    try {
      return work();
    } finally {
      this.#state = 'resting';
      this.run();
    }
  }

  #rounds(): void {
    try {
      do {
        this.#state = 'working';
        this.#serve();
        this.#grow();
      } while (this.#wasAsked());
    } finally {
      this.#state = 'resting';
    }
  }

  #wasAsked(): boolean {
    return this.#state === 'asked-again';
  }
}
