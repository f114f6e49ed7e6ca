import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@rockpool/core';
import type { AnyEvent } from '../contract/map.js';
import type { Handle } from '../contract/options.js';
import type { HandlerStats } from '../contract/stats.js';
import { HandlerTimeoutError } from '../errors.js';
import type { Filter } from '../routing/filter.js';
import type { Member } from '../routing/router.js';
import { Ring } from './buffer.js';
import { isPromise } from './listener.js';

/** How a handler works. */
export interface HandlerPlan {
  readonly name: string;
  readonly filter: Filter;
  readonly handle: Handle<never>;
  /** 0 = no limit. */
  readonly timeoutMs: number;
  readonly bufferSize: number;
  readonly clock: Clock;
  readonly report: (error: unknown, event: AnyEvent, kind: 'error' | 'timeout') => void;
  readonly lost: (events: number) => void;
}

/**
 * A named handler: it works off its own buffer, one event after the other, and never in the publisher's call. One that
 * is slow, fails or hangs loses events of its own and holds up nobody else.
 */
export class Handler implements Member {
  readonly filter: Filter;
  readonly name: string;
  readonly #plan: HandlerPlan;
  readonly #buffer: Ring<AnyEvent>;
  /** Settles when the buffer has been worked off; `undefined` while there is nothing to do. */
  #working: Promise<void> | undefined = undefined;
  #current: AbortController | undefined = undefined;
  #handled = 0;
  #lagged = 0;
  #errors = 0;
  #timeouts = 0;

  constructor(plan: HandlerPlan) {
    this.#plan = plan;
    this.name = plan.name;
    this.filter = plan.filter;
    this.#buffer = new Ring(plan.bufferSize);
  }

  receive(event: AnyEvent): void {
    this.#buffer.push(event);
    this.#lose(this.#buffer.takeSkipped());
    this.#working ??= this.#work();
  }

  /** A condition of its filter failed. */
  failed(error: unknown, event: AnyEvent): void {
    this.#fail(error, event);
  }

  stats(): HandlerStats {
    return {
      handled: this.#handled,
      lagged: this.#lagged,
      errors: this.#errors,
      timeouts: this.#timeouts,
      buffered: this.#buffer.size,
    };
  }

  /** Settles when everything it has received is handled; never rejects. */
  async finish(): Promise<void> {
    await this.#working;
  }

  /** Drops what waits; the event it is busy with is finished. */
  dismiss(): void {
    this.#lose(this.#buffer.size);
    this.#buffer.clear();
  }

  /** Drops what waits, and tells it to stop with what it is busy with. */
  abandon(reason: unknown): void {
    this.dismiss();
    this.#current?.abort(reason);
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // out of the publisher's call
    let handled = 0;
    for (let event = this.#buffer.shift(); event !== undefined; event = this.#buffer.shift()) {
      await this.#handle(event);
      // A handler whose own publishing feeds it would otherwise keep timers and sockets from their turn for ever.
      if (++handled % EVENTS_IN_A_ROW === 0) await setImmediate();
    }
    this.#working = undefined;
  }

  /** Never rejects. Settles when the event is handled, or its time is up. */
  async #handle(event: AnyEvent): Promise<void> {
    const abort = new AbortController();
    this.#current = abort;
    try {
      const answer = this.#plan.handle(event as never, { signal: abort.signal });
      if (isPromise(answer)) await this.#inTime(Promise.resolve(answer), event, abort);
      if (!abort.signal.aborted) this.#handled++;
    } catch (error) {
      this.#unlessToldTo(error, event, abort.signal);
    } finally {
      this.#current = undefined;
    }
  }

  async #inTime(answer: Promise<unknown>, event: AnyEvent, abort: AbortController): Promise<void> {
    const { clock, name, timeoutMs } = this.#plan;
    let alarm: ReturnType<Clock['setTimeout']> | undefined;
    const stopped = new Promise<void>((resolve) => {
      abort.signal.addEventListener('abort', () => resolve(), { once: true });
      if (timeoutMs === 0) return;
      alarm = clock.setTimeout(() => {
        const error = new HandlerTimeoutError(name, timeoutMs, event.eventType);
        this.#timeouts++;
        this.#plan.report(error, event, 'timeout');
        abort.abort(error);
      }, timeoutMs);
      alarm.unref?.();
    });
    try {
      await Promise.race([answer, stopped]);
    } finally {
      if (alarm !== undefined) clock.clearTimeout(alarm);
    }
    if (abort.signal.aborted) this.#disown(answer, event, abort.signal);
  }

  /** Nobody waits for it any more; what it still throws is told all the same. */
  #disown(answer: Promise<unknown>, event: AnyEvent, signal: AbortSignal): void {
    answer.catch((error: unknown) => this.#unlessToldTo(error, event, signal));
  }

  /** Failing with the reason one was told to stop for is obeying. */
  #unlessToldTo(error: unknown, event: AnyEvent, { aborted, reason }: AbortSignal): void {
    if (!aborted || error !== reason) this.#fail(error, event);
  }

  #fail(error: unknown, event: AnyEvent): void {
    this.#errors++;
    this.#plan.report(error, event, 'error');
  }

  #lose(events: number): void {
    if (events === 0) return;
    this.#lagged += events;
    this.#plan.lost(events);
  }
}

const EVENTS_IN_A_ROW = 100;
