import { EventRecorder } from '../../src/testing/index.js';
import type { Borrowers } from './borrowers.js';
import type { Program } from './program.js';
import type { Protocol } from './protocol.js';
import type { World } from './world.js';

/** Who listens to the pool of a random program, and what listeners do. */
export class Ears {
  readonly #world: World;
  readonly #borrowers: Borrowers;
  readonly #protocol: Protocol;
  /** How often listeners may still use the pool. */
  #left = 6;

  constructor(world: World, borrowers: Borrowers, protocol: Protocol, ear: Program['ear']) {
    this.#world = world;
    this.#borrowers = borrowers;
    this.#protocol = protocol;
    if (ear !== 'nobody') new EventRecorder(world.pool);
    if (ear === 'throws') this.#throw();
    if (ear === 'meddles') this.#meddle();
  }

  /** From now on listeners only listen. */
  rest(): void {
    this.#left = 0;
  }

  #throw(): void {
    for (const name of ['create', 'acquire', 'release', 'destroy', 'acquireError'] as const) {
      this.#world.pool.on(name, () => {
        throw new Error(`the listener of ${name} throws`);
      });
    }
  }

  /** Listeners that use the pool while it is in the middle of something. */
  #meddle(): void {
    const { pool } = this.#world;
    const meddle = (act: () => void) => () => {
      if (this.#left-- > 0 && pool.state !== 'closed') act();
    };
    const take = meddle(() => this.#borrowers.take());
    const release = meddle(() => this.#borrowers.verb('release', 0));
    pool.on('release', take);
    pool.on('acquireError', take);
    pool.on('destroy', release);
    pool.on('create', release);
    pool.on('leak', release);
    pool.on('reclaim', take);
    pool.on(
      'acquire',
      meddle(() => this.#protocol.expectSettled('clear', pool.clear())),
    );
    pool.on(
      'enqueue',
      meddle(() => this.#borrowers.verb('abort', 0)),
    );
    pool.on(
      'died',
      meddle(() => this.#borrowers.verb('destroy', 0)),
    );
  }
}
