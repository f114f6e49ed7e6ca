import type { ServerHttp2Stream } from 'node:http2';
import { type Compression, compressed } from './compression.js';
import { framed } from './framing.js';
import { messageHeader } from './headers.js';
import { type CallStatus, codeOf } from './status.js';

/** Clients that count frames of HTTP/2 against each other's bytes cut servers that write one frame for each message. */
const WRITE_BYTES = 16_384;
const OK: ChannelEnd = { status: 'OK', message: '' };
/** Messages that were sent are let go together, when there are as many as wait, and at least so many. */
const KEPT_SENT = 64;

/** How a channel writes. */
export interface ChannelOptions {
  /** Messages that may wait for a slow client; one more, and it is cut. */
  readonly capacity: number;
  /** Bytes that may wait, beside the first message. Default: any number. */
  readonly capacityBytes?: number | undefined;
  readonly compression: Compression;
  /** How a client is cut that lags behind: `lost` messages are not sent. */
  readonly lagged?: ((lost: number) => ChannelEnd) | undefined;
}

/** How the server ends a call. */
export interface ChannelEnd extends CallStatus {
  /** Sent with the status. */
  readonly trailers?: Readonly<Record<string, string>> | undefined;
}

const asServersDo = (): ChannelEnd => ({ status: 'INTERNAL', message: 'lagged to send an update' });

/** The server's side of one call: messages wait in line, and are written as fast as the client reads. */
export class ClientChannel {
  readonly #stream: ServerHttp2Stream;
  readonly #options: ChannelOptions;
  #queue: Uint8Array[] = [];
  #at = 0;
  #bytes = 0;
  #status: ChannelEnd | undefined;
  #scheduled = false;
  #blocked = false;
  #frozen = false;
  #idle: (() => void)[] = [];
  /** Messages that were handed to the socket. */
  sent = 0;
  /** Called when this side has ended the call. */
  onEnd: () => void = () => {};

  constructor(stream: ServerHttp2Stream, options: ChannelOptions) {
    this.#stream = stream;
    this.#options = options;
    const { compression } = options;
    const encoding = compression === 'none' ? {} : { 'grpc-encoding': compression };
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc+proto', ...encoding },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => {
      const { status, message, trailers } = this.#status ?? OK;
      stream.sendTrailers({
        ...trailers,
        'grpc-status': codeOf(status),
        'grpc-message': messageHeader(message),
      });
    });
    stream.on('drain', () => {
      this.#blocked = false;
      this.#write();
    });
    stream.on('close', () => {
      this.#forget();
      this.#settle();
    });
  }

  get open(): boolean {
    return this.#status === undefined && !this.#stream.destroyed && !this.#stream.closed;
  }

  /** Messages that wait. */
  get waiting(): number {
    return this.#queue.length - this.#at;
  }

  /** Puts a message in line. A full line ends the call, as servers do with those who lag behind. */
  send(message: Uint8Array): void {
    if (!this.open) return;
    if (this.#isFullFor(message)) {
      this.lag(1);
      return;
    }
    this.#queue.push(message);
    this.#bytes += message.length;
    this.#schedule();
  }

  /** Cuts a client that lags behind: what waits is not sent, nor `lost` others. */
  lag(lost: number): void {
    const { lagged = asServersDo } = this.#options;
    this.end(lagged(this.waiting + lost));
  }

  /** Ends the call when what waits was handed to the socket. */
  finish(end: ChannelEnd): void {
    void this.drained().then(() => this.end(end));
  }

  /** Writes bytes as they are, in step or not. */
  raw(bytes: Uint8Array): void {
    if (this.open) this.#stream.write(bytes);
  }

  /** Ends the call; what waits in line is not sent any more. */
  end(status: ChannelEnd): void {
    if (!this.open) return;
    this.#status = status;
    this.#forget();
    this.#stream.end();
    this.#settle();
    this.onEnd();
  }

  /** Ends the stream without a status. */
  reset(code: number): void {
    this.#stream.close(code);
  }

  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    if (!frozen) this.#write();
  }

  /** Resolves when nothing waits any more, or the call has ended. */
  drained(): Promise<void> {
    if (this.waiting === 0 || !this.open) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Messages of one turn are written together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#write();
    });
  }

  #write(): void {
    while (this.waiting > 0 && !this.#blocked && !this.#frozen && this.open) {
      const parts: Uint8Array[] = [];
      let bytes = 0;
      while (this.#at < this.#queue.length) {
        const message = this.#queue[this.#at] as Uint8Array;
        const next = this.#encode(message);
        if (bytes > 0 && bytes + next.length > WRITE_BYTES) break;
        this.#bytes -= message.length;
        parts.push(next);
        bytes += next.length;
        this.#at++;
        this.sent++;
      }
      if (!this.#stream.write(Buffer.concat(parts, bytes))) this.#blocked = true;
    }
    if (this.waiting === 0) this.#settle();
    else if (this.#at >= KEPT_SENT && this.#at >= this.waiting) this.#trim();
  }

  #isFullFor({ length }: Uint8Array): boolean {
    const { capacity, capacityBytes = Number.POSITIVE_INFINITY } = this.#options;
    if (this.waiting >= capacity) return true;
    return this.waiting > 0 && this.#bytes + length > capacityBytes;
  }

  #forget(): void {
    this.#queue = [];
    this.#at = 0;
    this.#bytes = 0;
  }

  /** Lets go of what was sent. */
  #trim(): void {
    this.#queue = this.#queue.slice(this.#at);
    this.#at = 0;
  }

  #encode(message: Uint8Array): Uint8Array {
    const { compression } = this.#options;
    return compression === 'none' ? framed(message) : framed(compressed(compression, message), 1);
  }

  #settle(): void {
    if (this.#at > 0) this.#trim();
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
