import { reasonOf } from '@rockpool/core';
import { SystemError } from '../errors.js';
import type { CheckedPipeline, MadePipeline } from './make-pipeline.js';
import { endOf, type Within } from './within.js';

interface Member {
  readonly what: string;
  init(): unknown;
  dispose(): unknown;
}

/** Parsers, executors and handlers of all pipelines: makes them ready in order and frees them in reverse. */
export class Members {
  readonly #ready: Member[] = [];

  /**
   * Makes those of one pipeline ready. When one fails, `dispose()` frees those that were ready before.
   * @throws SystemError `ERR_PIPELINE_INIT`
   */
  async init(
    { parser, handlers, options }: CheckedPipeline,
    { context }: MadePipeline,
  ): Promise<void> {
    const { executor } = options;
    const first: Member =
      executor === undefined
        ? {
            what: `parser ${parser.id}`,
            init: () => parser.init?.(context),
            dispose: () => parser.dispose?.(),
          }
        : {
            what: `parser executor of pipeline ${context.pipeline}`,
            init: () => executor.init?.(parser as never, context),
            dispose: () => executor.dispose?.(),
          };
    const others = handlers.map(
      (handler): Member => ({
        what: `handler ${handler.name} of pipeline ${context.pipeline}`,
        init: () => handler.init?.(context),
        dispose: () => handler.dispose?.(),
      }),
    );
    for (const member of [first, ...others]) {
      try {
        await member.init();
      } catch (thrown) {
        throw new SystemError(
          'ERR_PIPELINE_INIT',
          `${member.what} could not be made ready: ${reasonOf(thrown)}`,
          {
            pipeline: context.pipeline,
            cause: thrown,
          },
        );
      }
      this.#ready.push(member);
    }
  }

  /** Something else that is to be freed at the end. */
  add(what: string, dispose: () => unknown): void {
    this.#ready.push({ what, init: () => undefined, dispose });
  }

  /** Frees all, last first; collects what is thrown. One that does not come to its end does not keep others from it. */
  async dispose(within: Within): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (let member = this.#ready.pop(); member !== undefined; member = this.#ready.pop()) {
      errors.push(...(await endOf(`dispose() of ${member.what}`, member.dispose, within)));
    }
    return errors;
  }
}
