import { Ring } from '../buffer/ring.js';
import type { Item } from '../stage/item.js';
import type { Parsing } from '../stage/parsing.js';
import type { Work } from '../stage/slot.js';
import type { Slice } from './slice.js';

/** What the dispatcher needs of its pipeline. */
export interface DispatchHost {
  /** Whether anything may begin just now. */
  readonly dispatching: boolean;
  /** Whether every output that must not lose anything has room. */
  readonly outputsHaveRoom: boolean;
  begin(item: Item): void;
  /** A round is over: see whether the buffer has room again, or whether nothing runs any more. */
  afterTurn(): void;
}

/**
 * Decides what goes on next: what is tried again, then what is ready, then what is in the buffer. A loop and never a
 * recursion, whatever handlers do meanwhile.
 */
export class Dispatcher {
  readonly #host: DispatchHost;
  readonly #concurrency: number;
  readonly #slice: Slice;
  /** Work that needs no permit: batches. */
  readonly #free = new Ring<Work>();
  readonly #again = new Ring<Work>();
  readonly #ready = new Ring<Item>();
  #parsing: Parsing | undefined = undefined;
  #permits = 0;
  #turning = false;
  #onceMore = false;

  constructor(host: DispatchHost, concurrency: number, slice: Slice) {
    this.#host = host;
    this.#slice = slice;
    this.#concurrency = concurrency;
  }

  /** Items whose handlers run just now. */
  get running(): number {
    return this.#permits;
  }

  connect(parsing: Parsing): void {
    this.#parsing = parsing;
  }

  enter(item: Item): void {
    if (item.running++ === 0) this.#permits++;
  }

  exit(item: Item): void {
    if (--item.running === 0) this.#permits--;
  }

  ready(item: Item): void {
    this.#ready.push(item);
  }

  again(work: Work): void {
    if (work.item === undefined) this.#free.push(work);
    else this.#again.push(work);
    this.turn();
  }

  /** Forgets all that has not begun again; returns the items that were ready. */
  clear(): Item[] {
    this.#free.takeAll();
    this.#again.takeAll();
    return this.#ready.takeAll();
  }

  turn(): void {
    if (this.#turning) {
      this.#onceMore = true;
      return;
    }
    this.#turning = true;
    do {
      this.#onceMore = false;
      if (this.#host.dispatching) this.#round();
    } while (this.#asked());
    this.#turning = false;
    this.#host.afterTurn();
  }

  /** Whether another turn was asked for during the last one. */
  #asked(): boolean {
    return this.#onceMore;
  }

  #round(): void {
    const host = this.#host;
    for (let work = this.#free.shift(); work !== undefined; work = this.#free.shift()) work.run();
    const slice = this.#slice;
    while (
      this.#permits < this.#concurrency &&
      host.dispatching &&
      host.outputsHaveRoom &&
      !slice.over
    ) {
      slice.spend();
      const work = this.#again.shift();
      if (work !== undefined) {
        if (work.item?.settled !== true) work.run();
        continue;
      }
      const item = this.#ready.shift();
      if (item !== undefined) host.begin(item);
      else if (this.#parsing?.next() !== true) break;
    }
    if (host.dispatching && host.outputsHaveRoom && !slice.over) this.#parsing?.ahead();
  }
}
