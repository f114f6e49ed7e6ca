import { WireReader } from './reader.js';

const MOST = 1_024;

/**
 * The names of the filters at the head of a frame. A stream has few combinations of names, so each combination is
 * decoded once; afterwards its bytes are compared and the same array is handed out again.
 */
export class FilterNames {
  readonly #known = new Map<
    number,
    { readonly bytes: Uint8Array; readonly names: readonly string[] }
  >();
  readonly #reader = new WireReader();

  /** The names in the first `end` bytes of a frame, which hold nothing but names. */
  read(frame: Uint8Array, end: number): readonly string[] {
    if (end === 0) return NONE;
    const hash = hashOf(frame, end);
    const known = this.#known.get(hash);
    if (known !== undefined && equal(known.bytes, frame, end)) return known.names;
    const names = this.#decode(frame, end);
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(hash, { bytes: frame.slice(0, end), names });
    return names;
  }

  #decode(frame: Uint8Array, end: number): readonly string[] {
    const reader = this.#reader.over(frame, 0, end);
    const names: string[] = [];
    while (!reader.done) {
      reader.tag();
      names.push(decoder.decode(reader.view()));
    }
    return Object.freeze(names);
  }
}

const NONE: readonly string[] = Object.freeze([]);
const decoder = new TextDecoder();

/** FNV-1a. */
function hashOf(bytes: Uint8Array, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash;
}

function equal(known: Uint8Array, frame: Uint8Array, end: number): boolean {
  if (known.length !== end) return false;
  for (let at = 0; at < end; at++) if (known[at] !== frame[at]) return false;
  return true;
}
