import type { Appointment } from '@rockpool/core';
import { Ring } from '../buffer/ring.js';
import type { BatchHandler, BatchResult } from '../contract/handler.js';
import type { ResolvedBatchOptions } from '../contract/options.js';
import { HandlerError } from '../errors.js';
import { awaitAnswer, isPending } from './answer.js';
import { Attempt, type AttemptScope } from './attempt.js';
import type { Guard, Passage } from './guard.js';
import type { Item } from './item.js';
import { Slot, type SlotHost, type Work } from './slot.js';

/** What failed of a batch. */
type Failures = ReadonlyMap<Item, unknown>;

/**
 * The place of a handler of batches. A batch is handed over when it is full, when its first item has waited long
 * enough, or when the pipeline flushes. What fails of it is tried again by itself and keeps the batch's place among
 * those in flight; so with one in flight the order is kept.
 */
export class BatchSlot extends Slot {
  readonly #handler: BatchHandler<unknown>;
  readonly #conditional: boolean;
  readonly #batch: ResolvedBatchOptions;
  readonly #pending = new Ring<Item>();
  #pendingBytes = 0;
  #inFlight = 0;
  #calls = 0;
  #linger: Appointment | undefined = undefined;
  /** The first item has waited long enough. */
  #due = false;
  #handingOver = false;

  constructor(
    handler: BatchHandler<unknown>,
    batch: ResolvedBatchOptions,
    conditional: boolean,
    scope: AttemptScope,
    host: SlotHost,
    guard: Guard | undefined,
    whenOpen: 'wait' | 'dead-letter',
  ) {
    super(scope, host, guard, whenOpen);
    this.#handler = handler;
    this.#batch = batch;
    this.#conditional = conditional && handler.when !== undefined;
  }

  get calls(): number {
    return this.#calls;
  }

  take(item: Item): void {
    if (this.#conditional && !this.#wanted(item)) return;
    item.inBatches++;
    this.#pending.push(item);
    this.#pendingBytes += item.sizeBytes;
    this.host.batched(item);
    if (this.#linger === undefined && !this.#due) this.#startLinger();
    if (this.#full() || this.#due || this.host.flushing) this.flush();
  }

  /** Hands over what may be handed over now. */
  override flush(): void {
    // A handler that answers at once comes back here: the loop below goes on, no recursion.
    if (this.#handingOver) return;
    this.#handingOver = true;
    while (
      this.#inFlight < this.#batch.maxInFlight &&
      this.#pending.size > 0 &&
      (this.#full() || this.#due || this.host.flushing)
    ) {
      this.#inFlight++;
      this.#call(this.#cut(), 1, 0);
    }
    this.#handingOver = false;
  }

  protected override leave(item: Item): void {
    item.inBatches--;
  }

  #wanted(item: Item): boolean {
    try {
      if (this.#handler.when?.(item.value, item.update) !== false) return true;
      this.host.settled(item, 'succeeded');
    } catch (error) {
      this.counts.failures++;
      item.inBatches++;
      this.giveUp(item, error, 1, { item, run: () => this.take(item) });
    }
    return false;
  }

  #full(): boolean {
    return this.#pending.size >= this.#batch.size || this.#pendingBytes >= this.#batch.maxBytes;
  }

  #startLinger(): void {
    const { lingerMs } = this.#batch;
    if (lingerMs === 0) {
      this.#due = true;
      return;
    }
    this.#linger = this.host.agenda.after(
      lingerMs,
      () => {
        this.#linger = undefined;
        this.#due = true;
        this.flush();
        this.host.turn();
      },
      'holds-process',
    );
  }

  /** The next batch; whoever stays behind begins to wait anew. */
  #cut(): Item[] {
    const items: Item[] = [];
    let bytes = 0;
    while (items.length < this.#batch.size) {
      const next = this.#pending.peek();
      if (next === undefined) break;
      if (items.length > 0 && bytes + next.sizeBytes > this.#batch.maxBytes) break;
      bytes += next.sizeBytes;
      items.push(this.#pending.shift() as Item);
    }
    this.#pendingBytes -= bytes;
    this.#due = false;
    if (this.#linger !== undefined) this.host.agenda.drop(this.#linger);
    this.#linger = undefined;
    if (this.#pending.size > 0) this.#startLinger();
    return items;
  }

  #call(items: readonly Item[], number: number, previousMs: number): void {
    const passage = this.guard?.tryPass() ?? 'free';
    if (passage === 'refused') {
      this.#refused(items, number, previousMs);
      return;
    }
    this.#calls++;
    this.counts.batches++;
    const attempt = new Attempt(this.scope, number, undefined);
    let answer: unknown;
    try {
      answer = this.#handler.handleBatch(
        items.map(({ value, update }) => ({ value, update })),
        attempt,
      );
    } catch (error) {
      this.#over(items, allOf(items, error), number, previousMs, passage);
      return;
    }
    if (isPending(answer)) this.#wait(answer, attempt, items, previousMs, passage);
    else this.#answered(items, answer, number, previousMs, passage);
  }

  #wait(
    answer: PromiseLike<unknown>,
    attempt: Attempt,
    items: readonly Item[],
    previousMs: number,
    passage: Passage,
  ): void {
    const { agenda, clock, timeoutMs } = this.host;
    const number = attempt.attempt;
    const failed = (error: unknown): void => {
      this.#over(items, allOf(items, error), number, previousMs, passage);
      this.host.turn();
    };
    awaitAnswer(
      answer,
      {
        answered: (result) => {
          this.#answered(items, result, number, previousMs, passage);
          this.host.turn();
        },
        failed,
        late: () => {
          const error = this.timeoutError();
          Attempt.timeOut(attempt, error);
          failed(error);
        },
      },
      timeoutMs,
      agenda,
      clock,
    );
  }

  #answered(
    items: readonly Item[],
    answer: unknown,
    number: number,
    previousMs: number,
    passage: Passage,
  ): void {
    this.#over(items, this.#failuresIn(items, answer), number, previousMs, passage);
  }

  #failuresIn(items: readonly Item[], answer: unknown): Failures {
    const failed = (answer as BatchResult | undefined)?.failed ?? [];
    const failures = new Map<Item, unknown>();
    for (const { index, error } of failed) {
      const item = items[index];
      if (item === undefined) return allOf(items, this.#strangeIndex(index, items.length));
      failures.set(item, error);
    }
    return failures;
  }

  /** An attempt is over: settles what succeeded, and tries again or gives up what failed. */
  #over(
    items: readonly Item[],
    failures: Failures,
    number: number,
    previousMs: number,
    passage: Passage,
  ): void {
    this.#calls--;
    const [firstError] = failures.values();
    if (failures.size > 0) this.guard?.failed(passage, firstError);
    else this.guard?.succeeded(passage);
    this.counts.failures += failures.size;
    const again: Item[] = [];
    for (const item of items) {
      if (item.settled) continue;
      if (!failures.has(item)) {
        this.counts.succeeded++;
        this.leave(item);
        this.host.settled(item, 'succeeded');
      } else if (this.#judge(item, failures.get(item), number)) again.push(item);
    }
    if (again.length > 0) {
      this.counts.retries += again.length;
      const run = (): void => this.#call(again, number + 1, waitMs);
      const waitMs = this.later({ item: undefined, run }, number, previousMs, firstError);
      return;
    }
    this.#inFlight--;
    this.flush();
  }

  /** Whether the item is to be tried again; if not, it is given up. */
  #judge(item: Item, error: unknown, number: number): boolean {
    if (this.stopped(item, error, `handler ${this.name}`, this.#alone(item))) return false;
    if (!this.worthRetrying(error, number)) {
      this.giveUp(item, error, number, this.#alone(item));
      return false;
    }
    if (this.host.mayRetry) return true;
    this.host.abandon(item);
    return false;
  }

  #refused(items: readonly Item[], number: number, previousMs: number): void {
    const { guard } = this;
    if (guard === undefined) return;
    if (this.whenOpen === 'wait') {
      const run = (): void => this.#call(items, number, previousMs);
      guard.wait(() => this.host.again({ item: undefined, run }));
      return;
    }
    for (const item of items) {
      if (!item.settled) this.giveUp(item, guard.openError(), number - 1, this.#alone(item));
    }
    this.#inFlight--;
    this.flush();
  }

  /** One item that stopped the pipeline, as a batch of its own when it goes on. */
  #alone(item: Item): Work {
    const run = (): void => {
      this.#inFlight++;
      this.#call([item], 1, 0);
    };
    return { item: undefined, run };
  }

  #strangeIndex(index: number, length: number): HandlerError {
    const { pipeline, handler } = this.scope;
    return new HandlerError(
      'ERR_PIPELINE_HANDLER',
      `handler ${handler} of pipeline ${pipeline} says that item ${index} of a batch of ${length} failed: all of them count as failed`,
      { pipeline, handler },
    );
  }
}

function allOf(items: readonly Item[], error: unknown): Failures {
  return new Map(items.map((item) => [item, error]));
}
