import http2, {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock, type TimerHandle } from '@rockpool/core';
import type { Compression } from '../grpc/compression.js';
import { messageHeader } from '../grpc/headers.js';
import { type CallStatus, codeOf } from '../grpc/status.js';
import type { SubscribeRequest } from '../wire/request.js';
import type { ChainMessage } from './chain-message.js';
import { ChainState } from './chain-state.js';
import { ReplayStore } from './replay-store.js';
import { Subscriber } from './subscriber.js';
import { serveUnary, unaryMethods } from './unary-calls.js';

/** The options of a stand-in. */
export interface StandInOptions {
  /** Default: any free one. */
  readonly port?: number | undefined;
  /** Calls without this header `x-token` are refused. Default: none is needed. */
  readonly xToken?: string | undefined;
  /** Slots that a client may ask for again; 0 = none. Default 150. */
  readonly replaySlots?: number | undefined;
  /** Messages that may wait for one client. Default 250,000. */
  readonly channelCapacity?: number | undefined;
  /** How often every client is pinged, in ms. Default 10,000. */
  readonly pingIntervalMs?: number | undefined;
  /** Whether messages are compressed, for clients that can read it. Default `'none'`. */
  readonly compression?: Compression | undefined;
  readonly clock?: Clock | undefined;
}

const GOODBYE_MS = 50;

const SHUTTING_DOWN: CallStatus = {
  status: 'UNAVAILABLE',
  message: 'server is shutting down try again later',
};

/**
 * A Yellowstone gRPC server for tests: behaves like the real one towards its clients, and publishes what it is given.
 *
 * @example
 * await using server = await StandIn.listen();
 * server.publish(generateChain({ seed: 1 }));
 */
export class StandIn implements AsyncDisposable {
  readonly #server: Http2Server;
  readonly #options: StandInOptions;
  readonly #clock: Clock;
  readonly #store: ReplayStore;
  readonly #chain = new ChainState();
  readonly #unary: ReturnType<typeof unaryMethods>;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #subscribers = new Set<Subscriber>();
  #waiting: ((request: SubscribeRequest) => void)[] = [];
  #pings: TimerHandle | undefined;
  /** Requests of all subscriptions so far, oldest first. */
  readonly requests: SubscribeRequest[] = [];
  /** Connections so far. */
  connections = 0;
  /** Calls so far, by method. */
  readonly calls: Map<string, number> = new Map();

  private constructor(options: StandInOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#store = new ReplayStore(options.replaySlots ?? 150);
    this.#unary = unaryMethods(this.#chain, this.#store);
    this.#server = http2.createServer();
    this.#server.on('session', (session) => {
      this.connections++;
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => {
        // A client that goes away; 'close' follows.
      });
    });
    this.#server.on('stream', (stream, headers) => this.#serve(stream, headers));
  }

  /** Starts one. */
  static async listen(options: StandInOptions = {}): Promise<StandIn> {
    const server = new StandIn(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    server.#ping();
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What clients connect to. */
  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Who is subscribed. */
  get subscribers(): readonly Subscriber[] {
    return [...this.#subscribers];
  }

  /** Lets something happen on the chain. */
  publish(messages: Iterable<ChainMessage>): void {
    for (const message of messages) {
      this.#store.add(message);
      this.#chain.observe(message);
      for (const subscriber of this.#subscribers) subscriber.publish(message);
    }
  }

  /** The next request for a subscription. */
  subscribed(): Promise<SubscribeRequest> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when all that was published has been handed to the sockets. */
  async drained(): Promise<void> {
    await Promise.all([...this.#subscribers].map(({ channel }) => channel.drained()));
  }

  /** Ends all subscriptions with a status; what waits for them is lost. */
  cut(status: CallStatus = { status: 'UNAVAILABLE', message: 'cut' }): void {
    for (const { channel } of this.#subscribers) channel.end(status);
    this.#subscribers.clear();
  }

  /** Breaks all connections, without a word. */
  disconnect(): void {
    this.#subscribers.clear();
    for (const session of this.#sessions) session.destroy();
  }

  /** Subscriptions stay, and nothing comes over them any more, not even pings; or they go on. */
  freeze(frozen: boolean): void {
    for (const { channel } of this.#subscribers) channel.freeze(frozen);
  }

  /** Writes bytes to all subscribers as they are. */
  garbage(bytes: Uint8Array): void {
    for (const { channel } of this.#subscribers) channel.raw(bytes);
  }

  /** Says good-bye to all and stops. */
  async close(): Promise<void> {
    if (this.#pings !== undefined) this.#clock.clearTimeout(this.#pings);
    this.#pings = undefined;
    this.cut(SHUTTING_DOWN);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    // A client that does not read never sees the good-bye. Real time: a clock that stands still would wait for ever.
    const force = systemClock.setTimeout(() => this.disconnect(), GOODBYE_MS);
    await closed;
    systemClock.clearTimeout(force);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const method = String(headers[':path']).replace('/geyser.Geyser/', '');
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    const { xToken } = this.#options;
    if (xToken !== undefined && headers['x-token'] !== xToken) {
      refuse(stream, { status: 'UNAUTHENTICATED', message: 'No valid auth token' });
      return;
    }
    const unary = this.#unary.get(method);
    if (unary !== undefined) serveUnary(stream, unary);
    else if (method === 'Subscribe') this.#subscribe(stream, headers);
    else refuse(stream, { status: 'UNIMPLEMENTED', message: `no method ${method}` });
  }

  #subscribe(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const { channelCapacity = 250_000, compression = 'none' } = this.#options;
    const accepted = String(headers['grpc-accept-encoding'] ?? '').split(',');
    const options = {
      capacity: channelCapacity,
      compression: accepted.includes(compression) ? compression : ('none' as const),
    };
    const subscriber = new Subscriber(stream, this.#store, options, (request) => {
      this.requests.push(request);
      this.#subscribers.add(subscriber);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve(request);
    });
    stream.on('close', () => this.#subscribers.delete(subscriber));
  }

  #ping(): void {
    this.#pings = this.#clock.setTimeout(() => {
      for (const subscriber of this.#subscribers) subscriber.ping();
      this.#ping();
    }, this.#options.pingIntervalMs ?? 10_000);
    this.#pings.unref?.();
  }
}

function refuse(stream: ServerHttp2Stream, { status, message }: CallStatus): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc+proto',
      'grpc-status': codeOf(status),
      'grpc-message': messageHeader(message),
    },
    { endStream: true },
  );
}
