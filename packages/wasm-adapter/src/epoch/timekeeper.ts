import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { entryFile } from '../threads/entry-file.js';
import { EpochWords, sharedNow, TimekeeperWords } from './words.js';

/** A thread's way to the timekeeper; plain data, so that it can be posted. */
export interface TimekeeperLine {
  readonly words: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** What is said on a line. */
export type TimekeeperMessage =
  | { readonly kind: 'watch'; readonly id: number; readonly epoch: ArrayBufferLike }
  | { readonly kind: 'forget'; readonly id: number };

/** The epoch of one instance, to be armed before it runs. */
export interface EpochWatch {
  /** Has the guest told after `ms`; undefined: never. */
  arm(ms: number | undefined): void;
  /** Has the instance forgotten. */
  dispose(): void;
}

/**
 * Starts the timekeeper of this process: one thread that sleeps until the next deadline and then sets a word that the
 * guest reads. It keeps no process alive and costs nothing while no guest runs.
 */
export async function startTimekeeper(): Promise<void> {
  starting ??= start();
  line ??= (await starting)();
}

/** A line for another thread; its port must be in the list of transferred objects. */
export async function lineForThread(): Promise<TimekeeperLine> {
  await startTimekeeper();
  return ((await starting) as () => TimekeeperLine)();
}

/** In a thread that was given a line: from now on its instances are watched. */
export function useTimekeeper(given: TimekeeperLine): void {
  line = given;
}

/** Has the epoch of a new instance watched. The program that it is of has started the timekeeper. */
export function watchEpoch(memory: WebAssembly.Memory): EpochWatch {
  if (line === undefined) throw new Error('bug in rockpool: an epoch without a timekeeper');
  const { port } = line;
  const timekeeper = new TimekeeperWords(line.words);
  const epoch = new EpochWords(memory.buffer);
  epoch.at = Number.POSITIVE_INFINITY;
  lastId += 1;
  const id = lastId;
  const say = (message: TimekeeperMessage): void => {
    port.postMessage(message);
    timekeeper.changed(Number.NEGATIVE_INFINITY);
  };
  say({ kind: 'watch', id, epoch: memory.buffer });
  return {
    arm: (ms) => {
      const at = ms === undefined ? Number.POSITIVE_INFINITY : sharedNow() + ms;
      // In this order: a time that comes at once may be told at once, and must not be taken back.
      epoch.lower();
      epoch.at = at;
      if (ms !== undefined) timekeeper.changed(at);
    },
    dispose: () => say({ kind: 'forget', id }),
  };
}

let starting: Promise<() => TimekeeperLine> | undefined;
let line: TimekeeperLine | undefined;
let lastId = 0;

async function start(): Promise<() => TimekeeperLine> {
  const words = TimekeeperWords.newBuffer();
  const worker = new Worker(entryFile('epoch'), {
    workerData: words,
    stdout: false,
    stderr: false,
  });
  await ready(worker);
  worker.unref();
  const timekeeper = new TimekeeperWords(words);
  return () => {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(port2, [port2]);
    timekeeper.changed(Number.NEGATIVE_INFINITY);
    port1.unref();
    return { words, port: port1 };
  };
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => {
      worker.removeListener('error', reject);
      resolve();
    });
    worker.once('error', reject);
  });
}
