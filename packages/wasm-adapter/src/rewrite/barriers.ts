import type { Additions } from './additions.js';
import { Op, ValueType } from './format.js';
import type { ModuleShape } from './module.js';
import type { ByteWriter } from './writer.js';

const { i32 } = ValueType;

/** The globals that the barriers of one table keep. */
export interface TableMarks {
  readonly low: number;
  readonly high: number;
  trim: number | undefined;
}

/**
 * Replacements for the instructions that change what a snapshot cannot see from outside: table writes note the range
 * they touched, table.grow and table.size work on a virtual size, and dropped segments are remembered instead of
 * dropped. Each barrier is a function appended on first use.
 */
export class Barriers {
  readonly marks: Map<number, TableMarks> = new Map();
  readonly #additions: Additions;
  readonly #shape: ModuleShape;
  readonly #functions = new Map<string, number>();
  readonly #dropped = new Map<string, number>();

  constructor(shape: ModuleShape, additions: Additions) {
    this.#shape = shape;
    this.#additions = additions;
  }

  tableSet(code: ByteWriter, table: number): void {
    const element = this.#element(table);
    this.#call(code, `set ${table}`, [i32, element], [], 0, (body) => {
      body.byte(Op.localGet, 0, Op.localGet, 1, Op.tableSet).u32(table);
      this.#mark(body, table, 0, undefined);
    });
  }

  tableFill(code: ByteWriter, table: number): void {
    const element = this.#element(table);
    this.#call(code, `fill ${table}`, [i32, element, i32], [], 0, (body) => {
      body.byte(Op.localGet, 0, Op.localGet, 1, Op.localGet, 2, Op.prefixBulk, 17).u32(table);
      this.#mark(body, table, 0, 2);
    });
  }

  tableCopy(code: ByteWriter, target: number, source: number): void {
    this.#call(code, `copy ${target} ${source}`, [i32, i32, i32], [], 0, (body) => {
      body.byte(Op.localGet, 0, Op.localGet, 1, Op.localGet, 2, Op.prefixBulk, 14);
      body.u32(target).u32(source);
      this.#mark(body, target, 0, 2);
    });
  }

  tableInit(code: ByteWriter, segment: number, table: number): void {
    this.#call(code, `init ${segment} ${table}`, [i32, i32, i32], [], 0, (body) => {
      this.#trapIfDropped(body, 'element', segment);
      body.byte(Op.localGet, 0, Op.localGet, 1, Op.localGet, 2, Op.prefixBulk, 12);
      body.u32(segment).u32(table);
      this.#mark(body, table, 0, 2);
    });
  }

  /** A virtual table.grow: entries that an earlier call left behind are used again before new ones are made. */
  tableGrow(code: ByteWriter, table: number): void {
    const trim = this.#trim(table);
    const element = this.#element(table);
    const [value, delta, old, wanted, physical] = [0, 1, 2, 3, 4] as const;
    this.#call(code, `grow ${table}`, [element, i32], [i32], 3, (body) => {
      body.byte(Op.prefixBulk, 16).u32(table).byte(Op.localTee, physical);
      body.byte(Op.globalGet).u32(trim).byte(Op.i32Sub, Op.localTee, old);
      body.byte(Op.localGet, delta, Op.i32Add, Op.localTee, wanted);
      body.byte(Op.localGet, old, Op.i32LtU, Op.if, ValueType.empty);
      body.byte(Op.i32Const, 0x7f, Op.return, Op.end); // more entries than 32 bits can count
      body.byte(Op.localGet, wanted, Op.localGet, physical, Op.i32GtU, Op.if, ValueType.empty);
      body.byte(Op.localGet, value, Op.localGet, wanted, Op.localGet, physical, Op.i32Sub);
      body.byte(Op.prefixBulk, 15).u32(table).byte(Op.i32Const, 0x7f, Op.i32Eq);
      body.byte(Op.if, ValueType.empty, Op.i32Const, 0x7f, Op.return, Op.end);
      body.byte(Op.localGet, wanted, Op.localSet, physical, Op.end);
      body.byte(Op.localGet, physical, Op.localGet, wanted, Op.i32Sub, Op.globalSet).u32(trim);
      body.byte(Op.localGet, old, Op.localGet, value, Op.localGet, delta);
      body.byte(Op.prefixBulk, 17).u32(table);
      this.#mark(body, table, old, delta);
      body.byte(Op.localGet, old);
    });
  }

  tableSize(code: ByteWriter, table: number): void {
    code.byte(Op.prefixBulk, 16).u32(table);
    code.byte(Op.globalGet).u32(this.#trim(table)).byte(Op.i32Sub);
  }

  memoryInit(code: ByteWriter, segment: number, memory: number): void {
    this.#call(code, `data ${segment} ${memory}`, [i32, i32, i32], [], 0, (body) => {
      this.#trapIfDropped(body, 'data', segment);
      body.byte(Op.localGet, 0, Op.localGet, 1, Op.localGet, 2, Op.prefixBulk, 8);
      body.u32(segment).u32(memory);
    });
  }

  /** A dropped segment keeps its bytes, because the next call needs them again; only the flag is restored. */
  drop(code: ByteWriter, kind: 'data' | 'element', segment: number): void {
    const flag = this.#droppedFlag(kind, segment);
    code.byte(Op.i32Const, 1, Op.globalSet).u32(flag);
  }

  #trapIfDropped(body: ByteWriter, kind: 'data' | 'element', segment: number): void {
    body.byte(Op.globalGet).u32(this.#droppedFlag(kind, segment)).byte(Op.if, ValueType.empty);
    body.byte(Op.localGet, 1, Op.localGet, 2, Op.i32Or, Op.if, ValueType.empty);
    body.byte(Op.unreachable, Op.end, Op.end);
  }

  #droppedFlag(kind: 'data' | 'element', segment: number): number {
    const key = `${kind}${segment}`;
    let flag = this.#dropped.get(key);
    if (flag === undefined) {
      flag = this.#additions.global(`dropped_${key}`, 0);
      this.#dropped.set(key, flag);
    }
    return flag;
  }

  #call(
    code: ByteWriter,
    key: string,
    parameters: readonly number[],
    results: readonly number[],
    locals: number,
    write: (body: ByteWriter) => void,
  ): void {
    let index = this.#functions.get(key);
    if (index === undefined) {
      index = this.#additions.function({ parameters, results }, locals, write);
      this.#functions.set(key, index);
    }
    code.byte(Op.call).u32(index);
  }

  /** Writes a call that notes `[local from, from + local count)`, one entry if there is no count. */
  #mark(body: ByteWriter, table: number, from: number, count: number | undefined): void {
    body.byte(Op.localGet, from, Op.localGet, from);
    if (count === undefined) body.byte(Op.i32Const, 1, Op.i32Add);
    else body.byte(Op.localGet, count, Op.i32Add);
    const { low, high } = this.tableMarks(table);
    this.#call(body, `mark ${table}`, [i32, i32], [], 0, (mark) => {
      mark.byte(Op.localGet, 1, Op.localGet, 0, Op.i32Eq, Op.if, ValueType.empty);
      mark.byte(Op.return, Op.end);
      mark.byte(Op.localGet, 0, Op.globalGet).u32(low).byte(Op.i32LtU, Op.if, ValueType.empty);
      mark.byte(Op.localGet, 0, Op.globalSet).u32(low).byte(Op.end);
      mark.byte(Op.localGet, 1, Op.globalGet).u32(high).byte(Op.i32GtU, Op.if, ValueType.empty);
      mark.byte(Op.localGet, 1, Op.globalSet).u32(high).byte(Op.end);
    });
  }

  tableMarks(table: number): TableMarks {
    let marks = this.marks.get(table);
    if (marks === undefined) {
      marks = {
        low: this.#additions.global(`table${table}_low`, -1),
        high: this.#additions.global(`table${table}_high`, 0),
        trim: undefined,
      };
      this.marks.set(table, marks);
    }
    return marks;
  }

  #trim(table: number): number {
    const marks = this.tableMarks(table);
    marks.trim ??= this.#additions.global(`table${table}_trim`, 0);
    return marks.trim;
  }

  #element(table: number): number {
    return this.#shape.tables[table]?.element ?? ValueType.funcref;
  }
}
