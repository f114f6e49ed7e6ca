import { reasonOf } from '@rockpool/core';
import { Ring } from '../buffer/ring.js';
import type { OutputOptions, OverflowPolicy } from '../contract/options.js';
import type { Output } from '../contract/runtime.js';
import { OverflowError } from '../errors.js';

type Reader<Out> = {
  readonly resolve: (result: IteratorResult<Out, undefined>) => void;
};

const END: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/** One reader of a pipeline's values, with a ring of its own. */
export class Subscriber<Out> implements Output<Out>, AsyncIterator<Out, undefined> {
  readonly overflow: OverflowPolicy;
  readonly #pipeline: string;
  readonly #capacity: number;
  readonly #ring: Ring<Out>;
  readonly #readers: Reader<Out>[] = [];
  readonly #onLagged: ((lost: number) => void) | undefined;
  readonly #leave: (subscriber: Subscriber<Out>) => void;
  readonly #onRoom: () => void;
  #dropped = 0;
  #untold = 0;
  #failure: OverflowError | undefined = undefined;
  #open = true;

  constructor(
    pipeline: string,
    options: OutputOptions & { capacity: number; overflow: OverflowPolicy },
    leave: (subscriber: Subscriber<Out>) => void,
    onRoom: () => void,
  ) {
    this.#pipeline = pipeline;
    this.overflow = options.overflow;
    this.#capacity = options.capacity;
    this.#ring = new Ring(options.capacity);
    this.#onLagged = options.onLagged;
    this.#leave = leave;
    this.#onRoom = onRoom;
    options.signal?.addEventListener('abort', () => this.close(), { once: true });
    if (options.signal?.aborted === true) this.close();
  }

  get dropped(): number {
    return this.#dropped;
  }

  get buffered(): number {
    return this.#ring.size;
  }

  get free(): number {
    return this.#capacity - this.#ring.size;
  }

  next(): Promise<IteratorResult<Out, undefined>> {
    this.#tellLagged();
    if (this.#ring.size > 0) {
      const value = this.#ring.shift() as Out;
      this.#onRoom();
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure !== undefined) {
      const failure = this.#failure;
      this.#failure = undefined;
      return Promise.reject(failure);
    }
    if (!this.#open) return Promise.resolve(END);
    return new Promise((resolve) => this.#readers.push({ resolve }));
  }

  return(): Promise<IteratorResult<Out, undefined>> {
    this.close();
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  close(): void {
    this.#ring.takeAll();
    this.#untold = 0;
    this.finish();
    this.#onRoom();
  }

  /** Nothing more comes; what is kept can still be read. */
  finish(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const reader of this.#readers.splice(0)) reader.resolve(END);
    this.#leave(this);
  }

  receive(value: Out): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value });
      return;
    }
    if (this.#ring.size >= this.#capacity) {
      this.#dropped++;
      if (this.overflow === 'error') {
        this.#failure = this.#overflowError();
        this.finish();
        return;
      }
      this.#untold++;
      if (this.overflow === 'drop-newest') return;
      this.#ring.shift();
    }
    this.#ring.push(value);
  }

  #tellLagged(): void {
    const lost = this.#untold;
    if (lost === 0) return;
    this.#untold = 0;
    try {
      this.#onLagged?.(lost);
    } catch (thrown) {
      process.emitWarning(`onLagged of an output threw: ${reasonOf(thrown)}`, {
        code: 'ROCKPOOL_LISTENER',
      });
    }
  }

  #overflowError(): OverflowError {
    return new OverflowError(
      `an output of pipeline ${this.#pipeline} holds ${this.#capacity} values that nobody has read; read faster or choose another overflow`,
      { pipeline: this.#pipeline },
    );
  }
}

/** Gives the values of a pipeline to all its readers. */
export class Broadcast {
  /** Told when a reader that loses nothing has read. */
  onRoom: () => void = () => undefined;
  readonly #subscribers = new Set<Subscriber<never>>();
  #blocking = 0;
  #dropped = 0;
  #ended = false;

  /** Values that may still be made before a reader that loses nothing is full. */
  get room(): number {
    if (this.#blocking === 0) return Number.POSITIVE_INFINITY;
    let room = Number.POSITIVE_INFINITY;
    for (const each of this.#subscribers) {
      if (each.overflow === 'block') room = Math.min(room, each.free);
    }
    return room;
  }

  get dropped(): number {
    let dropped = this.#dropped;
    for (const each of this.#subscribers) dropped += each.dropped;
    return dropped;
  }

  subscribe<Out>(
    pipeline: string,
    options: OutputOptions & { capacity: number; overflow: OverflowPolicy },
  ): Subscriber<Out> {
    const blocks = options.overflow === 'block';
    const leave = (gone: Subscriber<Out>): void => {
      if (!this.#subscribers.delete(gone as unknown as Subscriber<never>)) return;
      this.#dropped += gone.dropped;
      if (blocks) this.#blocking--;
    };
    const subscriber = new Subscriber<Out>(pipeline, options, leave, () => this.onRoom());
    if (this.#ended) subscriber.finish();
    else if (options.signal?.aborted !== true) {
      this.#subscribers.add(subscriber as unknown as Subscriber<never>);
      if (blocks) this.#blocking++;
    }
    return subscriber;
  }

  publish(value: unknown): void {
    if (this.#subscribers.size === 0) return;
    for (const each of [...this.#subscribers]) each.receive(value as never);
  }

  end(): void {
    this.#ended = true;
    for (const each of [...this.#subscribers]) each.finish();
  }
}
