import type { MessagePort } from 'node:worker_threads';
import { Caches } from '../cache/caches.js';
import { reasonOf } from '../errors.js';
import { Program } from '../host/program.js';
import type { ViewLogger } from '../log.js';
import { Engine } from '../runtime/engine.js';
import { LmdbStore } from '../store/lmdb-store.js';
import type { BlockWrites, CommitReceipt, KeyValueStore } from '../store/store.js';
import type { LogLevel, ThreadMessage, ThreadRequest, ThreadSetup } from './protocol.js';
import { sendError } from './sent-error.js';
import { writeStats } from './thread-stats.js';
import { WriteGate } from './write-gate.js';

/** Runs guests in a thread of their own: one request after the other, each with one answer. */
export function serveThread(port: MessagePort, setup: ThreadSetup): void {
  const say = (message: ThreadMessage, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  try {
    const log = loggerTo(say, setup.logging);
    const store = new GatedStore(setup);
    const caches = new Caches(setup.cache.mode, setup.cache.limitBytes);
    const program = Program.from(setup.program);
    const engine = new Engine({ program, store, caches, recycle: setup.recycle, log });
    if (setup.stateful === 'on') enableStateful(engine, log);
    const publish = (): void =>
      writeStats(setup.stats, {
        ...engine.stats(),
        compilations: Program.compilations,
        caches: caches.stats(),
      });
    publish();
    port.on('message', (request: ThreadRequest) => {
      try {
        const value = answer(engine, store, request);
        publish();
        say({ kind: 'answer', value }, value instanceof Uint8Array ? [bufferOf(value)] : []);
      } catch (error) {
        publish();
        say({ kind: 'refusal', error: sendError(error) });
      }
    });
    say({ kind: 'ready' });
  } catch (error) {
    say({ kind: 'failed', error: sendError(error) });
    port.close();
  }
}

/** The index of this thread; see {@link WriteGate}. */
class GatedStore extends LmdbStore {
  readonly #gate: WriteGate;

  constructor({ store, access, gate }: ThreadSetup) {
    super(store.path, { label: store.label, access });
    this.#gate = new WriteGate(gate);
  }

  override commit(block: BlockWrites): CommitReceipt {
    return this.#gate.through(() => super.commit(block));
  }

  override rollback(height: number): number {
    return this.#gate.through(() => super.rollback(height));
  }
}

function answer(engine: Engine, store: KeyValueStore, request: ThreadRequest): unknown {
  switch (request.kind) {
    case 'view':
      return engine.view(request.name, request.input, request.height);
    case 'preview':
      return engine.preview(request.block, request.name, request.input, request.height);
    case 'index':
      return engine.index(request.block);
    case 'rollback':
      return store.rollback(request.height);
  }
}

function enableStateful(engine: Engine, log: ViewLogger): void {
  try {
    engine.enableStateful('eager');
  } catch (error) {
    log.warn(`Failed to enable stateful views by default: ${reasonOf(error)}`);
  }
}

function loggerTo(say: (message: ThreadMessage) => void, logging: 'all' | 'warnings'): ViewLogger {
  const sender = (level: LogLevel) => (message: string) => say({ kind: 'log', level, message });
  const quiet = logging === 'warnings';
  const unheard = (): void => {};
  return {
    debug: quiet ? unheard : sender('debug'),
    info: quiet ? unheard : sender('info'),
    warn: sender('warn'),
    error: sender('error'),
  };
}

/** A result is a copy of its own and may be given away. */
function bufferOf(result: Uint8Array): ArrayBuffer {
  return result.buffer as ArrayBuffer;
}
