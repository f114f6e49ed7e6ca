import type { Handler } from '../contract/handler.js';
import { type Awaiting, awaitAnswer, isPending } from './answer.js';
import { Attempt, type AttemptScope } from './attempt.js';
import type { Guard, Passage } from './guard.js';
import type { Item } from './item.js';
import { Slot, type SlotHost, type Work } from './slot.js';

/** The place of a handler of single values. */
export class SingleSlot extends Slot {
  readonly calls = 0;
  readonly #handler: Handler<unknown>;
  readonly #conditional: boolean;

  constructor(
    handler: Handler<unknown>,
    conditional: boolean,
    scope: AttemptScope,
    host: SlotHost,
    guard: Guard | undefined,
    whenOpen: 'wait' | 'dead-letter',
  ) {
    super(scope, host, guard, whenOpen);
    this.#handler = handler;
    this.#conditional = conditional && handler.when !== undefined;
  }

  take(item: Item): void {
    this.#call(item, 1, 0);
  }

  #call(item: Item, number: number, previousMs: number): void {
    const { guard, host } = this;
    let passage: Passage = 'free';
    if (guard !== undefined) {
      passage = guard.tryPass();
      if (passage === 'refused') {
        this.#refused(guard, item, number, previousMs);
        return;
      }
    }
    host.enter(item);
    const attempt = new Attempt(this.scope, number, item.key);
    let answer: unknown;
    try {
      if (this.#conditional && this.#handler.when?.(item.value, item.update) === false) {
        if (typeof passage === 'object') passage.cancel();
        host.exit(item);
        host.settled(item, 'succeeded');
        return;
      }
      answer = this.#handler.handle(item.value, item.update, attempt);
    } catch (error) {
      this.#failed(item, number, previousMs, passage, error);
      return;
    }
    if (isPending(answer)) this.#wait(answer, attempt, item, previousMs, passage);
    else this.#succeeded(item, passage);
  }

  #wait(
    answer: PromiseLike<unknown>,
    attempt: Attempt,
    item: Item,
    previousMs: number,
    passage: Passage,
  ): void {
    const { agenda, clock, timeoutMs } = this.host;
    const call = new Call(this, attempt, item, previousMs, passage);
    awaitAnswer(answer, call, timeoutMs, agenda, clock);
  }

  /** An asynchronous call has ended. */
  end({ attempt, item, previousMs, passage }: Call, failed: boolean, error: unknown): void {
    // Given up meanwhile, by another handler's dead letter or a shutdown: only the permit is left to return.
    if (item.settled) this.host.exit(item);
    else if (failed) this.#failed(item, attempt.attempt, previousMs, passage, error);
    else this.#succeeded(item, passage);
    this.host.turn();
  }

  /** An asynchronous call has run out of time. */
  endLate(call: Call): void {
    const error = this.timeoutError();
    Attempt.timeOut(call.attempt, error);
    this.end(call, true, error);
  }

  #succeeded(item: Item, passage: Passage): void {
    this.counts.succeeded++;
    this.guard?.succeeded(passage);
    this.host.exit(item);
    this.host.settled(item, 'succeeded');
  }

  #failed(item: Item, number: number, previousMs: number, passage: Passage, error: unknown): void {
    this.counts.failures++;
    this.guard?.failed(passage, error);
    this.host.exit(item);
    if (this.stopped(item, error, `handler ${this.name}`, this.#work(item, 1, 0))) return;
    if (!this.worthRetrying(error, number)) {
      this.giveUp(item, error, number, this.#work(item, 1, 0));
      return;
    }
    if (!this.host.mayRetry) {
      this.host.abandon(item);
      return;
    }
    this.counts.retries++;
    const work = { item, run: () => this.#call(item, number + 1, waitMs) };
    const waitMs = this.later(work, number, previousMs, error);
  }

  #refused(guard: Guard, item: Item, number: number, previousMs: number): void {
    const work = this.#work(item, number, previousMs);
    if (this.whenOpen === 'dead-letter') {
      this.giveUp(item, guard.openError(), number - 1, work);
    } else {
      guard.wait(() => this.host.again(work));
    }
  }

  #work(item: Item, number: number, previousMs: number): Work {
    return { item, run: () => this.#call(item, number, previousMs) };
  }
}

/** A call whose answer is to come: one object and no closures, since there is one for each value. */
class Call implements Awaiting<unknown> {
  readonly slot: SingleSlot;
  readonly attempt: Attempt;
  readonly item: Item;
  readonly previousMs: number;
  readonly passage: Passage;

  constructor(
    slot: SingleSlot,
    attempt: Attempt,
    item: Item,
    previousMs: number,
    passage: Passage,
  ) {
    this.slot = slot;
    this.attempt = attempt;
    this.item = item;
    this.previousMs = previousMs;
    this.passage = passage;
  }

  answered(): void {
    this.slot.end(this, false, undefined);
  }

  failed(error: unknown): void {
    this.slot.end(this, true, error);
  }

  late(): void {
    this.slot.endLate(this);
  }
}
