import { PoolError } from '../../src/index.js';
import { settle } from './world.js';

/** What is noted while a program runs: what must never happen, and what must have settled at the end. */
export class Protocol {
  readonly #complaints: string[] = [];
  readonly #promises: { readonly name: string; readonly promise: Promise<unknown> }[] = [];

  complain(complaint: string): void {
    this.#complaints.push(complaint);
  }

  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** This promise must settle before the program ends, and reject with nothing but an error of a pool. */
  expectSettled(name: string, promise: Promise<unknown>): void {
    const quiet = promise.catch((error: unknown) => {
      if (!PoolError.is(error)) this.complain(`${name} gave ${String(error)}`);
    });
    this.#promises.push({ name, promise: quiet });
  }

  /** The names of those that have not settled. */
  async unsettled(): Promise<string[]> {
    const pending = Symbol('pending');
    const names: string[] = [];
    for (const { name, promise } of this.#promises) {
      const first = await Promise.race([promise, settle().then(() => pending)]);
      if (first === pending) names.push(name);
    }
    return names;
  }
}
