import type { Peek } from '../wire/peek.js';
import { LENGTH, VARINT, WireError, WireReader } from '../wire/reader.js';
import { Fingerprints } from './fingerprints.js';

/** What a frame is to those who have seen the ones before. */
export type Novelty =
  | 'new'
  | 'duplicate'
  /** Its slot was sent before with another content: the block was replaced, and what was sent of it is void. */
  | 'replaced';

/** What has been seen of one slot. */
interface SlotMemory {
  readonly entries: Fingerprints;
  readonly transactions: Fingerprints;
  readonly transactionStatuses: Fingerprints;
  readonly accounts: Set<string>;
  /** A bit for each status. */
  statuses: number;
  blockhash: string | undefined;
  block: boolean;
  blockMeta: boolean;
}

/** Statuses come long after the rest of a slot, and from several servers at different times. */
const STATUS_MEMORY_SLOTS = 512;

/**
 * Tells frames that were sent before from those that were not, exactly: by slot, kind and index; by address and
 * transaction (or write version) for accounts. Slots are remembered until {@link forget}.
 */
export class Deduplicator {
  readonly #slots = new Map<number, SlotMemory>();
  readonly #oldStatuses = new Map<number, number>();
  readonly #reader = new WireReader();
  #floor = -1;
  #lastSlot = -1;
  #last: SlotMemory | undefined;

  /** How many slots are remembered in full. */
  get size(): number {
    return this.#slots.size;
  }

  /** Forgets slots up to this one; their frames are taken for new from then on, apart from statuses. */
  forget(slot: number): void {
    if (slot <= this.#floor) return;
    this.#floor = slot;
    for (const [each, memory] of this.#slots) {
      if (each > slot) continue;
      if (memory.statuses !== 0) this.#oldStatuses.set(each, memory.statuses);
      this.#slots.delete(each);
    }
    for (const each of this.#oldStatuses.keys()) {
      if (each <= slot - STATUS_MEMORY_SLOTS) this.#oldStatuses.delete(each);
    }
    this.#lastSlot = -1;
  }

  /**
   * Judges a frame and remembers it.
   * @throws WireError when what tells it apart cannot be read
   */
  judge(peek: Peek, frame: Uint8Array): Novelty {
    if (peek.slot <= this.#floor) return this.#judgeOld(peek, frame);
    const memory = this.#memoryOf(peek.slot);
    const reader = this.#reader.over(frame, peek.start, peek.end);
    switch (peek.kind) {
      case 'entry':
        return this.#indexed(peek, frame, memory.entries, readIndexed(reader, 2, 4));
      case 'transaction':
        return this.#indexed(peek, frame, memory.transactions, readTransaction(reader));
      case 'transactionStatus':
        return this.#indexed(peek, frame, memory.transactionStatuses, readIndexed(reader, 4, 2));
      case 'account':
        return added(memory.accounts, accountKey(reader));
      case 'slot': {
        const bit = 1 << readNumber(reader, 3);
        if ((memory.statuses & bit) !== 0) return 'duplicate';
        memory.statuses |= bit;
        return 'new';
      }
      case 'block':
      case 'blockMeta':
        return this.#block(peek, memory, readText(reader, 2));
      case 'ping':
      case 'pong':
        return 'new';
    }
  }

  #judgeOld(peek: Peek, frame: Uint8Array): Novelty {
    if (peek.kind !== 'slot') return 'new';
    const bit = 1 << readNumber(this.#reader.over(frame, peek.start, peek.end), 3);
    const statuses = this.#oldStatuses.get(peek.slot) ?? 0;
    if ((statuses & bit) !== 0) return 'duplicate';
    this.#oldStatuses.set(peek.slot, statuses | bit);
    return 'new';
  }

  #indexed(peek: Peek, frame: Uint8Array, seen: Fingerprints, { index, id }: Indexed): Novelty {
    const novelty = seen.add(index, id);
    if (novelty !== 'other') return novelty;
    this.#replace(peek.slot);
    this.judge(peek, frame);
    return 'replaced';
  }

  #block(peek: Peek, memory: SlotMemory, blockhash: string): Novelty {
    const kind = peek.kind as 'block' | 'blockMeta';
    if (memory.blockhash !== undefined && memory.blockhash !== blockhash) {
      const fresh = this.#replace(peek.slot);
      fresh.blockhash = blockhash;
      fresh[kind] = true;
      return 'replaced';
    }
    memory.blockhash = blockhash;
    if (memory[kind]) return 'duplicate';
    memory[kind] = true;
    return 'new';
  }

  #replace(slot: number): SlotMemory {
    const fresh = newMemory();
    // A status is about the slot, and is not sent again for the new content.
    fresh.statuses = this.#slots.get(slot)?.statuses ?? 0;
    this.#slots.set(slot, fresh);
    this.#last = fresh;
    this.#lastSlot = slot;
    return fresh;
  }

  #memoryOf(slot: number): SlotMemory {
    if (slot === this.#lastSlot) return this.#last as SlotMemory;
    let memory = this.#slots.get(slot);
    if (memory === undefined) {
      memory = newMemory();
      this.#slots.set(slot, memory);
    }
    this.#lastSlot = slot;
    this.#last = memory;
    return memory;
  }
}

/** Where in its slot something stands, and the first bytes of what it is. */
interface Indexed {
  index: number;
  id: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);
/** One object for all frames: it is read before the next one is judged. */
const indexed: Indexed = { index: 0, id: NO_BYTES };

function readIndexed(reader: WireReader, indexField: number, idField: number): Indexed {
  indexed.index = 0;
  indexed.id = NO_BYTES;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === indexField * 8 + VARINT) indexed.index = reader.varint();
    else if (tag === idField * 8 + LENGTH) indexed.id = reader.view();
    else reader.skip(tag);
  }
  return indexed;
}

/** The transaction lies one message deeper. */
function readTransaction(reader: WireReader): Indexed {
  enter(reader, 1);
  return readIndexed(reader, 5, 1);
}

/** An account changes at most once in a transaction; without one its write version tells changes apart. */
function accountKey(reader: WireReader): string {
  enter(reader, 1);
  let address = NO_BYTES as Uint8Array;
  let transaction: Uint8Array | undefined;
  let version = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 8 + LENGTH) address = reader.view();
    else if (tag === 7 * 8 + VARINT) version = reader.varint();
    else if (tag === 8 * 8 + LENGTH) transaction = reader.view();
    else reader.skip(tag);
  }
  const name = latin1(address);
  return transaction === undefined ? `${name}@${version}` : `${name}/${latin1(transaction)}`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function readNumber(reader: WireReader, field: number): number {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === field * 8 + VARINT) return reader.varint();
    reader.skip(tag);
  }
  return 0;
}

function readText(reader: WireReader, field: number): string {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === field * 8 + LENGTH) return latin1(reader.view());
    reader.skip(tag);
  }
  return '';
}

/** Narrows the reader to a message within. */
function enter(reader: WireReader, field: number): void {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === field * 8 + LENGTH) {
      reader.end = reader.lengthEnd();
      return;
    }
    reader.skip(tag);
  }
  throw new WireError(`field ${field} is missing`, reader.at);
}

function added(seen: Set<string>, key: string): Novelty {
  const before = seen.size;
  seen.add(key);
  return seen.size === before ? 'duplicate' : 'new';
}

function newMemory(): SlotMemory {
  return {
    entries: new Fingerprints(),
    transactions: new Fingerprints(),
    transactionStatuses: new Fingerprints(),
    accounts: new Set(),
    statuses: 0,
    blockhash: undefined,
    block: false,
    blockMeta: false,
  };
}
