import { RewriteError } from './errors.js';
import { Op } from './format.js';
import type { ByteReader } from './reader.js';

/**
 * Walks over the instructions of one body. The fields describe the instruction that was read last; one decoder serves
 * a whole module, because a large one holds millions of instructions.
 */
export class InstructionDecoder {
  /** The opcode; prefixed ones are `prefix << 8 | number` (`prefix << 12` for SIMD). */
  op = 0;
  /** First index immediate: function, local, global, table, memory or segment; meaningless for other instructions. */
  first = 0;
  /** Second index immediate, for instructions that have two. */
  second = 0;

  /** Reads one instruction. Throws `RewriteError` for an instruction it does not know, because it cannot pass over it. */
  next(reader: ByteReader): void {
    const op = reader.byte();
    this.op = op;
    // The cases are literals so that the engine makes a jump table: this switch runs for every instruction.
    switch (immediates[op] as number) {
      case 0: // nothing
        return;
      case 1: // an index
        this.first = reader.u32();
        return;
      case 2: // two indices
        this.first = reader.u32();
        this.second = reader.u32();
        return;
      case 3: // a number or an index that no pass looks at
        reader.skipLeb();
        return;
      case 4:
        skipMemoryArgument(reader);
        return;
      case 5:
        skipBlockType(reader);
        return;
      case 6:
        this.#rare(reader, op);
        return;
      default:
        throw unknown(`instruction 0x${op.toString(16)}`, reader);
    }
  }

  #rare(reader: ByteReader, op: number): void {
    switch (op) {
      case Op.tryTable:
        skipBlockType(reader);
        for (let clauses = reader.u32(); clauses > 0; clauses -= 1) {
          const kind = reader.byte();
          if (kind < 2) reader.skipLeb();
          reader.skipLeb();
        }
        return;
      case Op.brTable:
        for (let targets = reader.u32() + 1; targets > 0; targets -= 1) reader.skipLeb();
        return;
      case Op.selectTyped:
        for (let count = reader.u32(); count > 0; count -= 1) skipValueType(reader);
        return;
      case Op.f32Const:
        reader.skip(4);
        return;
      case Op.f64Const:
        reader.skip(8);
        return;
      case Op.prefixBulk:
        this.#bulk(reader);
        return;
      case Op.prefixSimd:
        this.#simd(reader);
        return;
      case Op.prefixAtomic:
        this.#atomic(reader);
        return;
      default:
        throw unknown('wasm-gc instruction', reader);
    }
  }

  #bulk(reader: ByteReader): void {
    const number = reader.u32();
    this.op = 0xfc00 | number;
    if (number <= 7) return; // saturating truncations
    if (number === 8 || number === 10 || number === 12 || number === 14) {
      this.first = reader.u32();
      this.second = reader.u32();
      return;
    }
    if (number <= 17) {
      this.first = reader.u32();
      return;
    }
    if (number >= 19 && number <= 22) return; // 128-bit integer arithmetic
    throw unknown(`instruction 0xfc ${number}`, reader);
  }

  #simd(reader: ByteReader): void {
    const number = reader.u32();
    this.op = 0xfd000 | number;
    if (number <= 11 || number === 92 || number === 93) skipMemoryArgument(reader);
    else if (number === 12 || number === 13) reader.skip(16);
    else if (number >= 21 && number <= 34) reader.skip(1);
    else if (number >= 84 && number <= 91) {
      skipMemoryArgument(reader);
      reader.skip(1);
    } else if (number > 0x113) throw unknown(`instruction 0xfd ${number}`, reader);
  }

  #atomic(reader: ByteReader): void {
    const number = reader.u32();
    this.op = 0xfe00 | number;
    if (number === 3) reader.skip(1);
    else if (number <= 2 || (number >= 0x10 && number <= 0x4e)) skipMemoryArgument(reader);
    else throw unknown(`instruction 0xfe ${number}`, reader);
  }
}

/** Passes over a value type; `(ref …)` types carry a heap type behind their first byte. */
export function skipValueType(reader: ByteReader): number {
  const type = reader.byte();
  if (type === 0x63 || type === 0x64) reader.skipLeb();
  return type;
}

/** The local declarations at the start of a body: how many groups and locals they are, and where the groups begin. */
export interface LocalDeclarations {
  readonly groups: number;
  readonly locals: number;
  readonly from: number;
}

/** Passes over the local declarations at the start of a body. */
export function skipLocals(reader: ByteReader): LocalDeclarations {
  const groups = reader.u32();
  const from = reader.position;
  let locals = 0;
  for (let group = 0; group < groups; group += 1) {
    locals += reader.u32();
    skipValueType(reader);
  }
  return { groups, locals, from };
}

function skipBlockType(reader: ByteReader): void {
  const first = reader.peek();
  if (first === 0x63 || first === 0x64) skipValueType(reader);
  else reader.skipLeb();
}

function skipMemoryArgument(reader: ByteReader): void {
  const alignment = reader.u32();
  if ((alignment & 64) !== 0) reader.skipLeb(); // an explicit memory index (multi-memory)
  reader.skipLeb();
}

function unknown(what: string, reader: ByteReader): RewriteError {
  return new RewriteError('unsupported', `${what} is not supported`, { offset: reader.position });
}

/** What follows each opcode; 255 for opcodes that do not exist. */
const immediates = ((): Uint8Array => {
  const table = new Uint8Array(256).fill(255);
  const set = (kind: number, ...opcodes: readonly number[]): void => {
    for (const opcode of opcodes) table[opcode] = kind;
  };
  set(0, Op.unreachable, Op.nop, Op.else, Op.throwRef, Op.end, Op.return, Op.catchAll);
  set(0, 0x1a, 0x1b, 0xd1, 0xd3, 0xd4); // drop, select, ref.is_null, ref.eq, ref.as_non_null
  table.fill(0, 0x45, 0xc5); // comparisons, arithmetic, conversions
  set(1, Op.call, Op.returnCall, Op.localGet, Op.localSet, Op.localTee, Op.globalGet);
  set(1, Op.globalSet, Op.tableGet, Op.tableSet, Op.memorySize, Op.memoryGrow, Op.refFunc);
  set(2, Op.callIndirect, Op.returnCallIndirect);
  set(3, Op.catch, Op.throw, Op.rethrow, Op.br, Op.brIf, Op.callRef, Op.returnCallRef);
  set(3, Op.delegate, Op.i32Const, Op.i64Const, Op.refNull, Op.brOnNull, Op.brOnNonNull);
  table.fill(4, 0x28, 0x3f); // loads and stores
  set(5, Op.block, Op.loop, Op.if, Op.try);
  set(6, Op.tryTable, Op.brTable, Op.selectTyped, Op.f32Const, Op.f64Const);
  set(6, Op.prefixGc, Op.prefixBulk, Op.prefixSimd, Op.prefixAtomic);
  return table;
})();
