import type { ModuleAnalysis } from './analyse.js';
import type { Barriers } from './barriers.js';
import { Bulk, Interest, interestIn, Op, ValueType } from './format.js';
import { isFreeLeaf, setCost } from './fuel.js';
import { InstructionDecoder, skipLocals } from './instruction.js';
import { HostSlot } from './manifest.js';
import type { CodeMeter } from './meter.js';
import type { ModuleShape, SectionRange } from './module.js';
import { ByteReader } from './reader.js';
import { ByteWriter } from './writer.js';

/** How the guest's memory sizes become virtual: its `memory.grow` asks the host, its `memory.size` hides spare pages. */
export interface MemoryVirtualisation {
  readonly hostTable: number;
  readonly growType: number;
  /** Index of the global with the hidden pages, by memory index. */
  trim(memory: number): number;
}

export interface CodePasses {
  readonly analysis: ModuleAnalysis;
  readonly meter: CodeMeter | undefined;
  readonly memory: MemoryVirtualisation | undefined;
  readonly barriers: Barriers | undefined;
}

/** Rewrites the bodies of a module. What no pass touches is copied as it stands. */
export class CodeRewriter {
  readonly #shape: ModuleShape;
  readonly #passes: CodePasses;
  readonly #decoder = new InstructionDecoder();
  readonly #open: OpenBlocks = new OpenBlocks();
  readonly #body = new ByteWriter(1 << 16);

  constructor(shape: ModuleShape, passes: CodePasses) {
    this.#shape = shape;
    this.#passes = passes;
  }

  /** The new content of the code section without its leading count. */
  rewrite(section: SectionRange): Uint8Array {
    const reader = new ByteReader(this.#shape.bytes, section.start, section.end);
    const out = new ByteWriter(Math.ceil((section.end - section.start) * 1.25) + 1024);
    const { functions, types, importedFunctions } = this.#shape;
    const count = reader.u32();
    for (let index = 0; index < count; index += 1) {
      const type = types[functions[importedFunctions + index]?.type ?? -1];
      this.#function(reader.window(reader.u32()), type?.parameters.length ?? 0, out);
    }
    return out.view();
  }

  #function(reader: ByteReader, parameters: number, out: ByteWriter): void {
    const start = reader.position;
    const declared = skipLocals(reader);
    const locals = reader.slice(start);
    const scratch = parameters + declared.locals;
    const code = this.#body.reset();
    const entry = this.#instructions(reader, scratch, code);
    const size = reader.end - start;
    const { meter } = this.#passes;
    if (meter === undefined || isFreeLeaf(size, entry === 'calls-or-loops')) {
      out
        .u32(locals.length + code.length)
        .raw(locals)
        .raw(code.view());
      return;
    }
    const head = new ByteWriter(locals.length + 48);
    if (meter.scratchLocals === 0) head.raw(locals);
    else {
      const own = locals.subarray(declared.from - start);
      head
        .u32(declared.groups + 1)
        .raw(own)
        .byte(1, ValueType.i32);
    }
    const costAt = meter.check(head, scratch);
    setCost(head.view(), costAt, size);
    out.u32(head.length + code.length);
    out.raw(head.view()).raw(code.view());
  }

  #instructions(reader: ByteReader, scratch: number, code: ByteWriter): 'calls-or-loops' | 'leaf' {
    const { meter } = this.#passes;
    const decoder = this.#decoder;
    const open = this.#open.clear();
    let kind: 'calls-or-loops' | 'leaf' = 'leaf';
    let copied = reader.position;
    while (!reader.done) {
      const at = reader.position;
      decoder.next(reader);
      const { op } = decoder;
      const interest = interestIn(op);
      if (interest === Interest.ignored) continue;
      if (meter !== undefined) {
        if (interest === Interest.loop) {
          code.raw(reader.slice(copied));
          copied = reader.position;
          open.push(meter.check(code, scratch), at);
          kind = 'calls-or-loops';
        } else if (interest === Interest.open) {
          open.push(-1, at);
        } else if (interest === Interest.close) {
          const costAt = open.pop();
          setCost(code.view(), costAt, at - open.start);
        } else if (interest === Interest.call) {
          kind = 'calls-or-loops';
          if (isDirectCall(op) && decoder.first < this.#shape.importedFunctions) {
            code.raw(reader.slice(copied, at));
            copied = at;
            meter.chargeImportCall(code);
          }
        } else if (isBulk(op)) {
          code.raw(reader.slice(copied, at));
          copied = at;
          meter.chargeBulk(code);
        }
      }
      if (interest === Interest.rare && this.#touches(op)) {
        code.raw(reader.slice(copied, at));
        copied = reader.position;
        this.#replace(code);
      }
    }
    code.raw(reader.slice(copied));
    return kind;
  }

  /** Says whether the instruction just decoded is replaced by another one. */
  #touches(op: number): boolean {
    const { memory, barriers, analysis } = this.#passes;
    const { first } = this.#decoder;
    switch (op) {
      case Op.memorySize:
      case Op.memoryGrow:
        return memory !== undefined;
      case Op.tableSet:
      case Bulk.tableFill:
      case Bulk.tableCopy:
      case Bulk.tableInit:
      case Bulk.tableGrow:
      case Bulk.dataDrop:
      case Bulk.elemDrop:
        return barriers !== undefined;
      case Bulk.tableSize:
        return barriers !== undefined && analysis.grownTables.includes(first);
      case Bulk.memoryInit:
        return barriers !== undefined && analysis.droppedDataSegments.includes(first);
      default:
        return false;
    }
  }

  #replace(code: ByteWriter): void {
    const { memory, barriers } = this.#passes;
    const { op, first, second } = this.#decoder;
    if (op === Op.memorySize) {
      code.byte(Op.memorySize).u32(first);
      if (memory !== undefined) code.byte(Op.globalGet).u32(memory.trim(first)).byte(Op.i32Sub);
    } else if (op === Op.memoryGrow && memory !== undefined) {
      code.byte(Op.i32Const).s32(first).byte(Op.i32Const).s32(HostSlot.grow);
      code.byte(Op.callIndirect).u32(memory.growType).u32(memory.hostTable);
    } else if (barriers !== undefined) {
      if (op === Op.tableSet) barriers.tableSet(code, first);
      else if (op === Bulk.tableFill) barriers.tableFill(code, first);
      else if (op === Bulk.tableCopy) barriers.tableCopy(code, first, second);
      else if (op === Bulk.tableInit) barriers.tableInit(code, first, second);
      else if (op === Bulk.tableGrow) barriers.tableGrow(code, first);
      else if (op === Bulk.tableSize) barriers.tableSize(code, first);
      else if (op === Bulk.memoryInit) barriers.memoryInit(code, first, second);
      else if (op === Bulk.dataDrop) barriers.drop(code, 'data', first);
      else if (op === Bulk.elemDrop) barriers.drop(code, 'element', first);
    }
  }
}

/** The blocks that are open at a point of a body: loops with the place of their cost, others with -1. */
class OpenBlocks {
  /** Where the block that was popped last began. */
  start = 0;
  readonly #costs: number[] = [];
  readonly #starts: number[] = [];

  clear(): this {
    this.#costs.length = 0;
    this.#starts.length = 0;
    return this;
  }

  push(costAt: number, start: number): void {
    this.#costs.push(costAt);
    this.#starts.push(start);
  }

  /** Gives -1 for the body itself as well, whose `end` closes no block. */
  pop(): number {
    this.start = this.#starts.pop() ?? 0;
    return this.#costs.pop() ?? -1;
  }
}

const isDirectCall = (op: number): boolean => op === Op.call || op === Op.returnCall;

const isBulk = (op: number): boolean =>
  op >= Bulk.memoryInit &&
  op <= Bulk.tableFill &&
  op !== Bulk.dataDrop &&
  op !== Bulk.elemDrop &&
  op !== Bulk.tableSize;
