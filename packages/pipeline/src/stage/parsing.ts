import type { Agenda, Clock } from '@rockpool/core';
import { reasonOf } from '@rockpool/core';
import type { BoundedBuffer } from '../buffer/bounded.js';
import { Ring } from '../buffer/ring.js';
import type { ParseContext, Parser } from '../contract/parser.js';
import type { Update } from '../contract/update.js';
import { ParsingError, type RuntimeError, StageTimeoutError } from '../errors.js';
import { awaitAnswer, isPending } from './answer.js';
import type { Item } from './item.js';

/** What parsing needs of its pipeline. */
export interface ParseHost {
  readonly pipeline: string;
  readonly inbox: BoundedBuffer<Item>;
  readonly clock: Clock;
  readonly agenda: Agenda;
  /** How many more items may be taken out of the buffer. */
  readonly room: number;
  /** An item has left the buffer. */
  taken(item: Item): void;
  /** A value, or FILTERED. */
  parsed(item: Item, result: unknown): void;
  /** The error is made only where somebody is told of it: a flood of bad updates must not be a flood of stacks. */
  parseFailed(item: Item, failure: () => ParsingError | StageTimeoutError): void;
  /** It is no use to go on: an executor threw an error of kind `system`. */
  broken(error: RuntimeError): void;
  turn(): void;
}

/** Takes updates out of the buffer and makes values of them. */
export interface Parsing {
  /** Updates being parsed. */
  readonly running: number;
  /** Parses the next update, where there is one and it may; whether it did. */
  next(): boolean;
  /** Begins further work that does not wait for a handler to be free. */
  ahead(): void;
}

/** An answer that came out of turn, or is to come. */
class Pending {
  readonly item: Item;
  done = false;
  deliver: () => void = nothing;

  constructor(item: Item) {
    this.item = item;
  }
}

/**
 * Hands results on: as they come, or, where an order is kept, each after those that were taken before it.
 */
export class Sequence {
  readonly #inOrder: boolean;
  readonly #waiting = new Ring<Pending>();

  constructor(inOrder: boolean) {
    this.#inOrder = inOrder;
  }

  /** A place for a result that is to come. */
  place(item: Item): Pending {
    const pending = new Pending(item);
    if (this.#inOrder) this.#waiting.push(pending);
    return pending;
  }

  /** Whether a result that is there at once may be handed on at once. */
  get clear(): boolean {
    return this.#waiting.size === 0;
  }

  deliver(pending: Pending, deliver: () => void): void {
    if (!this.#inOrder) {
      deliver();
      return;
    }
    pending.done = true;
    pending.deliver = deliver;
    while (this.#waiting.peek()?.done === true) this.#waiting.shift()?.deliver();
  }
}

/** Parses where the runtime runs. A parser that answers at once costs no promise. */
export class InlineParsing implements Parsing {
  readonly #parser: Parser<Update, unknown>;
  readonly #context: ParseContext;
  readonly #host: ParseHost;
  readonly #sequence: Sequence;
  readonly #concurrency: number;
  readonly #timeoutMs: number;
  #running = 0;
  /** Whether it has ever answered later: only then is it worth beginning ahead of the handlers. */
  #asynchronous = false;

  constructor(
    parser: Parser<Update, unknown>,
    context: ParseContext,
    host: ParseHost,
    options: { inOrder: boolean; concurrency: number; timeoutMs: number },
  ) {
    this.#parser = parser;
    this.#context = context;
    this.#host = host;
    this.#sequence = new Sequence(options.inOrder);
    this.#concurrency = options.concurrency;
    this.#timeoutMs = options.timeoutMs;
  }

  get running(): number {
    return this.#running;
  }

  next(): boolean {
    const host = this.#host;
    if (this.#running >= this.#concurrency || host.room <= 0) return false;
    const item = host.inbox.shift();
    if (item === undefined) return false;
    host.taken(item);
    let result: unknown;
    try {
      result = this.#parser.parse(item.update, this.#context);
    } catch (error) {
      this.#atOnce(item, () => host.parseFailed(item, () => parseError(host.pipeline, error)));
      return true;
    }
    if (isPending(result)) this.#wait(item, result);
    else if (this.#sequence.clear) host.parsed(item, result);
    else this.#atOnce(item, () => host.parsed(item, result));
    return true;
  }

  ahead(): void {
    while (this.#asynchronous && this.next());
  }

  #atOnce(item: Item, deliver: () => void): void {
    if (this.#sequence.clear) deliver();
    else this.#sequence.deliver(this.#sequence.place(item), deliver);
  }

  #wait(item: Item, answer: PromiseLike<unknown>): void {
    const host = this.#host;
    this.#asynchronous = true;
    this.#running++;
    const place = this.#sequence.place(item);
    const over = (deliver: () => void): void => {
      this.#running--;
      this.#sequence.deliver(place, deliver);
      host.turn();
    };
    awaitAnswer(
      answer,
      {
        answered: (result) => over(() => host.parsed(item, result)),
        failed: (error) =>
          over(() => host.parseFailed(item, () => parseError(host.pipeline, error))),
        late: () =>
          over(() => host.parseFailed(item, () => lateError(host.pipeline, this.#timeoutMs))),
      },
      this.#timeoutMs,
      host.agenda,
      host.clock,
    );
  }
}

/** The error that is told of an update that could not be parsed. */
export function parseError(pipeline: string, thrown: unknown): ParsingError {
  return new ParsingError(
    'ERR_PIPELINE_PARSE',
    `the parser of pipeline ${pipeline} failed: ${reasonOf(thrown)}`,
    { pipeline, cause: thrown },
  );
}

/** The error that is told of a parser that took too long. */
export function lateError(pipeline: string, timeoutMs: number): StageTimeoutError {
  return new StageTimeoutError(
    'parsing',
    timeoutMs,
    `the parser of pipeline ${pipeline} did not answer within ${timeoutMs} ms`,
    { pipeline },
  );
}

function nothing(): void {}
