import type { Overflow } from '../contract/options.js';
import type { EventSubscription, SubscriptionState } from '../contract/subscription.js';
import { SubscriberLaggedError } from '../errors.js';
import type { EventBuffer } from './buffer.js';

/** What a subscription needs of the bus. */
export interface SubscriptionHost<Event> {
  readonly buffer: EventBuffer<Event>;
  readonly bufferSize: number;
  readonly overflow: Overflow;
  readonly onLagged: ((skipped: number) => void) | undefined;
  onLaggedFailed(error: unknown): void;
  lost(events: number): void;
  /** Told once, when nothing more is to be received. */
  left(): void;
}

/** See {@link EventSubscription}. */
export class Subscription<Event> implements EventSubscription<Event> {
  readonly #host: SubscriptionHost<Event>;
  readonly #readers: Reader<Event>[] = [];
  #state: SubscriptionState = 'open';
  #lagged = 0;
  /** Lost events that the reader has not been told of. */
  #untold = 0;

  constructor(host: SubscriptionHost<Event>) {
    this.#host = host;
  }

  get buffered(): number {
    return this.#host.buffer.size;
  }

  get lagged(): number {
    return this.#lagged;
  }

  get state(): SubscriptionState {
    return this.#state;
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    const skipped = this.#untold;
    if (skipped > 0) {
      this.#untold = 0;
      if (this.#host.overflow === 'error') {
        return Promise.reject(new SubscriberLaggedError(skipped, this.#host.bufferSize));
      }
      this.#tell(skipped);
    }
    const event = this.#host.buffer.shift();
    if (event !== undefined) {
      if (this.#state === 'ending' && this.#host.buffer.size === 0) this.#state = 'closed';
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#state !== 'open') return Promise.resolve(END);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.close();
    return Promise.resolve(END);
  }

  close(): void {
    this.end();
    this.#state = 'closed';
    this.#untold = 0;
    this.#host.buffer.clear();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** An event for the reader, or for the buffer. */
  receive(event: Event): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
      return;
    }
    const { buffer } = this.#host;
    buffer.push(event);
    const skipped = buffer.takeSkipped();
    if (skipped === 0) return;
    this.#untold += skipped;
    this.#lagged += skipped;
    this.#host.lost(skipped);
  }

  /** Nothing more comes; what was kept can still be read. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = this.#host.buffer.size === 0 ? 'closed' : 'ending';
    for (const reader of this.#readers.splice(0)) reader(END);
    this.#host.left();
  }

  #tell(skipped: number): void {
    try {
      this.#host.onLagged?.(skipped);
    } catch (error) {
      this.#host.onLaggedFailed(error);
    }
  }
}

type Reader<Event> = (result: IteratorResult<Event, undefined>) => void;

const END: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });
