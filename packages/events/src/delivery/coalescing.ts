import type { AnyEvent } from '../contract/map.js';
import type { EventBuffer } from './buffer.js';

/**
 * A full one lets the older event about the same thing give way to the new one; only if there is none, the oldest.
 * So a reader that is too slow still learns the latest of each thing. A reader that keeps pace sees every event.
 */
export class CoalescingBuffer<Event> implements EventBuffer<Event> {
  readonly #capacity: number;
  readonly #keyOf: (event: Event) => string;
  /** In the order of their arrival. */
  readonly #waiting = new Map<number, Waiting<Event>>();
  /** The number of the newest event about each thing. */
  readonly #newest = new Map<string, number>();
  #next = 0;
  #skipped = 0;

  constructor(capacity: number, keyOf: (event: Event) => string) {
    this.#capacity = capacity;
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#waiting.size;
  }

  push(event: Event): void {
    const key = this.#keyOf(event);
    if (this.#waiting.size === this.#capacity) {
      this.#skipped++;
      const older = this.#newest.get(key);
      if (older === undefined) this.shift();
      else this.#waiting.delete(older);
    }
    this.#waiting.set(this.#next, { event, key });
    this.#newest.set(key, this.#next++);
  }

  shift(): Event | undefined {
    for (const [number, { event, key }] of this.#waiting) {
      this.#waiting.delete(number);
      if (this.#newest.get(key) === number) this.#newest.delete(key);
      return event;
    }
    return undefined;
  }

  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }

  clear(): void {
    this.#waiting.clear();
    this.#newest.clear();
  }
}

/** By default, events about the same thing: of the same type, the same pool and the same instance. */
export function thingOf(event: AnyEvent): string {
  const { poolId = '', instanceId = '' } = event as { poolId?: string; instanceId?: string };
  return `${event.eventType}\u0000${poolId}\u0000${instanceId}`;
}

interface Waiting<Event> {
  readonly event: Event;
  readonly key: string;
}
