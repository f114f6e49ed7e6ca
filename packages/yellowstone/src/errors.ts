import { ConnectionError } from '@rockpool/pipeline';
import { type CallStatus, codeOf, type GrpcStatus, isRetryable } from './grpc/status.js';

/**
 * A call ended with a status other than OK, or could not be made. `retryable` says whether the same call may succeed
 * later; its `code` is that of all connection errors, the status says which.
 */
export class GrpcError extends ConnectionError {
  readonly status: GrpcStatus;
  /** The status as a number, as on the wire. */
  readonly grpcCode: number;
  /** What the server said, or what happened to the connection. */
  readonly detail: string;
  readonly endpoint: string;

  constructor({ status, message }: CallStatus, endpoint: string, what: string, cause?: unknown) {
    super(
      `${what} at ${endpoint} ended with ${status}: ${message || 'no reason given'}${ADVICE[status] ?? ''}`,
      {
        retryable: isRetryable(status),
        ...(cause === undefined ? {} : { cause }),
      },
    );
    this.status = status;
    this.grpcCode = codeOf(status);
    this.detail = message;
    this.endpoint = endpoint;
  }
}

const ADVICE: Partial<Record<GrpcStatus, string>> = {
  UNAUTHENTICATED: '; set the option xToken to a valid token',
  PERMISSION_DENIED: '; the token does not allow this subscription',
  INVALID_ARGUMENT: '; the server refuses the filters of a pipeline',
  UNIMPLEMENTED: '; is this the address of a Yellowstone gRPC server?',
};
