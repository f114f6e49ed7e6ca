import type { Agenda, Clock } from '@rockpool/core';
import type { RuntimeEvents } from '../contract/events.js';
import type { ResolvedRetryOptions } from '../contract/options.js';
import type { Emitter } from '../emitter.js';
import { type RuntimeError, StageTimeoutError } from '../errors.js';
import type { AttemptScope } from './attempt.js';
import { backoffMs, worthRetrying } from './backoff.js';
import type { DeadLetters } from './dead-letters.js';
import { systemErrorOf } from './exhaustion.js';
import type { Guard } from './guard.js';
import { HandlerCounts } from './handler-counts.js';
import type { Item } from './item.js';

/** Work that is to go on when the pipeline next dispatches. With an item it needs a permit, without one it does not. */
export interface Work {
  readonly item: Item | undefined;
  run(): void;
}

/** What a handler's slot needs of its pipeline. */
export interface SlotHost {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly random: () => number;
  readonly events: Emitter<RuntimeEvents>;
  readonly retry: ResolvedRetryOptions;
  readonly timeoutMs: number;
  readonly letters: DeadLetters;
  /** `false` once a shutdown lets only begun attempts finish. */
  readonly mayRetry: boolean;
  /** `true` while batches do not wait to be full. */
  readonly flushing: boolean;
  /** A handler begins with the item, or ends: the item's permit. */
  enter(item: Item): void;
  exit(item: Item): void;
  /** The item waits in a batch: others of its key may go on. */
  batched(item: Item): void;
  /** A handler is done with the item. */
  settled(item: Item, result: 'succeeded' | 'failed'): void;
  /** The item is given up without being handled. */
  abandon(item: Item): void;
  /** The pipeline stops; `work` goes on when it is resumed, unless it is being shut down: then the item is given up. */
  hold(item: Item, work: Work, error: RuntimeError): void;
  /** `work` goes on at the next turn. */
  again(work: Work): void;
  /** Something ended outside a turn: see what can go on. */
  turn(): void;
}

/** What slots of both kinds do: counting, waiting before another attempt, giving up. */
export abstract class Slot {
  readonly counts: HandlerCounts = new HandlerCounts();
  readonly guard: Guard | undefined;
  protected readonly scope: AttemptScope;
  protected readonly host: SlotHost;
  protected readonly whenOpen: 'wait' | 'dead-letter';

  constructor(
    scope: AttemptScope,
    host: SlotHost,
    guard: Guard | undefined,
    whenOpen: 'wait' | 'dead-letter',
  ) {
    this.scope = scope;
    this.host = host;
    this.guard = guard;
    this.whenOpen = whenOpen;
  }

  get name(): string {
    return this.scope.handler;
  }

  /** Calls running just now that hold no permit. */
  abstract readonly calls: number;
  abstract take(item: Item): void;

  /** Hands over what waits for others, where the handler takes batches. */
  flush(): void {}

  /** The item does not wait in this slot any more. */
  protected leave(_item: Item): void {}

  protected worthRetrying(error: unknown, attempts: number): boolean {
    try {
      return worthRetrying(this.host.retry, error, attempts);
    } catch (thrown) {
      this.scope.log.log('error', `retryIf threw: ${String(thrown)}; not tried again`);
      return false;
    }
  }

  /** Waits, then lets `work` go on. Returns the wait. */
  protected later(work: Work, attempts: number, previousMs: number, error: unknown): number {
    const { agenda, events, random, retry } = this.host;
    const waitMs = backoffMs(retry, attempts, previousMs, random());
    const { pipeline, handler } = this.scope;
    if (events.heard('retry')) {
      events.emit('retry', { pipeline, handler, attempt: attempts, error, waitMs });
    }
    agenda.after(waitMs, () => this.host.again(work), 'holds-process');
    return waitMs;
  }

  protected giveUp(item: Item, error: unknown, attempts: number, retry: Work): void {
    this.host.letters.deliver(item, this.name, error, attempts, (delivery, failure) => {
      if (item.settled) return;
      if (delivery === 'lost' && this.stopped(item, failure.cause, 'the dead-letter sink', retry)) {
        this.host.turn();
        return;
      }
      if (delivery === 'fail') {
        this.host.hold(item, retry, failure);
        return;
      }
      this.counts.deadLettered++;
      this.leave(item);
      if (delivery === 'kept') this.host.settled(item, 'failed');
      else this.host.abandon(item);
      this.host.turn();
    });
  }

  /** Whether it is the machine that has no more of something: then the pipeline stops, and `retry` is for later. */
  protected stopped(item: Item, error: unknown, who: string, retry: Work): boolean {
    const failure = systemErrorOf(error, who, this.scope);
    if (failure === undefined) return false;
    this.host.hold(item, retry, failure);
    return true;
  }

  protected timeoutError(): StageTimeoutError {
    const { pipeline, handler } = this.scope;
    const ms = this.host.timeoutMs;
    return new StageTimeoutError(
      'handler',
      ms,
      `handler ${handler} of pipeline ${pipeline} did not answer within ${ms} ms`,
      { pipeline, handler },
    );
  }
}
