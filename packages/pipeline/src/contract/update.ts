/** What every update has, whatever it tells of. */
export interface Update {
  /** Which pipelines it is for: those registered for this kind. */
  readonly kind: string;
  /** Where in the stream it stands, such as a block number; many updates may share one. */
  readonly position?: bigint | undefined;
  /** The pipelines that asked for it, by id. Default: all of its kind. */
  readonly filters?: readonly string[] | undefined;
  /** What it weighs against the `maxBytes` of a buffer or batch. */
  readonly sizeBytes: number;
  /** When its frame arrived, in ms of the runtime's clock. */
  readonly receivedAtMs: number;
}

/** The updates of a domain by their kind. Constrain with `K extends KindMap<K>`, so that interfaces fit too. */
export type KindMap<K> = { readonly [Name in keyof K]: Update };

/** The names of a domain's kinds. */
export type KindOf<K> = keyof K & string;

/** A piece of the stream as it came in, not decoded yet. Sources may add fields of their own for `decode`. */
export interface Frame {
  /** What the source took it for; `decode` may make updates of other kinds of it. */
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly position?: bigint | undefined;
  /** The pipelines it is for, by id, as the sender says. Default: all. */
  readonly filters?: readonly string[] | undefined;
  /** What it weighs against `maxBytes`. Default `bytes.byteLength`. */
  readonly sizeBytes?: number | undefined;
}

/** An update with the frame it was decoded from. */
export interface Sourced<In extends Update = Update> {
  readonly update: In;
  readonly frame: Frame;
}

/** What updates are ordered by: of one key, one is handled after the other. */
export type Key = string | number | bigint;
