import { parentPort } from 'node:worker_threads';
import type { HandlerContext } from './contract/handler.js';
import type { HandlerCall, ThreadMessage } from './threads/messages.js';
import { postError } from './threads/posted-error.js';
import { postingLogger } from './threads/posting-logger.js';

/** The program of a handler thread: loads the module of each call, once, and calls what it exports. */
const port = parentPort;
if (port === null) throw new Error('this program runs in a worker thread');
const post = (message: ThreadMessage): void => port.postMessage(message);

/** What a module of a handler exports. */
interface HandlerModule {
  readonly handle?: (value: unknown, context: Partial<HandlerContext>) => unknown;
  readonly default?: HandlerModule;
}

port.on('message', (call: HandlerCall) => void answer(call));

async function answer({ module: address, value, ...call }: HandlerCall): Promise<void> {
  try {
    const module = (await import(address)) as HandlerModule;
    const handle = module.handle ?? module.default?.handle;
    if (handle === undefined) {
      throw new TypeError(`${address} exports no handler: export function handle(value, context)`);
    }
    await handle(value, {
      ...call,
      log: postingLogger(post, { pipeline: call.pipeline, handler: call.handler }),
      signal: new AbortController().signal,
      cache: undefined,
      key: undefined,
    });
    post({ kind: 'done' });
  } catch (error) {
    post({ kind: 'failed', error: postError(error) });
  }
}
