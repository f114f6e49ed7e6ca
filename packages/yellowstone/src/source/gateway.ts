import type { Sink } from '@rockpool/pipeline';
import type { YellowstoneFrame } from './frame.js';

/**
 * The way of all subscriptions of a source into the runtime. Tells it of complete slots only when nothing is waiting
 * to be taken, so that the mark never passes a frame that is still on its way.
 */
export class Gateway {
  readonly #sink: Sink<YellowstoneFrame>;
  #waiting = 0;
  #whole = -1;
  #told = -1;

  constructor(sink: Sink<YellowstoneFrame>) {
    this.#sink = sink;
  }

  /** The last slot that the runtime was told to be complete; -1 before the first. */
  get completedUpTo(): number {
    return this.#told;
  }

  /** The last slot of which everything has come; -1 before the first. */
  get wholeUpTo(): number {
    return this.#whole;
  }

  /** The last slot whose updates are all handled; -1 before the first. */
  get handledUpTo(): number {
    return Number(this.#sink.handledUpTo() ?? -1n);
  }

  /** A promise: stop reading until it resolves. */
  push(frames: readonly YellowstoneFrame[]): Promise<void> | undefined {
    const room = this.#sink.push(frames);
    if (room === undefined) return undefined;
    this.#waiting++;
    return room.then(() => {
      this.#waiting--;
      this.#tell();
    });
  }

  /** No frame of this slot or an earlier one will come any more. */
  whole(slot: number): void {
    if (slot > this.#whole) this.#whole = slot;
    this.#tell();
  }

  #tell(): void {
    if (this.#waiting > 0 || this.#whole <= this.#told) return;
    this.#told = this.#whole;
    this.#sink.complete(BigInt(this.#told));
  }
}
