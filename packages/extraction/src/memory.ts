import type { GcReport } from '@rockpool/core';
import type { SteerablePool, WasmFigures } from './path.js';

const MIB = 1_048_576;
const PAGE_BYTES = 65_536;

/** The memory of all extractors. The numbers in MB, of 1,048,576 bytes, are those of the RipTide pool. */
export interface ExtractionMemoryStats {
  readonly usedBytes: number;
  readonly inUseBytes: number;
  readonly peakBytes: number;
  readonly totalAllocatedMb: number;
  readonly inUseMb: number;
  readonly peakMb: number;
  readonly gcCount: number;
}

/** Adds up the memory of the pools inside, and of guests. */
export class ExtractionMemory {
  #gcRuns = 0;
  #peakBytes = 0;

  stats(pools: readonly SteerablePool[], wasm: WasmFigures | undefined): ExtractionMemoryStats {
    const sum = (read: (pool: SteerablePool) => number): number =>
      pools.reduce((total, pool) => total + read(pool), 0);
    const guestBytes = (wasm?.memoryPages ?? 0) * PAGE_BYTES;
    const usedBytes = sum(({ memory }) => memory.measure()) + guestBytes;
    const leased = sum((pool) => pool.stats().borrowed);
    const size = sum((pool) => pool.stats().size);
    // Guests do not tell one by one: those on loan are taken to use their share.
    const guestsInUse = size === 0 ? 0 : (guestBytes * leased) / size;
    const inUseBytes = sum(({ memory }) => memory.stats().inUseBytes) + guestsInUse;
    this.#peakBytes = Math.max(this.#peakBytes, usedBytes);
    return {
      usedBytes,
      inUseBytes,
      peakBytes: this.#peakBytes,
      totalAllocatedMb: usedBytes / MIB,
      inUseMb: inUseBytes / MIB,
      peakMb: this.#peakBytes / MIB,
      gcCount: this.#gcRuns,
    };
  }

  /** Gives back what is idle and not needed, in every pool. */
  async forceGc(pools: readonly SteerablePool[]): Promise<GcReport> {
    this.#gcRuns += 1;
    const reports = await Promise.all(pools.map(({ memory }) => memory.forceGc()));
    const sum = (read: (report: GcReport) => number): number =>
      reports.reduce((total, report) => total + read(report), 0);
    return {
      usedBytesBefore: sum(({ usedBytesBefore }) => usedBytesBefore),
      usedBytesAfter: sum(({ usedBytesAfter }) => usedBytesAfter),
      freedBytes: sum(({ freedBytes }) => freedBytes),
      ended: sum(({ ended }) => ended),
      collector: reports.some(({ collector }) => collector === 'ran') ? 'ran' : 'not-exposed',
    };
  }
}
