import type { ClientHttp2Stream } from 'node:http2';
import type { Session } from '../connection/session.js';
import { type FrameFault, FrameSplitter, FramingError, framed } from './framing.js';
import { type CallMetadata, callHeaders, statusIn } from './headers.js';
import { type CallStatus, statusOfReset } from './status.js';

/** Who gets what a call brings. */
export interface CallListener {
  /** The server has answered, and not with an error. */
  onOpen(): void;
  onMessage(message: Uint8Array): void;
  onFault(fault: FrameFault): void;
  /** All messages of one piece of the stream have been handed over. */
  onBatchEnd(): void;
  /** Once, and the last of all. */
  onEnd(status: CallStatus): void;
}

/** What a call is made with. */
export interface CallOptions extends CallMetadata {
  readonly session: Session;
  readonly method: string;
  readonly maxMessageBytes: number;
}

/** One gRPC call over an HTTP/2 stream, with messages in both directions. */
export class Call {
  readonly #stream: ClientHttp2Stream;
  readonly #listener: CallListener;
  #status: CallStatus | undefined;
  #ended = false;

  constructor(options: CallOptions, listener: CallListener) {
    const { session, method, maxMessageBytes } = options;
    this.#listener = listener;
    const splitter = new FrameSplitter(maxMessageBytes, listener);
    const stream = session.request(callHeaders(session.endpoint, method, options));
    this.#stream = stream;
    stream.on('response', (headers) => {
      this.#status = statusIn(headers);
      splitter.encoding = String(headers['grpc-encoding'] ?? splitter.encoding);
      if (this.#status === undefined && !this.#ended) listener.onOpen();
    });
    stream.on('trailers', (headers) => {
      this.#status = statusIn(headers) ?? this.#status;
    });
    stream.on('data', (chunk: Uint8Array) => this.#read(splitter, chunk));
    stream.on('end', () => {
      // The server is done; it keeps the stream until this side is too.
      stream.close();
      this.#end(this.#status ?? lost(stream, splitter));
    });
    stream.on('error', () => {
      // 'close' follows, and knows the code.
    });
    stream.on('close', () => this.#end(this.#status ?? lost(stream, splitter)));
  }

  /** Writes a message. False when the socket is full, or the call has ended. */
  send(message: Uint8Array): boolean {
    return !this.#stream.closed && this.#stream.write(framed(message));
  }

  /** Says that no further message will be written. */
  closeWriting(): void {
    this.#stream.end();
  }

  /** Stops reading; the server may send until the window is full, and no further. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends the call from this side. `onEnd` is not called any more. */
  cancel(): void {
    this.#ended = true;
    if (!this.#stream.destroyed) this.#stream.close(CANCEL);
    this.#stream.removeAllListeners('data').resume();
  }

  #read(splitter: FrameSplitter, chunk: Uint8Array): void {
    if (this.#ended) return;
    try {
      splitter.push(chunk);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#end({ status: 'INTERNAL', message: error.message });
      this.cancel();
      return;
    }
    this.#listener.onBatchEnd();
  }

  #end(status: CallStatus): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener.onEnd(status);
  }
}

const CANCEL = 8;

/** The stream closed without a status. */
function lost(stream: ClientHttp2Stream, splitter: FrameSplitter): CallStatus {
  const code = stream.rstCode;
  const where = splitter.atBoundary ? '' : ' within a message';
  if (code === 0) {
    return { status: 'UNAVAILABLE', message: `the connection was lost${where}` };
  }
  return { status: statusOfReset(code), message: `the stream was reset (code ${code})${where}` };
}
