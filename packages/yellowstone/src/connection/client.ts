import type { Message, MessageInitShape } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { callUnary, type UnaryOptions } from '../grpc/unary.js';
import { UNARY, type UnaryMethod } from '../wire/unary.js';
import type { Endpoint } from './endpoint.js';
import type { SessionPool } from './session-pool.js';

/** What can be asked about a point in time. */
export interface AtCommitment {
  /** 0 processed, 1 confirmed, 2 finalized. Default: the server's. */
  readonly commitment?: number;
}

/**
 * The unary methods of a server, over pooled connections. All of them throw GrpcError when the call ends with another
 * status than OK or not in time, and PoolError when there is no connection.
 */
export class GeyserClient {
  readonly #pool: SessionPool;
  readonly #endpoint: Endpoint;
  readonly #options: UnaryOptions;

  constructor(pool: SessionPool, endpoint: Endpoint, options: UnaryOptions) {
    this.#pool = pool;
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** The version of the server: a text, often JSON. */
  async version(): Promise<string> {
    return (await this.#call(UNARY.getVersion, {})).version;
  }

  async slot(at: AtCommitment = {}): Promise<bigint> {
    return (await this.#call(UNARY.getSlot, at)).slot;
  }

  async blockHeight(at: AtCommitment = {}): Promise<bigint> {
    return (await this.#call(UNARY.getBlockHeight, at)).blockHeight;
  }

  /** The newest blockhash, its slot, and the last block height at which it is valid. */
  async latestBlockhash(
    at: AtCommitment = {},
  ): Promise<{ slot: bigint; blockhash: string; lastValidBlockHeight: bigint }> {
    const { slot, blockhash, lastValidBlockHeight } = await this.#call(
      UNARY.getLatestBlockhash,
      at,
    );
    return { slot, blockhash, lastValidBlockHeight };
  }

  async isBlockhashValid(blockhash: string, at: AtCommitment = {}): Promise<boolean> {
    return (await this.#call(UNARY.isBlockhashValid, { blockhash, ...at })).valid;
  }

  /** The number comes back as it was sent. */
  async ping(count: number): Promise<number> {
    return (await this.#call(UNARY.ping, { count })).count;
  }

  /** The oldest slot that a subscription may begin with; `undefined` when the server keeps none. */
  async firstAvailableSlot(): Promise<bigint | undefined> {
    return (await this.#call(UNARY.subscribeReplayInfo, {})).firstAvailable;
  }

  /** The round trip of the connection, in ms. */
  async roundTripMs(): Promise<number> {
    using lease = await this.#pool.acquire(this.#endpoint);
    return lease.resource.rttMs ?? (await lease.resource.ping());
  }

  async #call<Request extends Message, Response extends Message>(
    method: UnaryMethod<Request, Response>,
    init: NoInfer<MessageInitShape<GenMessage<Request>>>,
  ): Promise<Response> {
    using lease = await this.#pool.acquire(this.#endpoint);
    return await callUnary(lease.resource, method, init, this.#options);
  }
}
