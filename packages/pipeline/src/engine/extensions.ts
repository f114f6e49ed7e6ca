import { reasonOf } from '@rockpool/core';
import type { Extension } from '../contract/extension.js';
import type { Runtime } from '../contract/runtime.js';
import { SystemError } from '../errors.js';
import { endOf, type Within } from './within.js';

/** Starts what lives with a runtime in order, and stops it in reverse. */
export class Extensions {
  readonly #all: readonly Extension[];
  readonly #started: Extension[] = [];

  constructor(all: readonly Extension[]) {
    this.#all = all;
  }

  /** @throws SystemError `ERR_PIPELINE_INIT` when one cannot be started */
  async start(runtime: Runtime): Promise<void> {
    for (const extension of this.#all) {
      try {
        await extension.start(runtime);
      } catch (thrown) {
        throw new SystemError(
          'ERR_PIPELINE_INIT',
          `extension ${extension.name} could not be started: ${reasonOf(thrown)}`,
          { cause: thrown },
        );
      }
      this.#started.push(extension);
    }
  }

  /** Collects what is thrown; one that does not stop does not keep others from it. */
  async stop(within: Within): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (let each = this.#started.pop(); each !== undefined; each = this.#started.pop()) {
      const extension = each;
      errors.push(...(await endOf(`extension ${extension.name}`, () => extension.stop(), within)));
    }
    return errors;
  }
}
