import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { blockHashOf } from '../../src/index.js';

/** What a node is asked, and may be told to do badly. */
export class BitcoinNode {
  /** The chain; the first block has the height `firstHeight`. */
  blocks: Uint8Array[];
  readonly firstHeight: number;
  readonly calls: string[] = [];
  /** Answers the next calls so, one each, instead of well. */
  readonly faults: ('drop' | 'warming up' | 'garbage')[] = [];
  auth: string | undefined;
  url = '';

  constructor(blocks: Uint8Array[], firstHeight = 0) {
    this.blocks = blocks;
    this.firstHeight = firstHeight;
  }

  /** Listens on a port of its own until the test is over. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { method, params, id } = JSON.parse(Buffer.concat(pieces).toString());
        this.calls.push(method);
        const fault = this.faults.shift();
        if (fault === 'drop') return void request.socket.destroy();
        if (fault === 'garbage') return void response.writeHead(502).end('<html>');
        const basic = `Basic ${Buffer.from(this.auth ?? '').toString('base64')}`;
        if (this.auth !== undefined && request.headers.authorization !== basic) {
          return void response.writeHead(401).end();
        }
        const error =
          fault === 'warming up' ? { code: -28, message: 'Loading block index…' } : undefined;
        const answer = error === undefined ? this.#answer(method, params) : { error };
        response.end(JSON.stringify({ id, result: null, error: null, ...answer }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return this;
  }

  #answer(method: string, params: readonly unknown[]): { result: unknown } | { error: unknown } {
    const missing = { error: { code: -8, message: 'Block height out of range' } };
    if (method === 'getblockcount') return { result: this.firstHeight + this.blocks.length - 1 };
    if (method === 'getblockhash') {
      const block = this.blocks[Number(params[0]) - this.firstHeight];
      return block === undefined
        ? missing
        : { result: Buffer.from(blockHashOf(block)).toString('hex') };
    }
    const named = (block: Uint8Array) =>
      Buffer.from(blockHashOf(block)).toString('hex') === params[0];
    const block = this.blocks.find(named);
    return block === undefined ? missing : { result: Buffer.from(block).toString('hex') };
  }
}
