import { hash } from 'node:crypto';
import type { Dispatch } from './config.js';
import type { ViewThread } from './view-thread.js';

/** Says whether a view may run on a thread. */
export type Suits = (thread: ViewThread) => boolean;

/** Decides which of the living threads a view is for. */
export class Dispatcher {
  readonly #dispatch: Dispatch;
  readonly #threads: ViewThread[] = [];
  #turn = 0;

  constructor(dispatch: Dispatch) {
    this.#dispatch = dispatch;
  }

  get threads(): readonly ViewThread[] {
    return this.#threads;
  }

  /** The lowest place that nobody has: a replacement takes over the place of the one before it. */
  freePlace(taken: ReadonlySet<number>): number {
    for (let place = 0; ; place++) if (!taken.has(place)) return place;
  }

  add(thread: ViewThread): void {
    this.#threads.push(thread);
    this.#threads.sort((a, b) => a.place - b.place);
  }

  remove(thread: ViewThread): void {
    const index = this.#threads.indexOf(thread);
    if (index >= 0) this.#threads.splice(index, 1);
  }

  /**
   * Which thread the next view is for; `undefined`: any. The answer is worked out when it is asked, because threads
   * come and go while a view waits.
   */
  next(affinityKey: string | undefined): Suits | undefined {
    if (affinityKey !== undefined) return (thread) => thread === this.#homeOf(affinityKey);
    if (this.#dispatch === 'least-busy') return undefined;
    const ticket = this.#dispatch === 'random' ? Math.floor(Math.random() * 2 ** 31) : this.#turn++;
    return (thread) => thread === this.#threads[ticket % this.#threads.length];
  }

  /** Rendezvous hashing: when the pool grows or shrinks, only the keys of the threads concerned move. */
  #homeOf(key: string): ViewThread | undefined {
    let home: ViewThread | undefined;
    let most = '';
    for (const thread of this.#threads) {
      const weight = hash('sha1', `${thread.place}:${key}`);
      if (weight <= most) continue;
      most = weight;
      home = thread;
    }
    return home;
  }
}
