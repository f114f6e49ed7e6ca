import { hash } from 'node:crypto';
import { ViewError } from '../errors.js';
import type { ChooseRuntime, Dispatch } from './config.js';
import type { ViewThread } from './view-thread.js';

/** Says whether a view may run on a thread. */
export type Suits = (thread: ViewThread) => boolean;

/** What is known of a view before it runs. */
export interface DispatchedView {
  readonly name: string;
  readonly height: number;
  readonly affinityKey: string | undefined;
}

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
   * @throws ViewError `ERR_VIEW_ARGUMENT` when a function of the user's chooses none; whatever that function throws
   */
  next(view: DispatchedView): Suits | undefined {
    const { affinityKey } = view;
    if (affinityKey !== undefined) return (thread) => thread === this.#homeOf(affinityKey);
    if (this.#dispatch === 'least-busy') return undefined;
    if (typeof this.#dispatch === 'function') return this.#chosen(this.#dispatch, view);
    const ticket = this.#dispatch === 'random' ? Math.floor(Math.random() * 2 ** 31) : this.#turn++;
    return (thread) => thread === this.#threads[ticket % this.#threads.length];
  }

  #chosen(choose: ChooseRuntime, { name, height }: DispatchedView): Suits {
    const runtimes = this.#threads.map(({ place, busy }) => ({ place, busy }));
    const index = choose({ name, height }, runtimes);
    const place = runtimes[index]?.place;
    if (place === undefined) {
      throw new ViewError(
        'ERR_VIEW_ARGUMENT',
        `dispatch chose ${index} for the view '${name}'; it must return an index of the ${runtimes.length} runtimes it is given`,
      );
    }
    // The one at that place, also when it has been replaced meanwhile; when the pool has shrunk, any.
    return (thread) =>
      thread.place === place || !this.#threads.some((other) => other.place === place);
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
