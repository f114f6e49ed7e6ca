import type { FrameFault } from '../grpc/framing.js';
import { Peek } from '../wire/peek.js';
import { WireError } from '../wire/reader.js';
import type { Deduplicator } from './dedup.js';
import { malformed, type YellowstoneFrame } from './frame.js';
import type { Frontiers } from './frontiers.js';
import type { Gateway } from './gateway.js';
import type { Progress } from './progress.js';

/** What the intake of one subscription works with. The first three may be shared with others. */
export interface IntakeParts {
  readonly gateway: Gateway;
  readonly frontiers: Frontiers;
  readonly dedup: Deduplicator;
  readonly progress: Progress;
  /** Which of the frontiers is this subscription's. */
  readonly member: number;
  /** Whether block metas are only for the intake itself. */
  readonly ownBlockMeta: boolean;
}

/** What the intake has to do with a message that is no update. */
export interface IntakeListener {
  onPing(): void;
  /** The block of this slot was replaced by another. */
  onReplaced(slot: number): void;
  /** Something came that was not seen before; `first` is the lowest slot of this subscription so far. */
  onFresh(first: number | undefined): void;
}

/**
 * Turns the messages of one subscription into frames for the runtime: looks into each, leaves out what was seen
 * before, follows which slots are whole. What cannot be read becomes a frame too, so that it is counted.
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #listener: IntakeListener;
  readonly #peek = new Peek();
  #batch: YellowstoneFrame[] = [];
  #frontierMoved = false;
  #fresh = 0;
  #lastSlot = -1;
  #lastPosition: bigint | undefined;

  constructor(parts: IntakeParts, listener: IntakeListener) {
    this.#parts = parts;
    this.#listener = listener;
  }

  message(bytes: Uint8Array): void {
    try {
      this.#take(this.#peek.read(bytes), bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#batch.push(malformed(bytes));
    }
  }

  fault(fault: FrameFault): void {
    this.#batch.push(malformed(NOTHING, fault));
  }

  /** Hands over what has come. A promise: stop reading until it resolves. */
  flush(): Promise<void> | undefined {
    if (this.#fresh > 0) this.#listener.onFresh(this.#parts.progress.first);
    this.#fresh = 0;
    let room: Promise<void> | undefined;
    if (this.#batch.length > 0) {
      const batch = this.#batch;
      this.#batch = [];
      room = this.#parts.gateway.push(batch);
    }
    if (this.#frontierMoved) this.#advance();
    return room;
  }

  #take(peek: Peek, bytes: Uint8Array): void {
    const { kind } = peek;
    if (kind === 'ping') {
      this.#listener.onPing();
      return;
    }
    if (kind === 'pong') return;
    const { dedup, progress, ownBlockMeta } = this.#parts;
    const novelty = dedup.judge(peek, bytes);
    if (progress.observe(peek, bytes)) this.#frontierMoved = true;
    if (novelty === 'duplicate') return;
    if (novelty === 'replaced') this.#listener.onReplaced(peek.slot);
    this.#fresh++;
    if (ownBlockMeta && kind === 'blockMeta') return;
    this.#batch.push({
      kind,
      bytes,
      position: this.#positionOf(peek.slot),
      filters: peek.filters,
      start: peek.start,
      end: peek.end,
    });
  }

  /** Most frames have the slot of the one before; a bigint is made once for all of them. */
  #positionOf(slot: number): bigint | undefined {
    if (slot <= this.#parts.gateway.completedUpTo) return undefined;
    if (slot !== this.#lastSlot) {
      this.#lastSlot = slot;
      this.#lastPosition = BigInt(slot);
    }
    return this.#lastPosition;
  }

  #advance(): void {
    this.#frontierMoved = false;
    const { gateway, frontiers, dedup, progress, member } = this.#parts;
    frontiers.set(member, progress.frontier);
    gateway.whole(frontiers.whole);
    dedup.forget(Math.min(gateway.handledUpTo, frontiers.slowest));
  }
}

const NOTHING = new Uint8Array(0);
