import type { Additions } from './additions.js';
import { Op, ValueType } from './format.js';
import { HostSlot } from './manifest.js';
import type { CodeMeter } from './meter.js';
import type { ByteWriter } from './writer.js';

/** Fuel that a call of an imported function costs: such a call takes about as long as this many loop iterations. */
const importCallCost = 64;
/** Bulk instructions cost one unit for every 64 bytes or entries: else one loop of huge copies would outrun its limits. */
const bulkCostShift = 6;
/** Straight-line code costs one more unit for every 4 KiB of instructions. */
const straightLineCostShift = 12;
/** A function without calls and loops, shorter than this, is paid for by its caller. */
const freeLeafBytes = 64;

/**
 * The fuel checks of one module. Fuel is one mutable global; a check subtracts and, below zero, asks the host through a
 * table for more. The guest is stopped by a trap, never by an exception: a guest can catch an exception.
 */
export class FuelMeter implements CodeMeter {
  /** The engine does not know that a global has just been written: what was written is kept in a local. */
  readonly scratchLocals = 1;
  readonly #global: number;
  readonly #slow: number;
  readonly #bulk: number;

  constructor(additions: Additions, hostTable: number) {
    // Until the host has filled its table nothing runs: the start function is called by the host.
    const global = additions.global('fuel', 0x7fff_ffff);
    const refill = additions.type([ValueType.i32], [ValueType.i32]);
    this.#global = global;
    const slow = additions.function({ parameters: [], results: [] }, 1, (code) =>
      code
        .byte(Op.globalGet)
        .u32(global)
        .byte(Op.i32Const)
        .s32(HostSlot.refill)
        .byte(Op.callIndirect)
        .u32(refill)
        .u32(hostTable)
        .byte(Op.localTee, 0, Op.globalSet)
        .u32(global)
        .byte(Op.localGet, 0, Op.i32Const, 0, Op.i32LtS, Op.if, ValueType.empty)
        .byte(Op.unreachable, Op.end),
    );
    this.#slow = slow;
    this.#bulk = additions.function(
      { parameters: [ValueType.i32], results: [ValueType.i32] },
      0,
      (code) => {
        code
          .byte(Op.globalGet)
          .u32(global)
          .byte(Op.localGet, 0, Op.i32Const, bulkCostShift, Op.i32ShrU, Op.i32Sub);
        code.byte(Op.i32Const, 1, Op.i32Sub, Op.globalSet).u32(global);
        code.byte(Op.globalGet).u32(global).byte(Op.i32Const, 0, Op.i32LtS);
        code.byte(Op.if, ValueType.empty, Op.call).u32(slow).byte(Op.end, Op.localGet, 0);
      },
    );
  }

  /**
   * Writes a check and gives the offset of its cost, which {@link setCost} fills in: what a loop costs is known only
   * where it ends.
   */
  check(code: ByteWriter, scratch: number): number {
    code.byte(Op.globalGet).u32(this.#global).byte(Op.i32Const);
    const costAt = code.length;
    code.byte(0x81, 0x80, 0x00, Op.i32Sub, Op.localTee).u32(scratch);
    code.byte(Op.globalSet).u32(this.#global);
    code.byte(Op.localGet).u32(scratch).byte(Op.i32Const, 0, Op.i32LtS);
    code.byte(Op.if, ValueType.empty, Op.call).u32(this.#slow).byte(Op.end);
    return costAt;
  }

  /** Before a call of an imported function. */
  chargeImportCall(code: ByteWriter): void {
    code.byte(Op.globalGet).u32(this.#global).byte(Op.i32Const).s32(importCallCost);
    code.byte(Op.i32Sub, Op.globalSet).u32(this.#global);
  }

  /** Before a bulk instruction whose length is on top of the stack; leaves the length there. */
  chargeBulk(code: ByteWriter): void {
    code.byte(Op.call).u32(this.#bulk);
  }
}

/** Writes what a check costs that guards `bytes` bytes of code, as a three-byte signed LEB128. */
export function setCost(code: Uint8Array, costAt: number, bytes: number): void {
  if (costAt < 0) return;
  const cost = Math.min(1 + (bytes >>> straightLineCostShift), 0xf_ffff);
  code[costAt] = (cost & 0x7f) | 0x80;
  code[costAt + 1] = ((cost >> 7) & 0x7f) | 0x80;
  code[costAt + 2] = (cost >> 14) & 0x3f;
}

/** Says whether a function of this shape runs without a check at its entry. */
export const isFreeLeaf = (bytes: number, hasCallsOrLoops: boolean): boolean =>
  !hasCallsOrLoops && bytes <= freeLeafBytes;
