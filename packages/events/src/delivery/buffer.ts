/** Events that wait for a reader, a bounded number of them. */
export interface EventBuffer<Event> {
  readonly size: number;
  /** Adds an event; when it is full, one that was there gives way. */
  push(event: Event): void;
  /** The oldest event. */
  shift(): Event | undefined;
  /** How many gave way since this was last asked, or the buffer was made. */
  takeSkipped(): number;
  clear(): void;
}

/** Keeps the newest events, in their order. Its memory grows with what waits, up to the capacity, and no further. */
export class Ring<Event> implements EventBuffer<Event> {
  readonly #capacity: number;
  readonly #slots: (Event | undefined)[] = [];
  /** Numbers of the oldest event retained and of the next one to come; a number's place is its rest by the capacity. */
  #first = 0;
  #next = 0;
  #skipped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#next - this.#first;
  }

  push(event: Event): void {
    if (this.size === this.#capacity) {
      this.#first++;
      this.#skipped++;
    }
    this.#slots[this.#next++ % this.#capacity] = event;
  }

  shift(): Event | undefined {
    if (this.#first === this.#next) return undefined;
    const place = this.#first++ % this.#capacity;
    const event = this.#slots[place];
    this.#slots[place] = undefined; // nothing that was read is kept alive
    return event;
  }

  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }

  clear(): void {
    this.#slots.length = 0;
    this.#first = 0;
    this.#next = 0;
  }
}
