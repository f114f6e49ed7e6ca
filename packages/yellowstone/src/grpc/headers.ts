import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Endpoint } from '../connection/endpoint.js';
import { acceptedBy, type Compression } from './compression.js';
import { type CallStatus, statusOf, statusOfHttp } from './status.js';

/** Headers that go with every call. */
export interface CallMetadata {
  readonly xToken: string | undefined;
  /** Which compression the server may use for its messages. */
  readonly compression: Compression;
  readonly headers: Readonly<Record<string, string>>;
}

/** The headers of a call of `geyser.Geyser`. */
export function callHeaders(
  { prefix }: Endpoint,
  method: string,
  { xToken, compression, headers }: CallMetadata,
): OutgoingHttpHeaders {
  return {
    ':method': 'POST',
    ':path': `${prefix}/geyser.Geyser/${method}`,
    te: 'trailers',
    'content-type': 'application/grpc+proto',
    'grpc-accept-encoding': acceptedBy(compression),
    ...headers,
    ...(xToken === undefined ? {} : { 'x-token': xToken }),
  };
}

/** The status in the headers or trailers of an answer, if there is one. */
export function statusIn(headers: IncomingHttpHeaders): CallStatus | undefined {
  const http = Number(headers[':status'] ?? 200);
  const code = headers['grpc-status'];
  if (code !== undefined) {
    return { status: statusOf(Number(code)), message: messageOf(headers['grpc-message']) };
  }
  return http === 200
    ? undefined
    : { status: statusOfHttp(http), message: `the answer was HTTP ${http}, not gRPC` };
}

/** The header of a message: ASCII, and percent-encoded beyond. Clients decode no more than `decodeURI` does. */
export function messageHeader(message: string): string {
  // By way of UTF-8, because half a surrogate pair would throw.
  return encodeURI(Buffer.from(message).toString());
}

/** Percent-encoded on the wire; what is not well encoded is shown as it is. */
function messageOf(value: unknown): string {
  const text = value === undefined ? '' : String(value);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
