import type { ParseResult, ParserExecutor } from '../contract/parser.js';
import { ParseFailure } from '../contract/parser.js';
import { ParsingError, RuntimeError, type StageTimeoutError } from '../errors.js';
import { awaitAnswer, isPending } from './answer.js';
import type { Item } from './item.js';
import { lateError, type ParseHost, type Parsing, parseError, Sequence } from './parsing.js';

/** Parses through an executor, in batches of what is there: it never waits for a batch to fill. */
export class BatchedParsing implements Parsing {
  readonly #executor: ParserExecutor;
  readonly #host: ParseHost;
  readonly #sequence: Sequence;
  readonly #timeoutMs: number;
  #running = 0;
  #inFlight = 0;

  constructor(
    executor: ParserExecutor,
    host: ParseHost,
    options: { inOrder: boolean; timeoutMs: number },
  ) {
    this.#executor = executor;
    this.#host = host;
    this.#sequence = new Sequence(options.inOrder);
    this.#timeoutMs = options.timeoutMs;
  }

  get running(): number {
    return this.#running;
  }

  next(): boolean {
    if (this.#inFlight >= this.#executor.maxInFlight) return false;
    const items = this.#cut();
    const [first] = items;
    if (first === undefined) return false;
    this.#inFlight++;
    this.#running += items.length;
    const place = this.#sequence.place(first);
    const over = (deliver: () => void): void => {
      this.#inFlight--;
      this.#running -= items.length;
      this.#sequence.deliver(place, deliver);
    };
    const fail = (error: ParsingError | StageTimeoutError): void => {
      over(() => {
        for (const item of items) this.#host.parseFailed(item, () => error);
        const { cause } = error;
        if (RuntimeError.is(cause) && cause.kind === 'system') this.#host.broken(cause);
      });
    };
    let answer: unknown;
    try {
      answer = this.#executor.parseBatch(items.map(({ update, frame }) => ({ update, frame })));
    } catch (error) {
      fail(parseError(this.#host.pipeline, error));
      return true;
    }
    if (isPending(answer)) this.#wait(answer, items, over, fail);
    else over(() => this.#deliver(items, answer));
    return true;
  }

  ahead(): void {
    while (this.next());
  }

  #wait(
    answer: PromiseLike<unknown>,
    items: readonly Item[],
    over: (deliver: () => void) => void,
    fail: (error: ParsingError | StageTimeoutError) => void,
  ): void {
    const { agenda, clock, pipeline } = this.#host;
    const failed = (error: ParsingError | StageTimeoutError): void => {
      fail(error);
      this.#host.turn();
    };
    awaitAnswer(
      answer,
      {
        answered: (results) => {
          over(() => this.#deliver(items, results));
          this.#host.turn();
        },
        failed: (error) => failed(parseError(pipeline, error)),
        late: () => failed(lateError(pipeline, this.#timeoutMs)),
      },
      this.#timeoutMs,
      agenda,
      clock,
    );
  }

  #deliver(items: readonly Item[], answer: unknown): void {
    const host = this.#host;
    const results = answer as readonly ParseResult<unknown>[];
    if (!Array.isArray(answer) || results.length !== items.length) {
      const got = Array.isArray(answer) ? `${results.length} results` : typeof answer;
      const error = new ParsingError(
        'ERR_PIPELINE_PARSE',
        `the executor of pipeline ${host.pipeline} answered ${items.length} updates with ${got}: all of them count as failed`,
        { pipeline: host.pipeline },
      );
      for (const item of items) host.parseFailed(item, () => error);
      return;
    }
    for (const [index, item] of items.entries()) {
      const result = results[index];
      if (result instanceof ParseFailure) {
        host.parseFailed(item, () => parseError(host.pipeline, result.error));
      } else {
        host.parsed(item, result);
      }
    }
  }

  #cut(): Item[] {
    const { inbox } = this.#host;
    const { maxBatchBytes, maxBatchItems } = this.#executor;
    const items: Item[] = [];
    let bytes = 0;
    while (items.length < maxBatchItems && this.#host.room > 0) {
      const next = inbox.peek();
      if (next === undefined || (items.length > 0 && bytes + next.sizeBytes > maxBatchBytes)) break;
      bytes += next.sizeBytes;
      inbox.shift();
      this.#host.taken(next);
      items.push(next);
    }
    return items;
  }
}
