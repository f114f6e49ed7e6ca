import { createHash, timingSafeEqual } from 'node:crypto';
import http2, {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { reasonOf } from '@rockpool/core';
import { type Runtime, SystemError } from '@rockpool/pipeline';
import { type ChannelEnd, ClientChannel } from '../grpc/client-channel.js';
import { FrameSplitter, FramingError } from '../grpc/framing.js';
import { messageHeader } from '../grpc/headers.js';
import { codeOf } from '../grpc/status.js';
import { Feed, lagged } from './feed.js';
import {
  type ResolvedServeOptions,
  resolveServeOptions,
  type ServeOutputsOptions,
} from './options.js';
import { ListResponseSchema, SERVICE, SubscribeRequestSchema } from './schema.js';

/** What is served. */
export type ServedRuntime = Pick<Runtime, 'output' | 'pipelines'>;

const REQUEST_BYTES = 65_536;
const REFUSED_AT_ONCE = 16;
const CANCEL = 8;

/**
 * Serves the values of pipelines to clients of gRPC, as `proto/outputs.proto` describes. A client that lags behind is
 * dropped with `OUT_OF_RANGE` and told how many values it lost; the pipelines never wait for one, and what a client does
 * or sends never reaches them.
 *
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
 * @throws SystemError `ERR_PIPELINE_SYSTEM` when it cannot listen; `cause` says why
 * @example
 * await using server = await serveOutputs(runtime, { port: 9200 });
 */
export async function serveOutputs(
  runtime: ServedRuntime,
  options: ServeOutputsOptions = {},
): Promise<OutputServer> {
  const resolved = resolveServeOptions(options);
  // A few more than the limit, so that a client is refused with a word and not kept waiting.
  const maxConcurrentStreams = resolved.maxClients + REFUSED_AT_ONCE;
  const server = http2.createServer({ settings: { maxConcurrentStreams } });
  // Whoever holds connections without a call is held off before it costs anything.
  server.maxConnections = 2 * resolved.maxClients;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(resolved.port, resolved.host, resolve);
    });
  } catch (cause) {
    const where = `${resolved.host}:${resolved.port}`;
    throw new SystemError(
      'ERR_PIPELINE_SYSTEM',
      `outputs cannot be served on ${where}: ${reasonOf(cause)}`,
      { cause },
    );
  }
  return new OutputServer(runtime, server, resolved);
}

/** See {@link serveOutputs}. */
export class OutputServer implements AsyncDisposable {
  readonly #runtime: ServedRuntime;
  readonly #server: Http2Server;
  readonly #options: ResolvedServeOptions;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #clients = new Map<ClientChannel, ServerHttp2Stream>();
  readonly #feeds = new Map<string, Feed>();
  #dropped = 0;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(runtime: ServedRuntime, server: Http2Server, options: ResolvedServeOptions) {
    this.#runtime = runtime;
    this.#server = server;
    this.#options = options;
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => {
        // A client that goes away, or speaks something else; 'close' follows.
      });
    });
    server.on('stream', (stream, headers) => this.#serve(stream, headers));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What clients connect to, such as `127.0.0.1:9200`. */
  get address(): string {
    const { host } = this.#options;
    return `${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  /** Subscriptions now. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Clients that were dropped because they lagged behind. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes no new calls, sends what waits for those who read, and ends their calls with `UNAVAILABLE`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { clock, graceMs } = this.#options;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const force = clock.setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, graceMs);
    for (const client of this.#clients.keys()) client.finish(CLOSING);
    for (const session of this.#sessions) session.close();
    await closed;
    clock.clearTimeout(force);
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => {
      // The client went away; 'close' follows.
    });
    const refusal = this.#refusal(headers);
    if (refusal !== undefined) {
      refuse(stream, refusal);
      return;
    }
    const { clock, graceMs } = this.#options;
    // A call that asks for nothing is no client, and would be counted by nobody.
    const late = clock.setTimeout(() => refuse(stream, NO_REQUEST), graceMs);
    late.unref?.();
    stream.on('close', () => clock.clearTimeout(late));
    const splitter = new FrameSplitter(REQUEST_BYTES, {
      onMessage: (message) => {
        clock.clearTimeout(late);
        stream.removeAllListeners('data').resume();
        this.#answer(stream, String(headers[':path']), message);
      },
      onFault: ({ kind }) => refuse(stream, invalid(kind)),
    });
    stream.on('data', (chunk: Uint8Array) => {
      try {
        splitter.push(chunk);
      } catch (error) {
        if (!(error instanceof FramingError)) throw error;
        refuse(stream, invalid(error.message));
      }
    });
  }

  #refusal(headers: IncomingHttpHeaders): ChannelEnd | undefined {
    const { xToken } = this.#options;
    if (this.#closing !== undefined) return CLOSING;
    if (xToken !== undefined && !sameText(String(headers['x-token'] ?? ''), xToken)) {
      return {
        status: 'UNAUTHENTICATED',
        message: 'the header x-token is not the one of this server',
      };
    }
    const path = String(headers[':path']);
    if (headers[':method'] === 'POST' && (path === SUBSCRIBE || path === LIST)) return undefined;
    return {
      status: 'UNIMPLEMENTED',
      message: `there is no ${path}; there are ${SUBSCRIBE}, ${LIST}`,
    };
  }

  #answer(stream: ServerHttp2Stream, path: string, message: Uint8Array): void {
    if (stream.destroyed || stream.headersSent) return;
    if (path === LIST) {
      this.#list(stream);
      return;
    }
    let pipeline: string;
    try {
      ({ pipeline } = fromBinary(SubscribeRequestSchema, message));
    } catch (error) {
      refuse(stream, invalid(reasonOf(error)));
      return;
    }
    this.#subscribe(stream, pipeline);
  }

  #subscribe(stream: ServerHttp2Stream, pipeline: string): void {
    const { maxClients, maxWaiting, maxWaitingBytes, log } = this.#options;
    const served = this.#served();
    if (!served.includes(pipeline)) {
      const known = served.join(', ');
      refuse(stream, {
        status: 'NOT_FOUND',
        message: `there is no pipeline ${pipeline}; there are ${known}`,
      });
      return;
    }
    if (this.#clients.size >= maxClients) {
      refuse(stream, {
        status: 'RESOURCE_EXHAUSTED',
        message: `there are ${maxClients} clients, which is the limit of this server`,
      });
      return;
    }
    const client = new ClientChannel(stream, {
      capacity: maxWaiting,
      capacityBytes: maxWaitingBytes,
      compression: 'none',
      lagged: (lost) => {
        this.#dropped += 1;
        log?.log('warn', 'a client lagged behind and was dropped', { pipeline, lost });
        return lagged(lost);
      },
    });
    const feed = this.#feeds.get(pipeline) ?? this.#feedOf(pipeline);
    this.#clients.set(client, stream);
    client.onEnd = () => this.#endSoon(stream);
    stream.on('close', () => {
      feed.remove(client);
      this.#clients.delete(client);
    });
    feed.add(client);
  }

  #feedOf(pipeline: string): Feed {
    const feed = new Feed(this.#runtime, pipeline, this.#options.encode, (client) => {
      const stream = this.#clients.get(client);
      if (stream !== undefined) this.#endSoon(stream);
      client.finish({ status: 'OK', message: '' });
    });
    this.#feeds.set(pipeline, feed);
    return feed;
  }

  /** A client that does not read never sees that its call is over: the stream goes, after a while. */
  #endSoon(stream: ServerHttp2Stream): void {
    const { clock, graceMs } = this.#options;
    const force = clock.setTimeout(() => stream.close(CANCEL), graceMs);
    force.unref?.();
    stream.on('close', () => clock.clearTimeout(force));
  }

  #list(stream: ServerHttp2Stream): void {
    const channel = new ClientChannel(stream, { capacity: 1, compression: 'none' });
    const pipelines = this.#served().map((id) => ({
      id,
      kind: this.#runtime.pipelines.get(id)?.kind ?? '',
    }));
    channel.send(toBinary(ListResponseSchema, create(ListResponseSchema, { pipelines } as never)));
    channel.finish({ status: 'OK', message: '' });
  }

  #served(): readonly string[] {
    const all = [...this.#runtime.pipelines.keys()];
    const { pipelines } = this.#options;
    return pipelines === undefined ? all : all.filter((id) => pipelines.includes(id));
  }
}

const SUBSCRIBE = `/${SERVICE}/Subscribe`;
const LIST = `/${SERVICE}/List`;
const CLOSING: ChannelEnd = { status: 'UNAVAILABLE', message: 'the server is closing' };

const NO_REQUEST: ChannelEnd = {
  status: 'DEADLINE_EXCEEDED',
  message: 'no request has come',
};

const invalid = (what: string): ChannelEnd => ({
  status: 'INVALID_ARGUMENT',
  message: `the request: ${what}`,
});

function refuse(stream: ServerHttp2Stream, { status, message }: ChannelEnd): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.removeAllListeners('data').resume();
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

/** Takes the same time whatever is brought. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
