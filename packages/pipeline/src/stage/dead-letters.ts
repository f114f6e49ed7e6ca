import { type Clock, reasonOf } from '@rockpool/core';
import type { DeadLetter, DeadLetterPolicy } from '../contract/dead-letter.js';
import type { RuntimeEvents } from '../contract/events.js';
import type { Logger } from '../contract/ports.js';
import type { Emitter } from '../emitter.js';
import { HandlerError } from '../errors.js';
import { SampledLog } from '../log.js';
import { isPending } from './answer.js';
import type { Item } from './item.js';

/** What became of a letter: it is kept (or left out on purpose), the pipeline has to stop, or it could not be kept. */
export type Delivery = 'kept' | 'fail' | 'lost';

/** Where values go whose attempts are used up. */
export class DeadLetters {
  readonly #pipeline: string;
  readonly #policy: DeadLetterPolicy;
  readonly #clock: Clock;
  readonly #events: Emitter<RuntimeEvents>;
  readonly #sampled: SampledLog;
  #pending = 0;

  constructor(
    pipeline: string,
    policy: DeadLetterPolicy,
    clock: Clock,
    log: Logger,
    events: Emitter<RuntimeEvents>,
  ) {
    this.#pipeline = pipeline;
    this.#policy = policy;
    this.#clock = clock;
    this.#events = events;
    this.#sampled = new SampledLog(log, 'error');
  }

  /** Letters that a sink is writing. */
  get pending(): number {
    return this.#pending;
  }

  deliver(
    item: Item,
    handler: string,
    error: unknown,
    attempts: number,
    then: (delivery: Delivery, error: HandlerError) => void,
  ): void {
    const failure = new HandlerError(
      'ERR_PIPELINE_HANDLER',
      `handler ${handler} of pipeline ${this.#pipeline} failed after ${attempts} attempts: ${reasonOf(error)}`,
      { pipeline: this.#pipeline, handler, cause: error },
    );
    if (this.#policy === 'fail') {
      then('fail', failure);
      return;
    }
    const letter = this.#letterOf(item, handler, error, attempts);
    this.#events.emit('deadLetter', letter);
    this.#events.emit('error', failure);
    if (this.#policy === 'log') this.#sampled.tell(() => failure.message);
    if (typeof this.#policy === 'string') {
      then('kept', failure);
      return;
    }
    const lost = (thrown: unknown): void => then('lost', this.#unkept(handler, thrown));
    let written: unknown;
    try {
      written = this.#policy.write(letter);
    } catch (thrown) {
      lost(thrown);
      return;
    }
    if (!isPending(written)) {
      then('kept', failure);
      return;
    }
    this.#pending++;
    written.then(
      () => {
        this.#pending--;
        then('kept', failure);
      },
      (thrown: unknown) => {
        this.#pending--;
        lost(thrown);
      },
    );
  }

  #letterOf(item: Item, handler: string, error: unknown, attempts: number): DeadLetter {
    const { value, update, frame } = item;
    return {
      pipeline: this.#pipeline,
      handler,
      error,
      attempts,
      value,
      update,
      bytes: frame.bytes,
      atMs: this.#clock.now(),
    };
  }

  #unkept(handler: string, thrown: unknown): HandlerError {
    const error = new HandlerError(
      'ERR_PIPELINE_DEAD_LETTER',
      `a dead letter of pipeline ${this.#pipeline} could not be kept: ${reasonOf(thrown)}; its update stays unhandled`,
      { pipeline: this.#pipeline, handler, cause: thrown },
    );
    this.#sampled.tell(() => error.message);
    this.#events.emit('error', error);
    return error;
  }
}
