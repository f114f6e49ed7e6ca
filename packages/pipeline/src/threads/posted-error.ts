/** An error as data, to be posted from one thread to another. */
export interface PostedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly cause: PostedError | undefined;
}

/** Takes an error apart. */
export function postError(thrown: unknown, depth = 0): PostedError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code } = error as { readonly code?: unknown };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: typeof code === 'string' ? code : undefined,
    cause: error.cause === undefined || depth > 3 ? undefined : postError(error.cause, depth + 1),
  };
}

/** Puts a posted error together again. */
export function receiveError({ name, message, stack, code, cause }: PostedError): Error {
  const error =
    cause === undefined ? new Error(message) : new Error(message, { cause: receiveError(cause) });
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  return code === undefined ? error : Object.assign(error, { code });
}
