import * as errors from '../errors.js';

/** An error as data. */
export interface PostedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: PostedError | undefined;
}

/** Takes an error apart so that it can be posted; fields that cannot be cloned are left behind. */
export function postError(thrown: unknown, depth = 0): PostedError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(error)) {
    try {
      fields[key] = structuredClone(value);
    } catch {
      fields[key] = String(value); // functions, modules, memories
    }
  }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    fields,
    cause: error.cause === undefined || depth > 3 ? undefined : postError(error.cause, depth + 1),
  };
}

/** Puts a posted error together again; those of this package are instances of their classes. */
export function receiveError({ name, message, stack, fields, cause }: PostedError): Error {
  const error =
    cause === undefined ? new Error(message) : new Error(message, { cause: receiveError(cause) });
  const known = (errors as Readonly<Record<string, unknown>>)[name];
  if (typeof known === 'function') Object.setPrototypeOf(error, known.prototype as object);
  else if (name === 'RuntimeError')
    Object.setPrototypeOf(error, WebAssembly.RuntimeError.prototype);
  Object.assign(error, fields);
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  return error;
}
