import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FrameKind, Peek } from '../wire/peek.js';
import { WireReader } from '../wire/reader.js';
import { type SubscribeUpdate, SubscribeUpdateSchema } from '../wire/update.js';

/** Something that happened on the chain, ready to be sent to whoever asked for it. */
export class ChainMessage {
  readonly kind: FrameKind;
  readonly slot: number;
  /** The `SubscribeUpdate` without the names of filters: those are put before it for each client. */
  readonly body: Uint8Array;
  #update: SubscribeUpdate | undefined;

  /** @param bytes a `SubscribeUpdate`; names of filters in it are left out */
  constructor(bytes: Uint8Array) {
    const { kind, slot } = new Peek().read(bytes);
    this.kind = kind;
    this.slot = slot;
    this.body = withoutFilters(bytes);
  }

  /** A message made of an update. */
  static of(update: SubscribeUpdate): ChainMessage {
    return new ChainMessage(toBinary(SubscribeUpdateSchema, update));
  }

  /** Decoded, when somebody has to look into it. */
  get update(): SubscribeUpdate['updateOneof'] {
    this.#update ??= fromBinary(SubscribeUpdateSchema, this.body);
    return this.#update.updateOneof;
  }
}

const FILTERS_TAG = 10;

/** Names stand at the head, as `Peek` has checked. */
function withoutFilters(bytes: Uint8Array): Uint8Array {
  const reader = new WireReader().over(bytes, 0, bytes.length);
  while (!reader.done) {
    const { at } = reader;
    if (reader.tag() !== FILTERS_TAG) return bytes.subarray(at);
    reader.view();
  }
  return bytes.subarray(bytes.length);
}
