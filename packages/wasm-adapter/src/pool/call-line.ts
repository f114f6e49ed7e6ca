import type { Clock } from '@rockpool/core';
import type { WasmWorkerInstance } from '../worker/instance.js';
import { isPlain } from '../worker/layout.js';

/** What the line needs of its pool. */
export interface CallLineHost {
  readonly max: number;
  readonly borrowed: number;
  /** Callers in its line. */
  readonly pending: number;
  use<R>(work: (instance: WasmWorkerInstance<object>) => R | PromiseLike<R>): Promise<R>;
}

interface Job {
  readonly name: string;
  readonly values: readonly unknown[];
  /** The call as JSON; undefined where JSON cannot say it, or where it is too long to travel with others. */
  readonly text: string | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** `waiting` in the pool's line; `taken` by a worker, perhaps along with a call before it. */
  state: 'waiting' | 'taken';
}

/**
 * Calls that wait for a worker. Each has its place in the line of the pool; but where calls of a kind are so short that
 * waking a worker takes longer than the work, the first of them takes those behind it along. A worker runs them one
 * after the other and cleans up between them, so what is saved is only the way.
 */
export class CallLine {
  readonly #host: CallLineHost;
  readonly #clock: Pick<Clock, 'now'>;
  /** Characters of all calls of a batch. */
  readonly #longestBatch: number;
  readonly #waiting = new Set<Job>();
  /** Milliseconds that a call of a function took lately, by its name. */
  readonly #pace = new Map<string, number>();

  constructor(host: CallLineHost, clock: Pick<Clock, 'now'>, slotBytes: number) {
    this.#host = host;
    this.#clock = clock;
    // A character takes three bytes at most; what is over is for the commas.
    this.#longestBatch = Math.min(Math.floor(slotBytes / 4), 16_384);
  }

  call(name: string, values: readonly unknown[]): Promise<unknown> {
    const { borrowed, max, pending } = this.#host;
    if (borrowed < max && pending === 0) {
      return this.#host.use((instance) => instance.callOnce(name, values));
    }
    return new Promise((resolve, reject) => {
      const text = textOf(name, values);
      this.#enqueue({ name, values, text, resolve, reject, state: 'waiting' });
    });
  }

  #enqueue(job: Job): void {
    job.state = 'waiting';
    this.#waiting.add(job);
    this.#host
      .use((instance) => this.#serve(instance, job))
      .catch((error: unknown) => {
        // Refused or timed out in the line; one that was taken along has its answer elsewhere.
        if (this.#waiting.delete(job)) job.reject(error);
      });
  }

  async #serve(instance: WasmWorkerInstance<object>, first: Job): Promise<void> {
    if (first.state === 'taken') return;
    const jobs = this.#takeFrom(first);
    const startedAt = this.#clock.now();
    if (jobs.length === 1) {
      await instance.callOnce(first.name, first.values).then(first.resolve, first.reject);
    } else {
      await this.#serveAll(instance, jobs);
    }
    const tookMs = (this.#clock.now() - startedAt) / jobs.length;
    for (const { name } of jobs) this.#learn(name, tookMs);
  }

  async #serveAll(instance: WasmWorkerInstance<object>, jobs: readonly Job[]): Promise<void> {
    const { answers, ended } = await instance.batchOnce(jobs.map(({ text = '' }) => text));
    for (const [index, job] of jobs.entries()) {
      const answer = answers[index];
      if (answer === undefined) {
        // The worker has ended: the call that it ran then has failed, those behind it have not begun.
        if (index === answers.length) job.reject(ended);
        else this.#enqueue(job);
      } else if (answer.kind === 'returned') job.resolve(answer.value);
      else job.reject(answer.error);
    }
  }

  /** The call and those behind it that may go along. */
  #takeFrom(first: Job): Job[] {
    const jobs: Job[] = [first];
    const most = Math.min(Math.ceil(this.#waiting.size / this.#host.max), mostCalls);
    this.#take(first);
    if (first.text === undefined) return jobs;
    let leftMs = shortBatchMs - (this.#pace.get(first.name) ?? shortBatchMs);
    let leftLength = this.#longestBatch - first.text.length;
    for (const job of this.#waiting) {
      if (jobs.length >= most || job.text === undefined) break;
      leftMs -= this.#pace.get(job.name) ?? shortBatchMs;
      leftLength -= job.text.length;
      if (leftMs < 0 || leftLength < 0) break;
      this.#take(job);
      jobs.push(job);
    }
    return jobs;
  }

  #take(job: Job): void {
    this.#waiting.delete(job);
    job.state = 'taken';
  }

  #learn(name: string, tookMs: number): void {
    const before = this.#pace.get(name);
    this.#pace.set(name, before === undefined ? tookMs : before * 0.8 + tookMs * 0.2);
  }
}

/** A batch is meant to take no longer than this: others may need the worker for something long. */
const shortBatchMs = 0.25;
const mostCalls = 32;
/** Characters of one call of a batch. */
const longestText = 256;

function textOf(name: string, values: readonly unknown[]): string | undefined {
  if (!values.every(isPlain)) return undefined;
  const text = JSON.stringify([name, ...values]);
  return text.length > longestText ? undefined : text;
}
