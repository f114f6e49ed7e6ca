import { parentPort, workerData } from 'node:worker_threads';
import { FILTERED } from './contract/parser.js';
import { Outcome, type ParserBoot, type ThreadMessage } from './threads/messages.js';
import { type Parcel, type ThreadUpdate, unpack } from './threads/parcel.js';
import { loadParser, type ParserModule } from './threads/parser-module.js';
import { postError } from './threads/posted-error.js';
import { postingLogger } from './threads/posting-logger.js';

/** The program of a parser thread: loads the module, then parses one batch after the other. */
const port = parentPort;
if (port === null) throw new Error('this program runs in a worker thread');
const post = (message: ThreadMessage): void => port.postMessage(message);
const boot = workerData as ParserBoot;
const progress = new Int32Array(boot.progress);
const context = {
  pipeline: boot.pipeline,
  signal: new AbortController().signal,
  log: postingLogger(post),
  cache: undefined,
};

try {
  const { parser, revive } = await loadParser(boot.module);
  await parser.init?.(context);
  port.on('message', (parcel: Parcel) => void answer(parser, revive, parcel));
  post({ kind: 'ready' });
} catch (error) {
  post({ kind: 'failed', error: postError(error) });
}

async function answer(
  parser: ParserModule['parser'],
  revive: ParserModule['revive'],
  parcel: Parcel,
): Promise<void> {
  const updates = unpack(parcel);
  const outcomes = new Uint8Array(updates.length);
  const values: unknown[] = new Array(updates.length);
  for (let index = 0; index < updates.length; index += 1) {
    Atomics.store(progress, 0, index + 1);
    try {
      const parsed = parser.parse(revive(updates[index] as ThreadUpdate), context);
      const value = isPromise(parsed) ? await parsed : parsed;
      if (value === FILTERED) outcomes[index] = Outcome.filtered;
      else values[index] = value;
    } catch (error) {
      outcomes[index] = Outcome.failed;
      values[index] = postError(error);
    }
  }
  Atomics.store(progress, 0, 0);
  try {
    post({ kind: 'parsed', outcomes, values });
  } catch {
    // One of them cannot be cloned: it alone has failed.
    for (const [index, value] of values.entries()) {
      try {
        structuredClone(value);
      } catch (error) {
        outcomes[index] = Outcome.failed;
        values[index] = postError(error);
      }
    }
    post({ kind: 'parsed', outcomes, values });
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
