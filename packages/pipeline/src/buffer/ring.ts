/** A queue in an array that wraps around: no shifting, no allocation while its size stays. Grows by doubling. */
export class Ring<T> {
  #slots: (T | undefined)[];
  #mask: number;
  #head = 0;
  #size = 0;

  constructor(capacity = 16) {
    const length = 2 ** Math.ceil(Math.log2(Math.max(2, Math.min(capacity, 1_024))));
    this.#slots = new Array<T | undefined>(length).fill(undefined);
    this.#mask = length - 1;
  }

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size > this.#mask) this.#grow();
    this.#slots[(this.#head + this.#size++) & this.#mask] = item;
  }

  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined; // nothing that was read is kept alive
    this.#head = (this.#head + 1) & this.#mask;
    this.#size--;
    return item;
  }

  /** Empties it, oldest first, into an array. */
  takeAll(): T[] {
    const all: T[] = [];
    while (this.#size > 0) all.push(this.shift() as T);
    return all;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Array<T | undefined>(old.length * 2).fill(undefined);
    for (let index = 0; index < this.#size; index++) {
      slots[index] = old[(this.#head + index) & this.#mask];
    }
    this.#slots = slots;
    this.#mask = slots.length - 1;
    this.#head = 0;
  }
}
