import { Kind, Op, ValueType } from './format.js';
import type { FunctionType, ModuleShape } from './module.js';
import { ByteWriter } from './writer.js';

/** Every name that the rewriter adds to a module begins with this. */
export const reservedPrefix = '__rockpool_';

/**
 * What a rewrite adds to a module. Everything is appended behind what exists, so no index of the original ever shifts
 * and code that is not touched can be copied byte for byte.
 */
export class Additions {
  readonly types: Uint8Array[] = [];
  readonly functions: { readonly type: number; readonly body: Uint8Array }[] = [];
  readonly tables: Uint8Array[] = [];
  readonly memories: Uint8Array[] = [];
  readonly globals: Uint8Array[] = [];
  readonly exports: { readonly name: string; readonly kind: number; readonly index: number }[] = [];
  readonly #shape: ModuleShape;
  readonly #typeIndices = new Map<string, number>();
  readonly #exported = new Map<string, string>();

  constructor(shape: ModuleShape) {
    this.#shape = shape;
    shape.types.forEach((type, index) => {
      const key = typeKey(type);
      if (!this.#typeIndices.has(key)) this.#typeIndices.set(key, index);
    });
    for (const { kind, index, name } of shape.exports) {
      const key = `${kind}:${index}`;
      if (!this.#exported.has(key)) this.#exported.set(key, name);
    }
  }

  /** The index of a function type; an equal one of the module is reused. */
  type(parameters: readonly number[], results: readonly number[]): number {
    const type = { parameters, results };
    const key = typeKey(type);
    const known = this.#typeIndices.get(key);
    if (known !== undefined) return known;
    const index = this.#shape.types.length + this.types.length;
    this.types.push(
      new ByteWriter()
        .byte(0x60)
        .sized(Uint8Array.from(parameters))
        .sized(Uint8Array.from(results))
        .finish(),
    );
    this.#typeIndices.set(key, index);
    return index;
  }

  /** Appends a function. `locals` are i32; `write` writes the instructions without the last `end`. */
  function(signature: FunctionType, locals: number, write: (code: ByteWriter) => unknown): number {
    const code = new ByteWriter(64);
    if (locals > 0) code.u32(1).u32(locals).byte(ValueType.i32);
    else code.u32(0);
    write(code);
    code.byte(Op.end);
    this.functions.push({
      type: this.type(signature.parameters, signature.results),
      body: code.finish(),
    });
    return this.#shape.functions.length + this.functions.length - 1;
  }

  /** Appends a mutable i32 global, exported under its name, and gives its index. */
  global(name: string, initial: number): number {
    const index = this.#shape.globals.length + this.globals.length;
    this.globals.push(
      new ByteWriter(16).byte(ValueType.i32, 1, Op.i32Const).s32(initial).byte(Op.end).finish(),
    );
    this.exports.push({ name: `${reservedPrefix}${name}`, kind: Kind.global, index });
    return index;
  }

  /** Appends a shared memory of one page, exported under its name, and gives its index. */
  sharedMemory(name: string): number {
    const index = this.#shape.memories.length + this.memories.length;
    this.memories.push(Uint8Array.of(sharedWithMaximum, 1, 1));
    this.exports.push({ name: `${reservedPrefix}${name}`, kind: Kind.memory, index });
    return index;
  }

  /** Appends a table of `slots` function references, exported under its name, and gives its index. */
  functionTable(name: string, slots: number): number {
    const index = this.#shape.tables.length + this.tables.length;
    this.tables.push(new ByteWriter(8).byte(ValueType.funcref, 1).u32(slots).u32(slots).finish());
    this.exports.push({ name: `${reservedPrefix}${name}`, kind: Kind.table, index });
    return index;
  }

  /** The name under which something of the module is exported; it is exported now if it was hidden. */
  exportName(kind: number, index: number): string {
    const key = `${kind}:${index}`;
    const known = this.#exported.get(key);
    if (known !== undefined) return known;
    const name = `${reservedPrefix}${kindNames[kind] ?? 'item'}${index}`;
    this.exports.push({ name, kind, index });
    this.#exported.set(key, name);
    return name;
  }
}

/** The limits of a memory that other threads see. */
const sharedWithMaximum = 3;

const kindNames: Readonly<Record<number, string>> = {
  [Kind.function]: 'function',
  [Kind.table]: 'table',
  [Kind.memory]: 'memory',
  [Kind.global]: 'global',
};

const typeKey = ({ parameters, results }: FunctionType): string =>
  `${parameters.join(',')}>${results.join(',')}`;
