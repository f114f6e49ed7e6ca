import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** What a thread does without any pool: the same function of the same module, over and over. */
const PROGRAM = `
  const { parentPort, workerData: { bytes, rounds } } = require('node:worker_threads');
  let memory;
  const env = new Proxy({}, { get: (_, name) => ({
    __host_len: () => 8,
    __load_input: (at) => {
      const view = new DataView(memory.buffer);
      view.setUint32(at, 0, true);
      view.setUint32(at + 4, rounds, true);
    },
  })[name] ?? (() => 0) });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  memory = instance.exports.memory;
  parentPort.on('message', (views) => {
    for (let i = 0; i < views; i++) instance.exports.slow();
    parentPort.postMessage('done');
  });
`;

/** Threads with an instance each and nothing else: the least that views side by side can cost. */
export class BareThreads {
  readonly #workers: readonly Worker[];

  constructor(file: string, rounds: number, count: number) {
    const bytes = readFileSync(file);
    this.#workers = Array.from({ length: count }, () => {
      return new Worker(PROGRAM, { eval: true, execArgv: [], workerData: { bytes, rounds } });
    });
  }

  /** Shares `views` out evenly. */
  async run(views: number): Promise<void> {
    const share = views / this.#workers.length;
    await Promise.all(this.#workers.map((worker) => answerTo(worker, share)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function answerTo(worker: Worker, views: number): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () => {
      worker.off('error', reject);
      resolve();
    });
    worker.postMessage(views);
  });
}
