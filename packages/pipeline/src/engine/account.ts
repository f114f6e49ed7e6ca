import type { Clock } from '@rockpool/core';
import type { Item } from '../stage/item.js';
import { type Outcome, Tally } from '../stage/tally.js';
import type { Surroundings, Tracing } from './surroundings.js';

/**
 * Keeps account of the updates of a pipeline: how many are open, how each one ended, and which positions are done with.
 * So whatever ends goes through here, once.
 */
export class Account {
  readonly tally: Tally;
  readonly #pipeline: string;
  readonly #clock: Clock;
  readonly #progress: Surroundings['progress'];
  readonly #tracing: Tracing;
  #open = 0;
  #begun = 0;

  constructor(pipeline: string, latencyEvery: number, surroundings: Surroundings) {
    this.#pipeline = pipeline;
    this.#clock = surroundings.clock;
    this.#progress = surroundings.progress;
    this.#tracing = surroundings.tracing;
    this.tally = new Tally(surroundings.clock, latencyEvery);
  }

  /** Items out of the buffer that are not settled. */
  get open(): number {
    return this.#open;
  }

  /** Those of them whose handlers have begun. */
  get begun(): number {
    return this.#begun;
  }

  taken(): void {
    this.#open++;
  }

  began(item: Item): void {
    item.begun = true;
    this.#begun++;
  }

  /** An item has ended. */
  settle(item: Item, outcome: Outcome): void {
    item.settled = true;
    this.#open--;
    if (item.begun) this.#begun--;
    this.tally[outcome]++;
    if (outcome === 'processed') this.tally.sample(item);
    if (this.#tracing.listener !== undefined) this.#trace(item, outcome);
    // What is abandoned keeps its position open: a later run begins there.
    if (item.mark !== undefined && outcome !== 'abandoned') this.#progress.close(item.mark);
  }

  /** An item has been pushed out of the buffer, or was not let in. */
  dropped(item: Item): void {
    this.tally.dropped++;
    if (this.#tracing.listener !== undefined) this.#trace(item, 'dropped');
    if (item.mark !== undefined) this.#progress.close(item.mark);
  }

  /** Whatever is still open is given up. */
  writeOff(): void {
    this.tally.discarded += this.#open - this.#begun;
    this.tally.abandoned += this.#begun;
    this.#open = 0;
    this.#begun = 0;
  }

  #trace({ update, key, sizeBytes }: Item, outcome: Outcome): void {
    const { kind, position, receivedAtMs } = update;
    this.#tracing.listener?.({
      pipeline: this.#pipeline,
      kind,
      position,
      key,
      sizeBytes,
      outcome,
      receivedAtMs,
      endedAtMs: this.#clock.now(),
    });
  }
}
