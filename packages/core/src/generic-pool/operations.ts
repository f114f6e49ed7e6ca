/** Calls of user code that have not answered yet. */
export class Operations {
  readonly #open = new Set<Promise<unknown>>();

  track<V>(operation: Promise<V>): Promise<V> {
    this.#open.add(operation);
    const done = (): void => {
      this.#open.delete(operation);
    };
    operation.then(done, done);
    return operation;
  }

  /** Settles when all that are open now have answered, one way or the other. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open);
  }
}
