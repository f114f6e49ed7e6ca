/** The status codes of gRPC, by number. */
export const GRPC_STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** The name of a status code of gRPC. */
export type GrpcStatus = (typeof GRPC_STATUSES)[number];

/** How a call ended. */
export interface CallStatus {
  readonly status: GrpcStatus;
  readonly message: string;
}

/**
 * Statuses that another attempt would meet again: the request, the token or the server has to change first.
 * All others, also `OK` (the server ended a stream that should not end), are worth another attempt.
 */
const FINAL: ReadonlySet<GrpcStatus> = new Set([
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'INVALID_ARGUMENT',
  'UNIMPLEMENTED',
]);

/** Whether a call that ended so is worth another attempt. */
export function isRetryable(status: GrpcStatus): boolean {
  return !FINAL.has(status);
}

/** The number on the wire. */
export function codeOf(status: GrpcStatus): number {
  return GRPC_STATUSES.indexOf(status);
}

/** The status of a number on the wire; numbers of no status are `UNKNOWN`, as the specification says. */
export function statusOf(code: number): GrpcStatus {
  return GRPC_STATUSES[code] ?? 'UNKNOWN';
}

/** What an HTTP status means when the answer is not one of gRPC, such as that of a proxy. */
export function statusOfHttp(http: number): GrpcStatus {
  switch (http) {
    case 400:
      return 'INTERNAL';
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'PERMISSION_DENIED';
    case 404:
      return 'UNIMPLEMENTED';
    case 429:
    case 502:
    case 503:
    case 504:
      return 'UNAVAILABLE';
    default:
      return 'UNKNOWN';
  }
}

/** What the error code of a reset stream means. */
export function statusOfReset(code: number): GrpcStatus {
  switch (code) {
    case 7: // REFUSED_STREAM
      return 'UNAVAILABLE';
    case 8: // CANCEL
      return 'CANCELLED';
    case 11: // ENHANCE_YOUR_CALM
      return 'RESOURCE_EXHAUSTED';
    case 12: // INADEQUATE_SECURITY
      return 'PERMISSION_DENIED';
    default:
      return 'INTERNAL';
  }
}
