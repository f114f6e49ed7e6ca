import { FilterNames } from './filter-names.js';
import { LENGTH, VARINT, WireError, WireReader } from './reader.js';

/** The kinds of a frame by the field number of the update; `undefined` for numbers of no kind. */
export const FRAME_KINDS = [
  undefined,
  undefined,
  'account',
  'slot',
  'transaction',
  'block',
  'ping',
  'blockMeta',
  'entry',
  'pong',
  'transactionStatus',
] as const;

/** What a frame carries. */
export type FrameKind = NonNullable<(typeof FRAME_KINDS)[number]>;

/** In which field of the update the slot stands. */
const SLOT_FIELD: Readonly<Record<FrameKind, number>> = {
  account: 2,
  slot: 1,
  transaction: 2,
  block: 1,
  ping: 0,
  blockMeta: 1,
  entry: 1,
  pong: 0,
  transactionStatus: 1,
};

const SLOT_FIELD_OF = FRAME_KINDS.map((kind) => (kind === undefined ? 0 : SLOT_FIELD[kind]));
const CREATED_AT = 11;

/**
 * Reads of a `SubscribeUpdate` only what routing needs: its kind, the filters it matched and its slot. The update
 * itself stays bytes, from `start` to `end`. One object serves all frames of a connection; nothing is made per frame.
 */
export class Peek {
  kind: FrameKind = 'ping';
  filters: readonly string[] = [];
  /** 0 where the kind has none. */
  slot = 0;
  /** Where the update lies within the frame, without its tag and length. */
  start = 0;
  end = 0;
  readonly #reader = new WireReader();
  readonly #names = new FilterNames();

  /**
   * Looks into a frame.
   * @throws WireError when the frame is not a SubscribeUpdate
   */
  read(frame: Uint8Array): this {
    const reader = this.#reader.over(frame, 0, frame.length);
    let tag = 0;
    let namesEnd = 0;
    while (!reader.done) {
      const from = reader.at;
      const next = reader.tag();
      const field = next >>> 3;
      if (field === 1) {
        if ((next & 7) !== LENGTH || from !== namesEnd) throw new WireError('filters', from);
        reader.at = reader.lengthEnd();
        namesEnd = reader.at;
      } else if (field > 1 && field < CREATED_AT && (next & 7) === LENGTH) {
        tag = field;
        this.end = reader.lengthEnd();
        this.start = reader.at;
        reader.at = this.end;
      } else reader.skip(next);
    }
    const kind = FRAME_KINDS[tag];
    if (kind === undefined) throw new WireError('no update in it', frame.length);
    this.kind = kind;
    this.filters = this.#names.read(frame, namesEnd);
    this.slot = this.#slotIn(frame, SLOT_FIELD_OF[tag] as number);
    return this;
  }

  #slotIn(frame: Uint8Array, field: number): number {
    if (field === 0) return 0;
    const wanted = field * 8 + VARINT;
    const reader = this.#reader.over(frame, this.start, this.end);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === wanted) return slotOf(reader);
      reader.skip(tag);
    }
    return 0;
  }
}

function slotOf(reader: WireReader): number {
  const slot = reader.varint();
  if (slot > Number.MAX_SAFE_INTEGER) throw new WireError('a slot beyond 2^53', reader.at);
  return slot;
}
