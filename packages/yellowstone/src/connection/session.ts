import http2 from 'node:http2';
import type { Clock } from '@rockpool/core';
import { GrpcError } from '../errors.js';
import type { Endpoint } from './endpoint.js';

/** What a session is opened with. */
export interface SessionOptions {
  readonly clock: Clock;
  /** How much a server may send ahead on each stream and on the connection, in bytes. */
  readonly windowBytes: number;
  /** For TLS: certificates and the like, as `tls.connect` takes them. */
  readonly tls: http2.SecureClientSessionOptions | undefined;
}

/** The weight of a new round trip in the moving average. */
const EWMA_WEIGHT = 0.3;

/** One HTTP/2 connection to an endpoint; carries many calls at once. The resource of the connection pool. */
export class Session {
  readonly endpoint: Endpoint;
  readonly #http2: http2.ClientHttp2Session;
  readonly #clock: Clock;
  #rttMs: number | undefined;
  #holds = 0;

  private constructor(endpoint: Endpoint, session: http2.ClientHttp2Session, clock: Clock) {
    this.endpoint = endpoint;
    this.#http2 = session;
    this.#clock = clock;
  }

  /**
   * Connects. `died` is called once when the connection is lost or the server wants no further calls on it.
   * @throws GrpcError UNAVAILABLE when there is no connection to be had
   */
  static async open(
    endpoint: Endpoint,
    { clock, windowBytes, tls }: SessionOptions,
    signal: AbortSignal,
    died: (error?: unknown) => void,
  ): Promise<Session> {
    const raw = http2.connect(endpoint.origin, {
      ...tls,
      settings: { enablePush: false, initialWindowSize: windowBytes },
    });
    try {
      await connected(raw, signal);
    } catch (cause) {
      raw.destroy();
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new GrpcError({ status: 'UNAVAILABLE', message }, endpoint.origin, 'connecting', cause);
    }
    raw.setLocalWindowSize(windowBytes);
    raw.on('error', died);
    raw.on('goaway', () => died());
    raw.on('close', () => died());
    raw.unref();
    return new Session(endpoint, raw, clock);
  }

  /** The moving average of the round trips that were measured, in ms. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  get usable(): boolean {
    return !this.#http2.closed && !this.#http2.destroyed;
  }

  /** Opens the stream of a call. */
  request(headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
    return this.#http2.request(headers, { endStream: false });
  }

  /**
   * Measures a round trip, in ms. Rejects when the connection is lost before the answer; has no limit of its own.
   */
  ping(): Promise<number> {
    const from = this.#clock.now();
    return new Promise((resolve, reject) => {
      const answered = (error: Error | null): void => {
        if (error) reject(error);
        else resolve(this.#measured(this.#clock.now() - from));
      };
      if (!this.#http2.ping(answered)) reject(new Error('the connection takes no ping'));
    });
  }

  /** Keeps the process alive until the returned function is called: a connection at rest does not. */
  hold(): () => void {
    if (this.#holds++ === 0) this.#http2.ref();
    return () => {
      if (--this.#holds === 0 && !this.#http2.destroyed) this.#http2.unref();
    };
  }

  destroy(): void {
    this.#http2.destroy();
  }

  #measured(ms: number): number {
    this.#rttMs = this.#rttMs === undefined ? ms : this.#rttMs + EWMA_WEIGHT * (ms - this.#rttMs);
    return ms;
  }
}

function connected(session: http2.ClientHttp2Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => finish(signal.reason);
    const closed = (): void => finish(new Error('the connection was closed at once'));
    const finish = (error?: unknown): void => {
      signal.removeEventListener('abort', abort);
      session.off('connect', finish0);
      session.off('close', closed);
      // An error after the first must not end the process; the session is destroyed by then.
      if (error === undefined) session.off('error', finish);
      if (error === undefined) resolve();
      else reject(error as Error);
    };
    const finish0 = (): void => finish();
    session.on('error', finish);
    session.once('connect', finish0);
    session.once('close', closed);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
