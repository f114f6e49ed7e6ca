import { fromBinary, type Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';

/** A frame cannot be made an update of. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code = 'ERR_YELLOWSTONE_DECODE';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The key, if it has as many bytes as keys of its sort have. */
export function checkedKey(key: Uint8Array | undefined, bytes: number, what: string): Uint8Array {
  if (key?.length === bytes) return key;
  throw new DecodeError(`${what} has ${key?.length ?? 0} bytes instead of ${bytes}`);
}

/**
 * Decodes a message of the wire.
 * @throws DecodeError with what the decoder threw as its cause
 */
export function decoded<Shape extends Message>(
  schema: GenMessage<Shape>,
  bytes: Uint8Array,
): Shape {
  try {
    return fromBinary(schema, bytes) as Shape;
  } catch (cause) {
    throw new DecodeError(`${bytes.length} bytes are no ${schema.typeName}`, cause);
  }
}
