import type { KeyValue } from '../store/store.js';

/**
 * Reads `KeyValueFlush { repeated bytes list = 1 }`: keys and values by turns, an odd last one is dropped. Fields that
 * are not known are passed over, as protobuf wants it. The result holds copies. `undefined`: not such a message.
 */
export function readFlush(message: Uint8Array): KeyValue[] | undefined {
  const list: Uint8Array[] = [];
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    const tag = varint(message, cursor);
    if (tag === undefined) return undefined;
    const end = endOfField(message, cursor, tag & 7);
    if (end === undefined || end > message.length) return undefined;
    if (tag === LIST_FIELD) list.push(message.slice(cursor.at, end));
    cursor.at = end;
  }
  const entries: KeyValue[] = [];
  for (let index = 0; index + 1 < list.length; index += 2) {
    entries.push({ key: list[index] as Uint8Array, value: list[index + 1] as Uint8Array });
  }
  return entries;
}

const LIST_FIELD = (1 << 3) | 2;

/** Moves the cursor to where the field's content begins and says where it ends. */
function endOfField(
  message: Uint8Array,
  cursor: { at: number },
  wireType: number,
): number | undefined {
  if (wireType === 0) return varint(message, cursor) === undefined ? undefined : cursor.at;
  if (wireType === 1) return cursor.at + 8;
  if (wireType === 5) return cursor.at + 4;
  if (wireType !== 2) return undefined;
  const length = varint(message, cursor);
  return length === undefined ? undefined : cursor.at + length;
}

function varint(message: Uint8Array, cursor: { at: number }): number | undefined {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = message[cursor.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  return undefined;
}
