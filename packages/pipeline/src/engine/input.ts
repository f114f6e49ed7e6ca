import { BoundedBuffer } from '../buffer/bounded.js';
import { OverflowNotice } from '../buffer/overflow-notice.js';
import { Ring } from '../buffer/ring.js';
import type { ResolvedBufferOptions } from '../contract/options.js';
import type { Frame } from '../contract/update.js';
import type { Mark } from '../state/progress.js';
import type { Surroundings } from './surroundings.js';

/** A frame that has come in. */
export interface Arrival {
  readonly frame: Frame;
  readonly sizeBytes: number;
  readonly receivedAtMs: number;
  readonly mark: Mark | undefined;
}

/** Frames that did not fit, and the source that waits for them. */
interface Held {
  readonly frames: readonly Frame[];
  next: number;
  readonly resolve: () => void;
}

/** The buffer between the source and the pipelines. Holds bytes, not objects, and makes the source wait. */
export class Input {
  received = 0;
  discarded = 0;
  /** Told when there is something to route. */
  onArrival: () => void = () => undefined;
  /** Told when the policy is `error` and the buffer is full. */
  onOverflow: () => void = () => undefined;
  readonly #surroundings: Surroundings;
  readonly #buffer: BoundedBuffer<Arrival>;
  readonly #overflow: OverflowNotice;
  readonly #held = new Ring<Held>();
  #closed = false;

  constructor(options: ResolvedBufferOptions, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#overflow = new OverflowNotice(surroundings.agenda, (dropped, droppedInAll) =>
      surroundings.events.emit('overflow', {
        pipeline: undefined,
        policy: options.overflowPolicy,
        dropped,
        droppedInAll,
      }),
    );
    this.#buffer = new BoundedBuffer(options, ({ mark }) => {
      this.#overflow.drop();
      if (mark !== undefined) surroundings.progress.close(mark);
    });
  }

  get size(): number {
    return this.#buffer.size;
  }

  get bytes(): number {
    return this.#buffer.bytes;
  }

  get capacity(): number {
    return this.#buffer.capacity;
  }

  get dropped(): number {
    return this.#overflow.dropped;
  }

  /** Whether nothing is in it and nobody waits to put something in. */
  get empty(): boolean {
    return this.#buffer.size === 0 && this.#held.size === 0;
  }

  push(frames: readonly Frame[]): void | Promise<void> {
    if (this.#closed) return undefined;
    const taken = this.#held.size > 0 ? 0 : this.#take(frames, 0);
    if (taken === frames.length) {
      this.onArrival();
      // Also where there is room: a source that is never told to wait would not let the event loop turn.
      const wait = this.#held.size > 0 || this.#surroundings.slice.over;
      return wait ? this.#wait([], 0) : undefined;
    }
    const waiting = this.#wait(frames, taken);
    this.onArrival();
    return waiting;
  }

  next(): Arrival | undefined {
    return this.#buffer.shift();
  }

  /** Takes what was held back, as far as there is room now; whether there was anything. */
  refill(): boolean {
    const held = this.#held.peek();
    if (held === undefined) return false;
    const before = held.next;
    held.next = this.#take(held.frames, held.next);
    if (held.next === held.frames.length) {
      this.#held.shift();
      held.resolve();
      return true;
    }
    return held.next > before;
  }

  /** Takes nothing more: sources that wait may go on, to no effect. */
  close(): void {
    this.#closed = true;
    for (const held of this.#held.takeAll()) held.resolve();
  }

  /** Throws away what is in it. */
  discard(): void {
    while (this.#buffer.shift() !== undefined) this.discarded++;
    this.#overflow.flush();
  }

  #take(frames: readonly Frame[], from: number): number {
    const { clock, progress, slice } = this.#surroundings;
    const receivedAtMs = clock.now();
    for (let index = from; index < frames.length; index++) {
      const frame = frames[index] as Frame;
      const sizeBytes = frame.sizeBytes ?? frame.bytes.byteLength;
      if (!this.#buffer.fits(sizeBytes)) {
        if (this.#buffer.policy !== 'block') slice.extend();
        this.onArrival();
        if (this.#buffer.policy === 'block' && !this.#buffer.fits(sizeBytes)) return index;
      }
      const { position } = frame;
      const mark = position === undefined ? undefined : progress.open(position);
      this.received++;
      const offer = this.#buffer.offer({ frame, sizeBytes, receivedAtMs, mark });
      if (offer === 'overflowed') this.onOverflow();
    }
    return frames.length;
  }

  #wait(frames: readonly Frame[], next: number): Promise<void> {
    return new Promise((resolve) => this.#held.push({ frames, next, resolve }));
  }
}
