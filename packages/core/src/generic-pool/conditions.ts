interface Condition {
  readonly met: () => boolean;
  readonly resolve: () => void;
}

/** Those who wait for a state of the pool, such as `ready` and `drain`. Costs nothing while there is nobody. */
export class Conditions {
  #waiting: Condition[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** Settles as soon as `met` is true. */
  until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ met, resolve });
    });
  }

  /** To be called when something has changed that could matter. */
  check(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ met }) => !met());
    for (const condition of waiting) if (!this.#waiting.includes(condition)) condition.resolve();
  }
}
