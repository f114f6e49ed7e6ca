import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Cockpit } from '../cockpit/cockpit.js';
import { createApp } from './app.js';
import { Streams } from './events-route.js';
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './options.js';

/** A server that listens. */
export class CockpitServer implements AsyncDisposable {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly #server: Server;
  readonly #cockpit: Cockpit;
  readonly #options: ResolvedServerOptions;
  readonly #streams: Streams;
  readonly #readiness: { state: 'starting' | 'ready' | 'stopping' };
  #closing: Promise<void> | undefined;

  private constructor(
    server: Server,
    cockpit: Cockpit,
    options: ResolvedServerOptions,
    parts: { streams: Streams; readiness: { state: 'starting' | 'ready' | 'stopping' } },
  ) {
    this.#server = server;
    this.#cockpit = cockpit;
    this.#options = options;
    this.#streams = parts.streams;
    this.#readiness = parts.readiness;
    const { address, family, port } = server.address() as AddressInfo;
    this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /**
   * Serves a cockpit.
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`; the error of the system when it cannot listen, such as `EADDRINUSE`
   */
  static async start(cockpit: Cockpit, given: ServerOptions = {}): Promise<CockpitServer> {
    const options = resolveServerOptions(given);
    const streams = new Streams();
    const readiness: { state: 'starting' | 'ready' | 'stopping' } = { state: 'starting' };
    const app = createApp(cockpit, options, readiness, streams);
    const server = createAdaptorServer({
      fetch: app.fetch,
      // A program that uses this keeps its own `Request` and `Response`.
      overrideGlobalObjects: false,
      serverOptions: {
        maxHeaderSize: options.maxHeaderBytes,
        requestTimeout: options.requestTimeoutMs,
        headersTimeout: Math.min(10_000, options.requestTimeoutMs),
        keepAliveTimeout: 5_000,
        connectionsCheckingInterval: Math.min(1_000, options.requestTimeoutMs),
      },
    }) as Server;
    server.maxConnections = options.maxConnections;
    server.listen(options.port, options.host);
    await once(server, 'listening');
    const started = new CockpitServer(server, cockpit, options, { streams, readiness });
    cockpit.extraction.ready().then(
      () => started.#becomeReady(),
      // It stays not ready: `/readyz` and the dashboard tell, and the pool goes on trying.
      (error: unknown) =>
        cockpit.bus.publish('system.warning', () => ({
          severity: 'error',
          message: `not ready: ${String(error)}`,
        })),
    );
    return started;
  }

  /**
   * Takes no new connections, ends the event streams, and lets requests that are being answered finish, for
   * `shutdownTimeoutMs` at most. Calling it again waits for the same end. The pools are their owner's to close.
   */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #becomeReady(): void {
    if (this.#readiness.state === 'starting') this.#readiness.state = 'ready';
  }

  async #shutDown(): Promise<void> {
    this.#readiness.state = 'stopping';
    this.#streams.closeAll();
    const { clock } = this.#cockpit;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    const timer = clock.setTimeout(
      () => this.#server.closeAllConnections(),
      this.#options.shutdownTimeoutMs,
    );
    await closed;
    clock.clearTimeout(timer);
    this.#cockpit.close();
  }
}
