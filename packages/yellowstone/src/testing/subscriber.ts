import type { ServerHttp2Stream } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ChannelOptions, ClientChannel } from '../grpc/client-channel.js';
import { FrameSplitter } from '../grpc/framing.js';
import { type SubscribeRequest, SubscribeRequestSchema } from '../wire/request.js';
import { SubscribeUpdateSchema } from '../wire/update.js';
import type { ChainMessage } from './chain-message.js';
import { matchingFilters } from './matching.js';
import type { ReplayStore } from './replay-store.js';

const REQUEST_BYTES = 2 ** 22;

/** Who subscribes: takes the requests of one client and sends it what they ask for. */
export class Subscriber {
  readonly channel: ClientChannel;
  readonly #store: ReplayStore;
  readonly #onRequest: (request: SubscribeRequest) => void;
  readonly #heads = new Map<string, Uint8Array>();
  #request: SubscribeRequest | undefined;
  /** Pings that came from the client. */
  pings = 0;

  constructor(
    stream: ServerHttp2Stream,
    store: ReplayStore,
    options: ChannelOptions,
    onRequest: (request: SubscribeRequest) => void,
  ) {
    this.channel = new ClientChannel(stream, options);
    this.#store = store;
    this.#onRequest = onRequest;
    const splitter = new FrameSplitter(REQUEST_BYTES, {
      onMessage: (message) => this.#read(fromBinary(SubscribeRequestSchema, message)),
      onFault: ({ kind }) =>
        this.channel.end({ status: 'INVALID_ARGUMENT', message: `the request: ${kind}` }),
    });
    stream.on('data', (chunk: Uint8Array) => splitter.push(chunk));
    stream.on('error', () => {
      // A client that goes away resets its stream; 'close' follows.
    });
  }

  /** What it asked for last. */
  get request(): SubscribeRequest | undefined {
    return this.#request;
  }

  /** Something new on the chain. */
  publish(message: ChainMessage): void {
    const commitment = this.#request?.commitment ?? 0;
    if (message.kind === 'slot' || commitment === 0) this.#send(message);
    if (message.kind !== 'slot' || commitment === 0) return;
    // What a commitment asks for is sent when its slot gets there.
    if (message.update.case === 'slot' && message.update.value.status === commitment) {
      for (const each of this.#store.contentOf(message.slot)) this.#send(each);
    }
  }

  ping(): void {
    this.channel.send(PING);
  }

  #read(request: SubscribeRequest): void {
    if (request.ping !== undefined) {
      this.pings++;
      this.channel.send(pong(request.ping.id));
      return;
    }
    this.#request = request;
    this.#onRequest(request);
    if (request.fromSlot !== undefined) this.#replay(Number(request.fromSlot));
  }

  #replay(from: number): void {
    const { firstAvailable } = this.#store;
    if (firstAvailable === undefined) {
      this.channel.end({ status: 'INTERNAL', message: 'from_slot is not supported' });
    } else if (from < firstAvailable) {
      this.channel.end({
        status: 'OUT_OF_RANGE',
        message: `broadcast from ${from} is not available, last available: ${firstAvailable}`,
      });
    } else {
      const commitment = this.#request?.commitment ?? 0;
      for (const message of this.#store.from(from)) {
        const sent =
          message.kind === 'slot' ||
          commitment === 0 ||
          this.#store.statusOf(message.slot) >= commitment;
        if (sent) this.#send(message);
      }
    }
  }

  #send(message: ChainMessage): void {
    const request = this.#request;
    if (request === undefined) return;
    const names = matchingFilters(request, message);
    if (names.length > 0) this.channel.send(Buffer.concat([this.#head(names), message.body]));
  }

  /** The names of filters, encoded: a message is its head and the body that all clients share. */
  #head(names: readonly string[]): Uint8Array {
    const key = names.join('\n');
    let head = this.#heads.get(key);
    if (head === undefined) {
      const update = create(SubscribeUpdateSchema, { filters: [...names] });
      head = toBinary(SubscribeUpdateSchema, update);
      this.#heads.set(key, head);
    }
    return head;
  }
}

const PING = toBinary(
  SubscribeUpdateSchema,
  create(SubscribeUpdateSchema, { updateOneof: { case: 'ping', value: {} } }),
);

function pong(id: number): Uint8Array {
  const updateOneof = { case: 'pong' as const, value: { id } };
  return toBinary(SubscribeUpdateSchema, create(SubscribeUpdateSchema, { updateOneof }));
}
