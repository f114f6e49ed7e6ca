import type { Worker } from 'node:worker_threads';
import { reasonOf, ViewThreadError } from '../errors.js';
import type { ViewLogger } from '../log.js';
import { startWorker } from '../start-worker.js';
import type { ThreadMessage, ThreadRequest, ThreadSetup } from './protocol.js';
import { receiveError } from './sent-error.js';
import { readStats, statsBoard, type ThreadStats } from './thread-stats.js';
import { WriteGate } from './write-gate.js';

/** How to start a thread. */
export interface ThreadStart {
  readonly setup: Omit<ThreadSetup, 'stats' | 'gate'>;
  /** Its place in the pool, for logs and for dispatch. */
  readonly place: number;
  readonly log: ViewLogger;
  /** Where its program lies, if not beside this package's own files. */
  readonly workerUrl?: URL | undefined;
  /** Aborts the start. */
  readonly signal?: AbortSignal | undefined;
  /** Told once, when the thread was ready and ends without having been asked to. */
  readonly onDeath: (error: ViewThreadError) => void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread that runs guests, seen from outside. It has at most one request at a time. */
export class ViewThread {
  readonly place: number;
  readonly #worker: Worker;
  readonly #board: SharedArrayBuffer;
  readonly #gate = new WriteGate();
  readonly #log: ViewLogger;
  readonly #onDeath: (error: ViewThreadError) => void;
  #state: 'starting' | 'alive' | 'ending' | 'dead' = 'starting';
  #pending: Pending | undefined;
  /** Settles when the last request has been answered, or never will be. */
  #answered: Promise<void> = Promise.resolve();
  #fault: unknown;

  private constructor({ setup, place, log, onDeath, workerUrl }: ThreadStart) {
    this.place = place;
    this.#log = log;
    this.#onDeath = onDeath;
    this.#board = statsBoard();
    const workerData = { ...setup, stats: this.#board, gate: this.#gate.buffer };
    this.#worker = startWorker({ workerData }, workerUrl);
    this.#worker.on('message', (message: ThreadMessage) => this.#hear(message));
    this.#worker.on('error', (error) => {
      this.#fault = error;
    });
    this.#worker.on('exit', (code) => this.#exited(code));
  }

  /**
   * Starts a thread; settles when it is ready.
   * @throws ViewThreadError, or what making the engine throws there
   */
  static async start(start: ThreadStart): Promise<ViewThread> {
    const thread = new ViewThread(start);
    const giveUp = (): void => void thread.end();
    start.signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await new Promise<unknown>((resolve, reject) => {
        thread.#pending = { resolve, reject };
      });
      return thread;
    } catch (error) {
      await thread.end();
      throw error;
    } finally {
      start.signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Whether it works on a request. */
  get busy(): boolean {
    return this.#pending !== undefined;
  }

  get stats(): ThreadStats {
    return readStats(this.#board);
  }

  /**
   * @throws what the engine throws there
   * @throws ViewThreadError when the thread ends before it has answered
   */
  call(request: ThreadRequest): Promise<unknown> {
    if (this.#state !== 'alive') {
      return Promise.reject(new ViewThreadError(`view thread ${this.place} has ended`));
    }
    if (this.#pending !== undefined) {
      return Promise.reject(new Error('bug in rockpool: a view thread was given two requests'));
    }
    // An idle thread does not hold the process, one that is wanted does.
    this.#worker.ref();
    this.#worker.postMessage(request);
    const answer = new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
    const over = (): void => {};
    this.#answered = answer.then(over, over);
    return answer;
  }

  /** Ends the thread whatever it does, also in the middle of a loop; only what it is writing is written to its end. */
  async end(): Promise<void> {
    if (this.#state !== 'dead') this.#state = 'ending';
    // The answer comes after the write, and no other request can follow it.
    while (this.#state !== 'dead' && !this.#gate.close()) await this.#answered;
    await this.#worker.terminate();
  }

  #hear(message: ThreadMessage): void {
    switch (message.kind) {
      case 'log':
        this.#log[message.level](message.message);
        return;
      case 'ready':
        this.#state = 'alive';
        this.#settle().resolve(undefined);
        return;
      case 'answer':
        this.#settle().resolve(message.value);
        return;
      case 'failed':
      case 'refusal':
        this.#settle().reject(receiveError(message.error));
    }
  }

  #settle(): Pending {
    const pending = this.#pending;
    if (pending === undefined) throw new Error('bug in rockpool: an answer nobody asked for');
    this.#pending = undefined;
    this.#worker.unref();
    return pending;
  }

  #exited(code: number): void {
    const before = this.#state;
    const asked = before === 'ending';
    this.#state = 'dead';
    const why = this.#fault === undefined ? `with code ${code}` : `with ${reasonOf(this.#fault)}`;
    const error = new ViewThreadError(
      asked ? `view thread ${this.place} was ended` : `view thread ${this.place} died ${why}`,
      this.#fault,
    );
    this.#pending?.reject(error);
    this.#pending = undefined;
    // A start that failed is told by its own rejection.
    if (before === 'alive') this.#onDeath(error);
  }
}
