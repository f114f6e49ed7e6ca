import { makerFor, type Resource, type Setup, type Subject } from './subject.js';

/**
 * The least that a pool with promises can do: a free list, a ring of resolvers, no safety at all. What a machine can do
 * today is measured by this, and everything else in multiples of it.
 */
export function openFloor(setup: Setup): Subject<Resource> {
  const make = makerFor(setup);
  const free: Resource[] = Array.from({ length: setup.warm }, make);
  let made = setup.warm;
  const line = new Ring<(resource: Resource) => void>();
  const take = (): Resource | undefined => {
    if (free.length > 0) return free.pop();
    if (made === setup.max) return undefined;
    made++;
    return make();
  };
  const release = (resource: Resource): void => {
    const next = line.shift();
    if (next === undefined) free.push(resource);
    else next(resource);
  };
  return {
    acquire() {
      const resource = take();
      if (resource !== undefined) return Promise.resolve(resource);
      return new Promise<Resource>((resolve) => line.push(resolve));
    },
    tryAcquire: take,
    resourceOf: (resource) => resource,
    release,
    destroy() {
      const next = line.shift();
      setup.onDestroy?.();
      if (next === undefined) made--;
      else next(make());
    },
    async use(fn) {
      const resource = take() ?? (await new Promise<Resource>((resolve) => line.push(resolve)));
      try {
        return await fn(resource);
      } finally {
        release(resource);
      }
    },
    useSync(fn) {
      const resource = take() as Resource;
      try {
        return fn(resource);
      } finally {
        release(resource);
      }
    },
    close() {},
  };
}

class Ring<Item> {
  #items: (Item | undefined)[] = new Array<Item | undefined>(16).fill(undefined);
  #head = 0;
  #size = 0;

  push(item: Item): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#size++) & (this.#items.length - 1)] = item;
  }

  shift(): Item | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size--;
    return item;
  }

  #grow(): void {
    const { length } = this.#items;
    const larger = new Array<Item | undefined>(length * 2).fill(undefined);
    for (let index = 0; index < length; index++) {
      larger[index] = this.#items[(this.#head + index) & (length - 1)];
    }
    this.#items = larger;
    this.#head = 0;
  }
}
