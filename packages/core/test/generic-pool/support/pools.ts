import {
  createPool,
  type Factory,
  type Options,
  type Pool,
} from '../../../src/generic-pool/index.js';
import { followingClock } from './virtual-time.js';

export interface Thing {
  readonly id: number;
}

/** Makes numbered things and remembers what was asked of it. */
export class ThingFactory implements Factory<Thing> {
  created = 0;
  readonly destroyed: number[] = [];
  readonly validated: number[] = [];
  valid = true;

  create(): Promise<Thing> {
    this.created++;
    return Promise.resolve({ id: this.created });
  }

  destroy(thing: Thing): Promise<void> {
    this.destroyed.push(thing.id);
    return Promise.resolve();
  }

  validate(thing: Thing): Promise<boolean> {
    this.validated.push(thing.id);
    return Promise.resolve(this.valid);
  }
}

/** A drop-in on the clock of the test. */
export function dropIn<T>(factory: Factory<T>, options: Options = {}): Pool<T> {
  return createPool(factory, {
    ...options,
    rockpool: { clock: followingClock, ...options.rockpool },
  });
}
