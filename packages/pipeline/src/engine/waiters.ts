/** Those who wait until something is so. */
export class Waiters {
  readonly #isSo: () => boolean;
  readonly #resolves: (() => void)[] = [];

  constructor(isSo: () => boolean) {
    this.#isSo = isSo;
  }

  async wait(): Promise<void> {
    if (!this.#isSo()) await new Promise<void>((resolve) => this.#resolves.push(resolve));
  }

  /** To be called when it may have become so. */
  look(): void {
    if (this.#resolves.length === 0 || !this.#isSo()) return;
    for (const resolve of this.#resolves.splice(0)) resolve();
  }
}
