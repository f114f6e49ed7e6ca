import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

const HEADER_BYTES = 4;
/** What is kept of one value. */
export const RECORD_BYTES = 64;

/** Writes records to a store in another process: each write is a round trip, whatever it holds. */
export class Store implements Disposable {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  /** Confirmations come in the order of the writes. */
  readonly #waiting: (() => void)[] = [];
  #next = 0;

  static async start(): Promise<Store> {
    const file = fileURLToPath(new URL('./store-process.ts', import.meta.url));
    const child = fork(file, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [port] = (await once(child, 'message')) as [number];
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Store(child, socket);
  }

  private constructor(child: ChildProcess, socket: Socket) {
    this.#child = child;
    this.#socket = socket;
    socket.on('data', (confirmed) => {
      for (let count = confirmed.length; count > 0; count -= 1) this.#confirm();
    });
    socket.on('error', (error) => {
      throw error;
    });
  }

  /** Resolves when the store has them. */
  write(records: number): Promise<void> {
    const bytes = Buffer.alloc(HEADER_BYTES + records * RECORD_BYTES);
    bytes.writeUInt32LE(records * RECORD_BYTES, 0);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(bytes);
    });
  }

  [Symbol.dispose](): void {
    this.#socket.removeAllListeners('error').on('error', () => {});
    this.#socket.destroy();
    this.#child.disconnect();
  }

  #confirm(): void {
    this.#waiting[this.#next]?.();
    this.#next += 1;
    if (this.#next < 1_024) return;
    this.#waiting.splice(0, this.#next);
    this.#next = 0;
  }
}
