const OPEN = 0;
const WRITING = 1;
const CLOSED = 2;

/**
 * Keeps a thread from being ended in the middle of a write: its lock on the index would be held for as long as the
 * process lives. The thread goes through the gate, whoever wants to end it closes the gate first.
 */
export class WriteGate {
  readonly buffer: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#state = new Int32Array(buffer);
  }

  /** In the thread: writes, unless the gate is closed; then it stands still, because it is about to be ended. */
  through<Result>(write: () => Result): Result {
    if (Atomics.compareExchange(this.#state, 0, OPEN, WRITING) === CLOSED) {
      Atomics.wait(this.#state, 0, CLOSED);
    }
    try {
      return write();
    } finally {
      Atomics.store(this.#state, 0, OPEN);
    }
  }

  /** Outside: whether the gate is closed now, so that nothing is written any more; it is not while something is. */
  close(): boolean {
    return Atomics.compareExchange(this.#state, 0, OPEN, CLOSED) !== WRITING;
  }
}
