import type { MessagePort, Worker } from 'node:worker_threads';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { systemClock, type TimerHandle } from '@rockpool/core';
import { lineForThread } from '../epoch/timekeeper.js';
import { WasmAbiError, WasmClosedError, WasmDeadlineError, WasmWorkerError } from '../errors.js';
import type { WasmCounters } from '../instance/counters.js';
import type { WorkerBoot, WorkerGreeting } from './boot.js';
import type { PostedError } from './errors.js';
import { receiveError } from './errors.js';
import type { SharedSlots } from './layout.js';
import {
  Form,
  isPlain,
  mostNumbers,
  numbersOf,
  Operation,
  readCounters,
  sameName,
  shortText,
  Word,
} from './layout.js';
import { readRecords } from './records.js';
import type { SlotShelf } from './slot-shelf.js';
import { spawnWorker } from './spawn.js';

/** What the pool knows of a worker before it is started. */
export type WorkerPlan = Omit<WorkerBoot, 'slots' | 'port' | 'timekeeper'> & {
  readonly hardKillAfterMs: number | undefined;
};

/** How one call of a batch ended. */
export type BatchAnswer =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: Error };

/** Answers in the order of the calls; fewer than calls, and why, if the worker ended meanwhile. */
export interface BatchResult {
  readonly answers: readonly BatchAnswer[];
  readonly ended: Error | undefined;
}

type Pending = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  timer: TimerHandle | undefined;
};

/** The pool's end of one worker: requests go through shared memory, large values through a port. */
export class RemoteGuest {
  /** Modules that the worker had to compile itself: none, because they are posted. */
  readonly compiled: number;
  readonly warnings: readonly string[];
  readonly #plan: WorkerPlan;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  readonly #input: Buffer;
  readonly #output: Buffer;
  readonly #counters: Float64Array;
  readonly #numbers: Float64Array;
  /** The name that the worker knows from the call before. */
  #lastName: string | undefined;
  #pending: Pending | undefined;
  #ended: Error | undefined;
  #hardKills = 0;
  #onEnd: (error: Error) => void = () => undefined;
  /** What a batch has got when its worker ended. */
  #rescued: readonly BatchAnswer[] = [];

  /** Starts a worker and waits until its guest is ready; ends it again if `signal` aborts before. */
  static async start(
    plan: WorkerPlan,
    shelf: SlotShelf,
    signal: AbortSignal,
  ): Promise<RemoteGuest> {
    signal.throwIfAborted();
    const timekeeper = plan.program.report.metering === 'epoch' ? await lineForThread() : undefined;
    const slots = shelf.take();
    const { port1, port2 } = new MessageChannel();
    const { hardKillAfterMs: _hardKillAfterMs, ...boot } = plan;
    const worker = spawnWorker({ ...boot, slots, port: port2, timekeeper });
    worker.once('exit', () => shelf.giveBack(slots));
    let giveUp: () => void = () => undefined;
    const greeting = await new Promise<WorkerGreeting>((resolve, reject) => {
      giveUp = () => {
        void worker.terminate();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      worker.once('message', resolve);
      worker.once('error', (error) =>
        reject(new WasmWorkerError('a worker failed to start', error)),
      );
      worker.once('exit', (code) =>
        reject(new WasmWorkerError(`a worker ended with code ${code} before it was ready`)),
      );
    }).finally(() => signal.removeEventListener('abort', giveUp));
    worker.removeAllListeners('message').removeAllListeners('error');
    if (greeting.kind === 'failed') {
      await worker.terminate();
      throw receiveError(greeting.error);
    }
    return new RemoteGuest(plan, worker, port1, slots, greeting);
  }

  private constructor(
    plan: WorkerPlan,
    worker: Worker,
    port: MessagePort,
    slots: SharedSlots,
    greeting: Extract<WorkerGreeting, { kind: 'ready' }>,
  ) {
    this.#plan = plan;
    this.#worker = worker;
    this.#port = port;
    this.#control = new Int32Array(slots.control);
    this.#input = Buffer.from(slots.input);
    this.#output = Buffer.from(slots.output);
    this.#counters = new Float64Array(slots.counters);
    this.#numbers = numbersOf(slots);
    this.compiled = greeting.compiled;
    this.warnings = greeting.warnings;
    worker.once('error', (error) => this.#end(new WasmWorkerError('a worker crashed', error)));
    // Before the slots are given back, which hold the last counters.
    worker.prependOnceListener('exit', (code) =>
      this.#end(new WasmWorkerError(`a worker ended with code ${code}`)),
    );
    worker.unref();
    port.unref();
  }

  /** Called once, when the worker has ended, however it did. */
  set onEnd(listener: (error: Error) => void) {
    this.#onEnd = listener;
    if (this.#ended !== undefined) listener(this.#ended);
  }

  get alive(): boolean {
    return this.#ended === undefined;
  }

  get counters(): WasmCounters {
    const counters = readCounters(this.#counters);
    counters.hardKills = this.#hardKills;
    return counters;
  }

  call(
    name: string,
    values: readonly unknown[],
    ending: 'keeps-loan' | 'ends-loan',
  ): Promise<unknown> {
    return this.#request(name, ending, () => {
      if (values.length <= mostNumbers && values.every(isNumber)) {
        for (let at = 0; at < values.length; at += 1) this.#numbers[at] = values[at] as number;
        this.#control[Word.numbers] = values.length;
        this.#writeName(name);
        return Operation.callNumbers;
      }
      if (values.every(isPlain)) {
        const text = values.length === 0 ? '' : JSON.stringify(values);
        if (text.length * 3 <= Math.min(this.#input.length - name.length * 3, shortText)) {
          const nameLength = this.#writeName(name);
          this.#control[Word.inputLength] = this.#input.write(text, nameLength, 'utf8');
          return Operation.callJson;
        }
      }
      this.#port.postMessage({ name, values });
      return Operation.callMessage;
    });
  }

  /** A string is written to shared memory as UTF-8, so the guest gets its bytes without a copy in between. */
  callBytes(
    name: string,
    input: Uint8Array | string,
    ending: 'keeps-loan' | 'ends-loan',
  ): Promise<unknown> {
    return this.#request(name, ending, () => {
      const room = this.#input.length - name.length * 3;
      const fits = typeof input === 'string' ? input.length * 3 <= room : input.length <= room;
      if (!fits) {
        this.#port.postMessage({
          name,
          bytes: typeof input === 'string' ? Buffer.from(input) : input,
        });
        return Operation.callMessage;
      }
      const nameLength = this.#writeName(name);
      if (typeof input === 'string') {
        this.#control[Word.inputLength] = this.#input.write(input, nameLength, 'utf8');
      } else {
        this.#input.set(input, nameLength);
        this.#control[Word.inputLength] = input.length;
      }
      return Operation.callBytes;
    });
  }

  /** Where the input begins, in bytes: behind the name, unless the worker knows it already. */
  #writeName(name: string): number {
    if (name === this.#lastName) {
      this.#control[Word.nameLength] = sameName;
      return 0;
    }
    this.#lastName = name;
    const nameLength = this.#input.write(name, 0, 'utf8');
    this.#control[Word.nameLength] = nameLength;
    return nameLength;
  }

  /** Runs several calls, each given as a JSON array of its name and values; never rejects. */
  batch(calls: readonly string[]): Promise<BatchResult> {
    const all = `[${calls.join(',')}]`;
    return this.#request('a batch', 'ends-loan', () => {
      this.#control[Word.inputLength] = this.#input.write(all, 0, 'utf8');
      return Operation.batch;
    }).then(
      () => ({ answers: this.#batchAnswers(calls.length), ended: undefined }),
      (ended: Error) => ({ answers: this.#rescued, ended }),
    );
  }

  /** Settles when the guest is clean again. */
  reset(): Promise<unknown> {
    return this.#request('reset', 'ends-loan', () => Operation.reset);
  }

  async terminate(): Promise<void> {
    this.#end(new WasmClosedError(`a worker of ${this.#plan.program.name}`));
    await this.#worker.terminate();
  }

  #request(
    name: string,
    ending: 'keeps-loan' | 'ends-loan',
    write: () => number,
  ): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#pending !== undefined) {
      return Promise.reject(
        new WasmAbiError(
          `${name}() was called while another call runs in the same worker; await it first`,
        ),
      );
    }
    const control = this.#control;
    return new Promise((resolve, reject) => {
      try {
        control[Word.operation] = write();
      } catch (error) {
        reject(error as Error); // a value that cannot be cloned: nothing was sent
        return;
      }
      control[Word.endsLoan] = ending === 'ends-loan' ? 1 : 0;
      const before = Atomics.load(control, Word.answer);
      control[Word.done] = 0;
      const pending = { resolve, reject, timer: this.#killTimer(name, before) };
      this.#pending = pending;
      this.#worker.ref(); // waiting for shared memory alone does not keep the process alive
      Atomics.add(control, Word.request, 1);
      Atomics.notify(control, Word.request);
      this.#await(pending, before);
    });
  }

  /**
   * Waits until the count of answers has changed, and not only until it is rung: the worker may be held up between an
   * answer and its bell, this thread see the answer without the bell, and the bell then ring for the next request.
   */
  #await(pending: Pending, before: number): void {
    const wait = waitAsync(this.#control, Word.answer, before);
    if (!wait.async) {
      this.#arrived(pending);
      return;
    }
    void wait.value.then(() => {
      if (this.#pending !== pending) return; // the worker ended first
      if (Atomics.load(this.#control, Word.answer) === before) this.#await(pending, before);
      else this.#arrived(pending);
    });
  }

  #arrived(pending: Pending): void {
    this.#pending = undefined;
    if (pending.timer !== undefined) systemClock.clearTimeout(pending.timer);
    this.#worker.unref();
    const operation = this.#control[Word.operation];
    if (operation === Operation.reset || operation === Operation.batch) {
      pending.resolve(true);
      return;
    }
    switch (this.#control[Word.form] as number) {
      case Form.nothing:
        pending.resolve(undefined);
        return;
      case Form.number:
        pending.resolve(this.#numbers[0]);
        return;
      case Form.bytes:
        pending.resolve(new Uint8Array(this.#output.subarray(0, this.#control[Word.outputLength])));
        return;
      case Form.json:
        pending.resolve(
          JSON.parse(this.#output.toString('utf8', 0, this.#control[Word.outputLength] ?? 0)),
        );
        return;
      case Form.error:
        pending.reject(receiveError(receiveMessageOnPort(this.#port)?.message as PostedError));
        return;
      default:
        pending.resolve(receiveMessageOnPort(this.#port)?.message);
    }
  }

  #batchAnswers(count: number): BatchAnswer[] {
    return readRecords(this.#output, count).map(({ form, text }): BatchAnswer => {
      if (form === Form.json) return { kind: 'returned', value: JSON.parse(text) };
      if (form === Form.nothing) return { kind: 'returned', value: undefined };
      const message: unknown = receiveMessageOnPort(this.#port)?.message;
      return form === Form.error
        ? { kind: 'threw', error: receiveError(message as PostedError) }
        : { kind: 'returned', value: message };
    });
  }

  #killTimer(name: string, answersBefore: number, doneBefore = 0): TimerHandle | undefined {
    const { hardKillAfterMs, program } = this.#plan;
    if (hardKillAfterMs === undefined) return undefined;
    const startedAt = systemClock.now();
    return systemClock.setTimeout(() => {
      const pending = this.#pending;
      // The answer may be there and this thread too busy to have looked.
      if (pending === undefined || Atomics.load(this.#control, Word.answer) !== answersBefore)
        return;
      const done = Atomics.load(this.#control, Word.done);
      if (done !== doneBefore) {
        pending.timer = this.#killTimer(name, answersBefore, done);
        return;
      }
      this.#hardKills += 1;
      const elapsedMs = systemClock.now() - startedAt;
      this.#end(
        new WasmDeadlineError(`${program.name}.${name}()`, {
          deadlineMs: hardKillAfterMs,
          elapsedMs,
          stopped: 'worker',
        }),
      );
      void this.#worker.terminate();
    }, hardKillAfterMs);
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending?.timer !== undefined) systemClock.clearTimeout(pending.timer);
    if (pending !== undefined && this.#control[Word.operation] === Operation.batch) {
      this.#rescued = this.#batchAnswers(Atomics.load(this.#control, Word.done));
    }
    this.#port.close();
    Atomics.notify(this.#control, Word.answer);
    this.#onEnd(error);
    pending?.reject(error);
  }
}

const isNumber = (value: unknown): boolean => typeof value === 'number';

type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
) => { readonly async: false } | { readonly async: true; readonly value: Promise<string> };

/** In V8 since version 8.7, in the types of TypeScript's libraries only since ES2024. */
const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };
