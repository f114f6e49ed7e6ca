import type { Additions } from './additions.js';
import { Op, ValueType } from './format.js';
import { HostSlot } from './manifest.js';
import type { CodeMeter } from './meter.js';
import type { ByteWriter } from './writer.js';

/** `i32.atomic.load`, aligned to four bytes. */
const atomicLoad = [Op.prefixAtomic, 0x10] as const;
const alignment = 2;
/** Set in the alignment when the index of a memory follows. */
const namesMemory = 0x40;

/**
 * The epoch checks of one module: a load of one word in a small shared memory of our own. Another thread sets the word
 * when the time is over; the check then asks the host, and traps if the host says so.
 */
export class EpochMeter implements CodeMeter {
  readonly scratchLocals = 0;
  readonly #memory: number;
  readonly #slow: number;

  constructor(additions: Additions, hostTable: number) {
    this.#memory = additions.sharedMemory('epoch');
    const refill = additions.type([ValueType.i32], [ValueType.i32]);
    this.#slow = additions.function({ parameters: [], results: [] }, 0, (code) =>
      code
        .byte(Op.i32Const, 0, Op.i32Const)
        .s32(HostSlot.refill)
        .byte(Op.callIndirect)
        .u32(refill)
        .u32(hostTable)
        .byte(Op.i32Const, 0, Op.i32LtS, Op.if, ValueType.empty)
        .byte(Op.unreachable, Op.end),
    );
  }

  /** An epoch costs nothing that would have to be paid, so there is no place of a cost. */
  check(code: ByteWriter): number {
    code.byte(Op.i32Const, 0, ...atomicLoad);
    if (this.#memory === 0) code.byte(alignment);
    else code.byte(alignment | namesMemory).u32(this.#memory);
    code.byte(0, Op.if, ValueType.empty, Op.call).u32(this.#slow).byte(Op.end);
    return -1;
  }

  chargeImportCall(): void {}

  chargeBulk(): void {}
}
