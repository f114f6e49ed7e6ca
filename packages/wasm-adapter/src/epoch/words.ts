/**
 * The small shared memory of one instance, as three threads of thought see it: the guest reads the first word at every
 * check, the timekeeper sets it, the host says when.
 */
export class EpochWords {
  readonly #stop: Int32Array;
  readonly #at: Float64Array;

  constructor(buffer: ArrayBufferLike) {
    this.#stop = new Int32Array(buffer, 0, 1);
    this.#at = new Float64Array(buffer, 8, 1);
  }

  /** When the guest has to be told, in milliseconds of {@link sharedNow}; infinite for never. */
  get at(): number {
    return this.#at[0] as number;
  }

  set at(time: number) {
    this.#at[0] = time;
  }

  raise(): void {
    Atomics.store(this.#stop, 0, 1);
  }

  /** Seldom has anything to do, and is called twice for every call of a guest: so it looks first. */
  lower(): void {
    if (this.#stop[0] !== 0) Atomics.store(this.#stop, 0, 0);
  }
}

/** What the timekeeper and all others share: it says until when it sleeps, they wake it when that is too long. */
export class TimekeeperWords {
  readonly #words: Int32Array;
  readonly #until: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, 2);
    this.#until = new Float64Array(buffer, 8, 1);
  }

  static newBuffer(): SharedArrayBuffer {
    return new SharedArrayBuffer(16);
  }

  /** After something has changed that the timekeeper should know at `time`: wakes it if it would sleep longer. */
  changed(time: number): void {
    Atomics.add(this.#words, changes, 1);
    if (time < (this.#until[0] as number)) Atomics.notify(this.#words, changes);
  }

  /** Changes so far: to be read before looking at anything that others change. */
  seen(): number {
    return Atomics.load(this.#words, changes);
  }

  /** Sleeps until `time`, or until something changes, or not at all if something has changed since `seen`. */
  sleep(seen: number, time: number, now: number): void {
    this.#until[0] = time;
    // What was just written must be seen by whoever makes the next change, before we look for it.
    Atomics.add(this.#words, fence, 1);
    const forMs = time === Number.POSITIVE_INFINITY ? undefined : Math.max(0, time - now);
    Atomics.wait(this.#words, changes, seen, forMs);
  }
}

const changes = 0;
const fence = 1;

/** Milliseconds of a clock that all threads of the process share; `performance.now` begins anew in each. */
export const sharedNow = (): number => performance.now() + offset;

const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();
