import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Stream, StreamName } from './messages.js';

/** What the server's process says of itself. */
export type ServerNews =
  | { readonly kind: 'no data' }
  | {
      readonly kind: 'ready';
      readonly address: string;
      readonly of: Stream['kind'];
      readonly count: number;
      /** The mean size of a message, without the name of its filter. */
      readonly bytes: number;
    };

/** A server in a process of its own, so that what it costs is not counted as the client's. */
export class ServerProcess implements Disposable {
  readonly address: string;
  readonly kind: Stream['kind'];
  readonly count: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, news: Extract<ServerNews, { kind: 'ready' }>) {
    this.#child = child;
    this.address = news.address;
    this.kind = news.of;
    this.count = news.count;
  }

  /** `undefined` where the data of the stream is not there. */
  static async start(stream: StreamName): Promise<ServerProcess | undefined> {
    const file = fileURLToPath(new URL('./server.ts', import.meta.url));
    const child = fork(file, [stream], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`the server ended with ${code}`);
    });
    const [news] = (await Promise.race([once(child, 'message'), failed])) as [ServerNews];
    failed.catch(() => undefined); // it ends when it is told to
    if (news.kind === 'ready') return new ServerProcess(child, news);
    child.kill();
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}
