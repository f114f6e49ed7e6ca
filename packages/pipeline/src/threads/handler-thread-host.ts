import type { Worker } from 'node:worker_threads';
import type { Logger } from '../contract/ports.js';
import { SystemError } from '../errors.js';
import { startThread } from '../start-thread.js';
import type { HandlerCall, ThreadMessage } from './messages.js';
import { receiveError } from './posted-error.js';

interface Pending {
  readonly log: Logger;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A worker thread that runs handlers. One call at a time. */
export class HandlerThread {
  readonly #worker: Worker;
  /** Called once, when the thread has ended by itself. */
  onDied: (error: Error) => void = () => {};
  #pending: Pending | undefined;
  #ended: Error | undefined;

  constructor() {
    this.#worker = startThread('handler-thread', {});
    this.#worker.on('message', (message: ThreadMessage) => this.#receive(message));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', (code) => {
      this.#die(new Error(`the handler thread ended with code ${code}`));
    });
    this.#worker.unref();
  }

  get alive(): boolean {
    return this.#ended === undefined;
  }

  /** Runs a handler. Rejects with what it throws, or when the thread ends meanwhile. */
  call(call: HandlerCall, log: Logger): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      // A value that cannot be cloned throws here: nothing was sent.
      this.#worker.postMessage(call);
      this.#pending = { log, resolve, reject };
      this.#worker.ref();
    });
  }

  /** Ends the thread. A call under way fails. */
  async end(): Promise<void> {
    this.onDied = () => {};
    this.#die(new SystemError('ERR_PIPELINE_SYSTEM', 'the handler thread was closed'));
    await this.#worker.terminate();
  }

  #receive(message: ThreadMessage): void {
    if (message.kind === 'log') {
      this.#pending?.log.log(message.level, message.message, message.fields);
    } else if (message.kind === 'done') this.#settled()?.resolve();
    else if (message.kind === 'failed') this.#settled()?.reject(receiveError(message.error));
  }

  #die(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#settled()?.reject(error);
    this.onDied(error);
  }

  #settled(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#worker.unref();
    return pending;
  }
}
