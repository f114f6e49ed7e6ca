import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { blockHashOf } from '../indexing/bitcoin-block.js';

/** What a node does instead of answering well: hang up, say that it is not ready yet, answer something that is no JSON. */
export type NodeFault = 'drop' | 'warming up' | 'garbage';

/** How a node is started. */
export interface BitcoinNodeOptions {
  /** The height of the first block. Default 0. */
  readonly firstHeight?: number | undefined;
  /** Default any that is free. */
  readonly port?: number | undefined;
}

/** A Bitcoin node as far as its RPC for blocks goes: over real HTTP, with blocks that the test may exchange. */
export class BitcoinNode implements AsyncDisposable {
  /** The chain; the first block has the height `firstHeight`. */
  blocks: Uint8Array[];
  readonly firstHeight: number;
  /** Transactions that wait for a block: what the node would mine next. */
  mempool: Uint8Array[] = [];
  /** The methods it was asked for, in order. */
  readonly calls: string[] = [];
  /** Answers the next calls so, one each, instead of well. */
  readonly faults: NodeFault[] = [];
  /** `user:password` that it insists on. */
  auth: string | undefined;
  readonly #server: Server;

  private constructor(blocks: readonly Uint8Array[], firstHeight: number) {
    this.blocks = [...blocks];
    this.firstHeight = firstHeight;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  /** Listens on this machine. */
  static async start(
    blocks: readonly Uint8Array[],
    { firstHeight = 0, port = 0 }: BitcoinNodeOptions = {},
  ): Promise<BitcoinNode> {
    const node = new BitcoinNode(blocks, firstHeight);
    node.#server.listen(port, '127.0.0.1');
    await once(node.#server, 'listening');
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Hangs up on everybody. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method, params, id } = JSON.parse(Buffer.concat(pieces).toString());
      this.calls.push(method);
      const fault = this.faults.shift();
      if (fault === 'drop') {
        request.socket.destroy();
        return;
      }
      if (fault === 'garbage') {
        response.writeHead(502).end('<html>');
        return;
      }
      const basic = `Basic ${Buffer.from(this.auth ?? '').toString('base64')}`;
      if (this.auth !== undefined && request.headers.authorization !== basic) {
        response.writeHead(401).end();
        return;
      }
      const answer = fault === 'warming up' ? WARMING_UP : this.#answer(method, params);
      response.end(JSON.stringify({ id, result: null, error: null, ...answer }));
    });
  }

  #template(): unknown {
    const height = this.firstHeight + this.blocks.length;
    const tip = this.blocks.at(-1);
    return {
      version: 0x2000_0000,
      previousblockhash: tip === undefined ? '0'.repeat(64) : hashOf(tip),
      transactions: this.mempool.map((transaction) => ({
        data: Buffer.from(transaction).toString('hex'),
        txid: Buffer.from(twice(transaction)).reverse().toString('hex'),
      })),
      coinbasevalue: 5_000_000_000,
      curtime: 1_296_688_602 + 600 * height,
      bits: '207fffff',
      height,
    };
  }

  #answer(method: string, params: readonly unknown[]): { result: unknown } | { error: unknown } {
    if (method === 'getblockcount') return { result: this.firstHeight + this.blocks.length - 1 };
    if (method === 'getblockhash') {
      const block = this.blocks[Number(params[0]) - this.firstHeight];
      return block === undefined ? MISSING : { result: hashOf(block) };
    }
    if (method === 'getblocktemplate') return { result: this.#template() };
    if (method !== 'getblock') return { error: { code: -32_601, message: 'Method not found' } };
    const block = this.blocks.find((each) => hashOf(each) === params[0]);
    return block === undefined ? MISSING : { result: Buffer.from(block).toString('hex') };
  }
}

const WARMING_UP = { error: { code: -28, message: 'Loading block index…' } };
const MISSING = { error: { code: -8, message: 'Block height out of range' } };

function twice(bytes: Uint8Array): Uint8Array {
  return hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer');
}

function hashOf(block: Uint8Array): string {
  return Buffer.from(blockHashOf(block)).toString('hex');
}
