/** Somebody who waits until the pool has come into a certain state: `ready`, `drain`, `close`. */
export interface Watcher {
  /** Asked after each step that could matter; true = it was told and need not be asked again. */
  check(): boolean;
}

/** Those who wait for a state of the pool. Costs nothing while there is nobody. */
export class Watchers {
  readonly #all = new Set<Watcher>();

  get size(): number {
    return this.#all.size;
  }

  /** Adds a watcher, unless it is content already. */
  add(watcher: Watcher): void {
    if (!watcher.check()) this.#all.add(watcher);
  }

  remove(watcher: Watcher): void {
    this.#all.delete(watcher);
  }

  notify(): void {
    for (const watcher of this.#all) {
      if (watcher.check()) this.#all.delete(watcher);
    }
  }
}
