import {
  GuestError,
  StoreError,
  ViewError,
  type ViewErrorCode,
  ViewThreadError,
} from '../errors.js';
import type { SentError } from './protocol.js';

export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) {
    return { name: 'Error', code: undefined, message: String(error), cause: undefined };
  }
  const { cause } = error;
  return {
    name: error.name,
    code: ViewError.is(error) ? error.code : undefined,
    message: error.message,
    cause: cause instanceof Error ? { name: cause.name, message: cause.message } : undefined,
  };
}

/** The error as it was there. One that is not ours shows that the thread is out of order. */
export function receiveError(sent: SentError): ViewError {
  const details = sent.cause === undefined ? {} : { cause: causeOf(sent.cause) };
  const { code, message, name } = sent;
  if (code === undefined) {
    return new ViewThreadError(`a view thread failed: ${name}: ${message}`, details.cause);
  }
  const known = code as ViewErrorCode;
  if (name === GuestError.name) return new GuestError(known, message, details);
  if (name === StoreError.name) return new StoreError(known, message, details);
  return new ViewError(known, message, details);
}

function causeOf({ name, message }: { readonly name: string; readonly message: string }): Error {
  const cause = new Error(message);
  cause.name = name;
  return cause;
}
