import type { Sourced, Update } from '../contract/update.js';

/** An update as a parser thread gets it: what every update has, and the bytes. */
export interface ThreadUpdate extends Update {
  readonly bytes: Uint8Array;
}

/**
 * A batch on its way to a thread, by columns: one buffer that is handed over and not copied, and a few arrays, instead
 * of an object for each update.
 */
export interface Parcel {
  readonly bytes: ArrayBuffer;
  readonly lengths: Uint32Array;
  readonly sizes: Float64Array;
  readonly receivedAt: Float64Array;
  readonly positions: BigInt64Array;
  /** One for each update, or the one of all. */
  readonly kinds: string | readonly string[];
  /** Absent when no update has any. */
  readonly filters: readonly (readonly string[] | undefined)[] | undefined;
}

/** Stands for an update without a position. */
const NOWHERE = -(2n ** 63n);

/** Copies what a thread needs of a batch. The frames stay whole: dead letters need them. */
export function pack<In extends Update>(
  items: readonly Sourced<In>[],
  bytesOf: (item: Sourced<In>) => Uint8Array,
): Parcel {
  const parts = items.map(bytesOf);
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const lengths = new Uint32Array(items.length);
  const sizes = new Float64Array(items.length);
  const receivedAt = new Float64Array(items.length);
  const positions = new BigInt64Array(items.length);
  let offset = 0;
  for (const [index, { update }] of items.entries()) {
    const part = parts[index] as Uint8Array;
    bytes.set(part, offset);
    offset += part.byteLength;
    lengths[index] = part.byteLength;
    sizes[index] = update.sizeBytes;
    receivedAt[index] = update.receivedAtMs;
    positions[index] = update.position ?? NOWHERE;
  }
  const [first] = items;
  const oneKind = items.every(({ update }) => update.kind === first?.update.kind);
  const anyFilters = items.some(({ update }) => update.filters !== undefined);
  return {
    bytes: bytes.buffer,
    lengths,
    sizes,
    receivedAt,
    positions,
    kinds:
      oneKind && first !== undefined ? first.update.kind : items.map((each) => each.update.kind),
    filters: anyFilters ? items.map(({ update }) => update.filters) : undefined,
  };
}

/** The updates of a parcel; their bytes are views of its one buffer. */
export function unpack(parcel: Parcel): ThreadUpdate[] {
  const { bytes, lengths, sizes, receivedAt, positions, kinds, filters } = parcel;
  const updates: ThreadUpdate[] = [];
  let offset = 0;
  for (const [index, length] of lengths.entries()) {
    const position = positions[index] as bigint;
    updates.push({
      kind: typeof kinds === 'string' ? kinds : (kinds[index] as string),
      position: position === NOWHERE ? undefined : position,
      filters: filters?.[index],
      sizeBytes: sizes[index] as number,
      receivedAtMs: receivedAt[index] as number,
      bytes: new Uint8Array(bytes, offset, length),
    });
    offset += length;
  }
  return updates;
}
