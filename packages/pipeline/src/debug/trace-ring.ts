/** The last entries of something that never ends. */
export class TraceRing<Entry> {
  readonly #capacity: number;
  readonly #entries: Entry[] = [];
  /** Where the next entry goes once the ring is full: the oldest stands there. */
  #next = 0;
  #seen = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Entries there have been, those that are gone included. */
  get seen(): number {
    return this.#seen;
  }

  add(entry: Entry): void {
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#seen += 1;
  }

  /** The entries, oldest first. */
  toArray(): Entry[] {
    return this.#seen < this.#capacity
      ? [...this.#entries]
      : [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
  }

  clear(): void {
    this.#entries.length = 0;
    this.#next = 0;
    this.#seen = 0;
  }
}
