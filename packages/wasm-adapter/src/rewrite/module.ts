import { RewriteError } from './errors.js';
import { Kind, Op, Section } from './format.js';
import { InstructionDecoder, skipValueType } from './instruction.js';
import { ByteReader } from './reader.js';

/** Where a section lies in the file; `header` is the offset of its id byte, `start` of its content. */
export interface SectionRange {
  readonly id: number;
  readonly header: number;
  readonly start: number;
  readonly end: number;
}

export interface Origin {
  readonly module: string;
  readonly name: string;
}

export interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
  readonly shared: boolean;
  readonly address64: boolean;
}

export interface MemoryShape extends Limits {
  readonly imported: Origin | undefined;
}

export interface TableShape extends Limits {
  readonly imported: Origin | undefined;
  /** The first byte of the element type; `0x63`/`0x64` for typed references. */
  readonly element: number;
}

export interface GlobalShape {
  readonly imported: Origin | undefined;
  readonly type: number;
  readonly mutable: boolean;
}

export interface FunctionShape {
  readonly imported: Origin | undefined;
  readonly type: number;
}

export interface ExportShape {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

/** The declarations of a module: everything except its code and data. */
export interface ModuleShape {
  readonly bytes: Uint8Array;
  readonly sections: readonly SectionRange[];
  readonly types: readonly FunctionType[];
  readonly imports: readonly (Origin & { readonly kind: number })[];
  readonly functions: readonly FunctionShape[];
  readonly tables: readonly TableShape[];
  readonly memories: readonly MemoryShape[];
  readonly globals: readonly GlobalShape[];
  readonly exports: readonly ExportShape[];
  readonly start: number | undefined;
  /** Declared with type forms that only wasm-gc has (structs, arrays, recursion groups, subtypes). */
  readonly usesGcTypes: boolean;
  readonly importedFunctions: number;
}

/** Reads the declarations of a module. Throws `RewriteError` if the bytes are not a core WebAssembly module. */
export function readModule(bytes: Uint8Array): ModuleShape {
  assertCoreModule(bytes);
  const shape = new ShapeBuilder(bytes);
  const reader = new ByteReader(bytes, 8);
  while (!reader.done) {
    const header = reader.position;
    const id = reader.byte();
    const length = reader.u32();
    const start = reader.position;
    const content = reader.window(length);
    shape.sections.push({ id, header, start, end: reader.position });
    shape.section(id, content);
  }
  return shape;
}

/** Says in words what the bytes are, if they are not a core module. */
function assertCoreModule(bytes: Uint8Array): void {
  const magic = bytes[0] === 0x00 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
  if (!magic || bytes.length < 8) {
    throw new RewriteError(
      'malformed',
      `${bytes.length} bytes without the WebAssembly magic number`,
    );
  }
  const version = (bytes[4] as number) | ((bytes[5] as number) << 8);
  const layer = (bytes[6] as number) | ((bytes[7] as number) << 8);
  if (layer === 1) {
    throw new RewriteError('malformed', 'a component, where a core module is expected');
  }
  if (version !== 1 || layer !== 0) {
    throw new RewriteError('malformed', `WebAssembly version ${version} is unknown`);
  }
}

class ShapeBuilder implements ModuleShape {
  readonly bytes: Uint8Array;
  readonly sections: SectionRange[] = [];
  readonly types: FunctionType[] = [];
  readonly imports: (Origin & { readonly kind: number })[] = [];
  readonly functions: FunctionShape[] = [];
  readonly tables: TableShape[] = [];
  readonly memories: MemoryShape[] = [];
  readonly globals: GlobalShape[] = [];
  readonly exports: ExportShape[] = [];
  start: number | undefined;
  usesGcTypes = false;
  importedFunctions = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  section(id: number, reader: ByteReader): void {
    switch (id) {
      case Section.type:
        this.#types(reader);
        return;
      case Section.import:
        this.#each(reader, () => this.#import(reader));
        return;
      case Section.function:
        this.#each(reader, () => this.functions.push({ imported: undefined, type: reader.u32() }));
        return;
      case Section.table:
        this.#each(reader, () => this.#table(reader));
        return;
      case Section.memory:
        this.#each(reader, () =>
          this.memories.push({ imported: undefined, ...readLimits(reader) }),
        );
        return;
      case Section.global:
        this.#each(reader, () => {
          const global = { imported: undefined, ...readGlobalType(reader) };
          skipConstant(reader);
          this.globals.push(global);
        });
        return;
      case Section.export:
        this.#each(reader, () => {
          const name = reader.name();
          const kind = reader.byte();
          this.exports.push({ name, kind, index: reader.u32() });
        });
        return;
      case Section.start:
        this.start = reader.u32();
        return;
      default:
        if (id > Section.tag) throw new RewriteError('malformed', `section ${id} is unknown`);
    }
  }

  #each(reader: ByteReader, read: () => unknown): void {
    for (let count = reader.u32(); count > 0; count -= 1) read();
  }

  #types(reader: ByteReader): void {
    for (let count = reader.u32(); count > 0; count -= 1) {
      if (reader.byte() !== 0x60) {
        // Recursion groups shift every later type index: nothing behind this point could be trusted.
        this.usesGcTypes = true;
        return;
      }
      this.types.push({ parameters: readValueTypes(reader), results: readValueTypes(reader) });
    }
  }

  #import(reader: ByteReader): void {
    const origin = { module: reader.name(), name: reader.name() };
    const kind = reader.byte();
    this.imports.push({ ...origin, kind });
    switch (kind) {
      case Kind.function:
        this.functions.push({ imported: origin, type: reader.u32() });
        this.importedFunctions += 1;
        return;
      case Kind.table:
        this.tables.push({
          imported: origin,
          element: skipValueType(reader),
          ...readLimits(reader),
        });
        return;
      case Kind.memory:
        this.memories.push({ imported: origin, ...readLimits(reader) });
        return;
      case Kind.global:
        this.globals.push({ imported: origin, ...readGlobalType(reader) });
        return;
      case Kind.tag:
        reader.byte();
        reader.u32();
        return;
      default:
        throw new RewriteError('unsupported', `import kind ${kind} is not supported`, {
          offset: reader.position,
        });
    }
  }

  #table(reader: ByteReader): void {
    if (reader.peek() !== 0x40) {
      this.tables.push({
        imported: undefined,
        element: skipValueType(reader),
        ...readLimits(reader),
      });
      return;
    }
    reader.skip(2); // 0x40 0x00: a table with an initialiser
    this.tables.push({
      imported: undefined,
      element: skipValueType(reader),
      ...readLimits(reader),
    });
    skipConstant(reader);
  }
}

function readValueTypes(reader: ByteReader): number[] {
  const types: number[] = [];
  for (let count = reader.u32(); count > 0; count -= 1) types.push(skipValueType(reader));
  return types;
}

function readGlobalType(reader: ByteReader): { type: number; mutable: boolean } {
  return { type: skipValueType(reader), mutable: reader.byte() === 1 };
}

/** 64-bit limits are reported, not read: their modules are refused before the numbers matter. */
function readLimits(reader: ByteReader): Limits {
  const flags = reader.byte();
  if (flags > 7) {
    throw new RewriteError('unsupported', `limits of kind ${flags} are not supported`, {
      offset: reader.position,
    });
  }
  const address64 = (flags & 4) !== 0;
  const bound = (): number => {
    if (!address64) return reader.u32();
    reader.skipLeb();
    return 0;
  };
  const minimum = bound();
  const maximum = (flags & 1) !== 0 ? bound() : undefined;
  return { minimum, maximum, shared: (flags & 2) !== 0, address64 };
}

const decoder = new InstructionDecoder();

function skipConstant(reader: ByteReader): void {
  do decoder.next(reader);
  while (decoder.op !== Op.end);
}
