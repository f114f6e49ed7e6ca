import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Whether there is a `nats-server` to test with; it is a package of Debian and others. */
export function hasNatsServer(): boolean {
  return spawnSync('nats-server', ['--version']).status === 0;
}

/** A server with JetStream of its own. */
export class NatsServer {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  static async start(): Promise<NatsServer> {
    const port = await freePort();
    const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-nats-'));
    const server = spawn(
      'nats-server',
      ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    await new Promise<void>((resolve, reject) => {
      server.once('exit', (code) => reject(new Error(`nats-server ended with ${code}`)));
      createInterface(server.stderr).on('line', (line) => {
        if (line.includes('Server is ready')) resolve();
      });
    });
    return new NatsServer(`127.0.0.1:${port}`, server, folder);
  }

  private constructor(url: string, server: ChildProcess, folder: string) {
    this.url = url;
    this.#process = server;
    this.#folder = folder;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
