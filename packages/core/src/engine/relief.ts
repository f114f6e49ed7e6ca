import type { GcReport, MemorySnapshot, MemoryStats, PoolMemory } from '../contract/memory.js';
import type { Slot } from '../slot/slot.js';
import type { Ending } from './ending.js';
import type { PressureChange } from './memory.js';
import type { Yard } from './yard.js';

/** Above this share of its limit memory is given back without being asked: where `high` begins. */
const RELIEVED_BELOW = 0.75;

/** Whether memory got short just now. While it falls again there is nothing to be done. */
export function mustRelieve({ from, to }: PressureChange): boolean {
  return to === 'critical' || (to === 'high' && from !== 'critical');
}

/** What a pool does about memory: measures, gives back, reports. */
export class Relief<T> implements PoolMemory {
  readonly #yard: Yard<T>;
  readonly #ending: Ending<T>;

  constructor(yard: Yard<T>, ending: Ending<T>) {
    this.#yard = yard;
    this.#ending = ending;
  }

  stats(): MemoryStats {
    return this.#yard.memory.stats();
  }

  get snapshots(): readonly MemorySnapshot[] {
    return this.#yard.memory.snapshots;
  }

  measure(): number {
    const { shelf, roster, memory } = this.#yard;
    for (const slot of [...shelf, ...roster.leased()]) {
      if (slot.state === 'idle' || slot.state === 'leased') memory.measure(slot);
    }
    return memory.used;
  }

  async forceGc(): Promise<GcReport> {
    const { memory } = this.#yard;
    memory.gcRuns++;
    const usedBytesBefore = this.measure();
    const ended: (Promise<void> | undefined)[] = [];
    this.#yard.batch(() => {
      for (const slot of this.#idleBySize()) {
        // What hooks of those before took is not ended here.
        const here = slot.state === 'idle';
        if (here && (memory.isOver(slot) || this.#isSpare())) ended.push(this.#end(slot));
      }
    });
    await Promise.all(ended.filter((each) => each !== undefined));
    const { gc } = globalThis as { gc?: () => void };
    gc?.();
    const usedBytesAfter = memory.used;
    return {
      usedBytesBefore,
      usedBytesAfter,
      freedBytes: Math.max(0, usedBytesBefore - usedBytesAfter),
      ended: ended.length,
      collector: gc === undefined ? 'not-exposed' : 'ran',
    };
  }

  endLargest(count: number): number {
    const largest = this.#idleBySize().slice(0, Math.max(0, count));
    this.#yard.batch(() => {
      for (const slot of largest) void this.#end(slot);
    });
    return largest.length;
  }

  endAbove(bytes: number): number {
    const { shelf, roster, memory } = this.#yard;
    const large = [...shelf, ...roster.leased()].filter((slot) => memory.bytesOf(slot) > bytes);
    this.#yard.batch(() => {
      for (const slot of large) {
        if (slot.state === 'idle') void this.#end(slot);
        else this.#ending.doom(slot, 'memory');
      }
    });
    return large.length;
  }

  /** Ends the largest idle resources, down to `min`, until there is room again below `high`. */
  relieve(): void {
    const { memory } = this.#yard;
    const enough = memory.limitBytes * RELIEVED_BELOW;
    let left = memory.used;
    for (const slot of this.#idleBySize()) {
      if (left < enough || !this.#isSpare()) return;
      left -= memory.bytesOf(slot);
      void this.#end(slot);
    }
  }

  #idleBySize(): Slot<T>[] {
    const { shelf, memory } = this.#yard;
    return [...shelf].sort((a, b) => memory.bytesOf(b) - memory.bytesOf(a));
  }

  /** Whether the pool has more than it must keep. */
  #isSpare(): boolean {
    const { ledger, sizes } = this.#yard;
    return ledger.size - ledger.destroying > sizes.min && ledger.idle > sizes.minIdle;
  }

  #end(slot: Slot<T>): Promise<void> | undefined {
    if (slot.state !== 'idle') return undefined;
    this.#yard.shelf.remove(slot);
    return this.#ending.retire(slot, 'memory');
  }
}
