/**
 * A pool of connections to a server that speaks lines over TCP. A connection is checked before it is lent, cleaned after
 * each loan, and announces its own death.
 *
 * Run it with: npx tsx examples/tcp-client.ts
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { createPool, type DestroyContext, type Poolable } from '@rockpool/core';

/** A key-value store of one process: `SET key value`, `GET key`, `SELECT space`, `PING`, `QUIT`. */
const spaces = new Map<string, Map<string, string>>();
const server = createServer((socket) => {
  let space = '0';
  const answer = (line: string): string => {
    const [command, key = '', value = ''] = line.split(' ');
    const values = spaces.get(space) ?? new Map<string, string>();
    spaces.set(space, values);
    if (command === 'SET') values.set(key, value);
    if (command === 'SELECT') space = key;
    return command === 'GET' ? (values.get(key) ?? '(none)') : 'OK';
  };
  createInterface({ input: socket }).on('line', (line) => {
    if (line === 'QUIT') socket.destroy();
    else socket.write(`${answer(line)}\n`);
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

class Connection implements Poolable {
  readonly #socket: Socket;
  readonly #lines: Interface;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket });
  }

  static async open(signal: AbortSignal, died: (error: Error) => void): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect', { signal });
    socket.on('close', () => died(new Error('the server hung up')));
    return new Connection(socket);
  }

  async ask(line: string, signal?: AbortSignal): Promise<string> {
    this.#socket.write(`${line}\n`);
    const [answer] = (await once(this.#lines, 'line', { signal })) as [string];
    return answer;
  }

  async validate(): Promise<boolean> {
    return (await this.ask('PING')) === 'OK';
  }

  /** The next borrower finds the space it expects. */
  async reset(): Promise<void> {
    await this.ask('SELECT 0');
  }

  destroy({ reason }: DestroyContext): void {
    console.log(`connection ended: ${reason}`);
    this.#lines.close();
    this.#socket.destroy();
  }
}

const pool = createPool(({ signal, died }) => Connection.open(signal, died), {
  name: 'store',
  max: 2,
  testOnBorrow: true,
});

await pool.use((connection) => connection.ask('SET tide low'));
await pool.use((connection) => connection.ask('SELECT elsewhere')); // reset() selects space 0 again
console.log(`tide: ${await pool.use((connection) => connection.ask('GET tide'))}`);

const lost = await pool
  .use((connection, lease) => connection.ask('QUIT', lease.signal))
  .catch((error: Error) => error);
console.log(`lost: ${lost instanceof Error ? String(lost.cause ?? lost) : lost}`);

const many = Array.from({ length: 50 }, (_, index) =>
  pool.use((connection) => connection.ask(`SET key${index} ${index}`)),
);
await Promise.all(many);
console.log(`50 requests, at most 2 connections at once: ${pool.stats().peakBorrowed}`);

await pool.close();
server.close();

// Prints:
// tide: low
// connection ended: died
// lost: Error: the server hung up
// 50 requests, at most 2 connections at once: 2
// connection ended: close
// connection ended: close
