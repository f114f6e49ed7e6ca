import type { OverflowPolicy } from '../contract/options.js';
import { Ring } from './ring.js';

/** Something that weighs. */
export interface Sized {
  readonly sizeBytes: number;
}

/** What came of offering an item: it is in; there is no room, wait; it was given up; or it was too much altogether. */
export type Offer = 'taken' | 'full' | 'dropped' | 'overflowed';

/** How much a buffer holds. */
export interface BufferLimits {
  readonly maxCapacity: number;
  readonly maxBytes: number;
  readonly overflowPolicy: OverflowPolicy;
}

/** A queue that is never longer or heavier than it may be. An item larger than all it may hold is let in alone. */
export class BoundedBuffer<T extends Sized> {
  readonly policy: OverflowPolicy;
  readonly capacity: number;
  readonly #maxBytes: number;
  readonly #ring: Ring<T>;
  readonly #onDrop: (item: T) => void;
  #bytes = 0;

  /** `onDrop` is told of each item that is given up, whether it was in or not. */
  constructor(limits: BufferLimits, onDrop: (item: T) => void) {
    this.policy = limits.overflowPolicy;
    this.capacity = limits.maxCapacity;
    this.#maxBytes = limits.maxBytes;
    this.#ring = new Ring(limits.maxCapacity);
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#ring.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there is room for an item of this size without giving anything up. */
  fits(sizeBytes: number): boolean {
    const { size } = this.#ring;
    return size < this.capacity && (this.#bytes + sizeBytes <= this.#maxBytes || size === 0);
  }

  offer(item: T): Offer {
    if (!this.fits(item.sizeBytes)) {
      if (this.policy === 'block') return 'full';
      if (this.policy !== 'drop-oldest') {
        this.#onDrop(item);
        return this.policy === 'error' ? 'overflowed' : 'dropped';
      }
      while (!this.fits(item.sizeBytes)) this.#onDrop(this.shift() as T);
    }
    this.#bytes += item.sizeBytes;
    this.#ring.push(item);
    return 'taken';
  }

  peek(): T | undefined {
    return this.#ring.peek();
  }

  shift(): T | undefined {
    const item = this.#ring.shift();
    if (item !== undefined) this.#bytes -= item.sizeBytes;
    return item;
  }
}
