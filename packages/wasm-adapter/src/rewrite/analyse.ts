import { reservedPrefix } from './additions.js';
import { RewriteError } from './errors.js';
import { Bulk, Interest, interestIn, Kind, Op, Section, ValueType } from './format.js';
import { InstructionDecoder, skipLocals } from './instruction.js';
import type { ModuleShape, Origin } from './module.js';
import { readModule } from './module.js';
import { ByteReader } from './reader.js';

/** What static analysis finds in a core module. */
export interface ModuleAnalysis {
  readonly bytes: number;
  readonly functions: number;
  readonly loops: number;
  readonly imports: readonly (Origin & { readonly kind: ImportKind })[];
  readonly exports: readonly string[];
  readonly memories: readonly {
    readonly imported: boolean;
    readonly minimumPages: number;
    readonly maximumPages: number | undefined;
  }[];
  readonly mutableGlobals: number;
  /** Mutable globals that only the code of the module can reach. */
  readonly hiddenMutableGlobals: number;
  readonly growsMemory: boolean;
  readonly asksMemorySize: boolean;
  /** Indices of the tables that guest code writes to. */
  readonly writtenTables: readonly number[];
  readonly grownTables: readonly number[];
  readonly droppedDataSegments: readonly number[];
  readonly droppedElementSegments: readonly number[];
  readonly hasStart: boolean;
  /** Why the state of an instance cannot be put back; empty if it can. One sentence each. */
  readonly snapshotObstacles: readonly string[];
}

export type ImportKind = 'function' | 'table' | 'memory' | 'global' | 'tag';

/**
 * Reads a core module and reports what matters for isolation.
 *
 * @throws RewriteError if the bytes are no core module, or use a feature that the rewriter does not know.
 */
export function analyseModule(bytes: Uint8Array): ModuleAnalysis {
  return analyseShape(readModule(bytes));
}

export function analyseShape(shape: ModuleShape): ModuleAnalysis {
  assertRewritable(shape);
  const usage = scanCode(shape);
  const exported = new Set(
    shape.exports.filter(({ kind }) => kind === Kind.global).map(({ index }) => index),
  );
  const mutable = shape.globals.map((global, index) => ({ ...global, index }));
  const mutableGlobals = mutable.filter((global) => global.mutable);
  return {
    bytes: shape.bytes.length,
    functions: shape.functions.length - shape.importedFunctions,
    loops: usage.loops,
    imports: shape.imports.map(({ module, name, kind }) => ({
      module,
      name,
      kind: importKinds[kind] ?? 'tag',
    })),
    exports: shape.exports.map(({ name }) => name),
    memories: shape.memories.map(({ imported, minimum, maximum }) => ({
      imported: imported !== undefined,
      minimumPages: minimum,
      maximumPages: maximum,
    })),
    mutableGlobals: mutableGlobals.length,
    hiddenMutableGlobals: mutableGlobals.filter(
      ({ imported, index }) => imported === undefined && !exported.has(index),
    ).length,
    growsMemory: usage.growsMemory,
    asksMemorySize: usage.asksMemorySize,
    writtenTables: sorted(usage.writtenTables),
    grownTables: sorted(usage.grownTables),
    droppedDataSegments: sorted(usage.droppedData),
    droppedElementSegments: sorted(usage.droppedElements),
    hasStart: shape.start !== undefined,
    snapshotObstacles: obstacles(shape, usage),
  };
}

const importKinds: Readonly<Record<number, ImportKind>> = {
  [Kind.function]: 'function',
  [Kind.table]: 'table',
  [Kind.memory]: 'memory',
  [Kind.global]: 'global',
  [Kind.tag]: 'tag',
};

interface CodeUsage {
  loops: number;
  growsMemory: boolean;
  asksMemorySize: boolean;
  readonly writtenTables: Set<number>;
  readonly grownTables: Set<number>;
  readonly droppedData: Set<number>;
  readonly droppedElements: Set<number>;
}

function assertRewritable(shape: ModuleShape): void {
  const refuse = (what: string): never => {
    throw new RewriteError('unsupported', what);
  };
  if (shape.usesGcTypes) refuse('wasm-gc types are not supported');
  if (shape.memories.some(({ address64 }) => address64)) refuse('memory64 is not supported');
  if (shape.tables.some(({ address64 }) => address64)) refuse('64-bit tables are not supported');
  if (shape.memories.some(({ shared }) => shared)) refuse('shared memory is not supported');
  if (shape.exports.some(({ name }) => name.startsWith(reservedPrefix))) {
    throw new RewriteError(
      'already-rewritten',
      `the module exports names that begin with ${reservedPrefix}: it was rewritten before`,
    );
  }
}

function scanCode(shape: ModuleShape): CodeUsage {
  const usage: CodeUsage = {
    loops: 0,
    growsMemory: false,
    asksMemorySize: false,
    writtenTables: new Set(),
    grownTables: new Set(),
    droppedData: new Set(),
    droppedElements: new Set(),
  };
  const section = shape.sections.find(({ id }) => id === Section.code);
  if (section === undefined) return usage;
  const reader = new ByteReader(shape.bytes, section.start, section.end);
  const decoder = new InstructionDecoder();
  for (let count = reader.u32(); count > 0; count -= 1) {
    const body = reader.window(reader.u32());
    skipLocals(body);
    while (!body.done) {
      decoder.next(body);
      if (interestIn(decoder.op) !== Interest.ignored) note(usage, decoder);
    }
  }
  return usage;
}

function note(usage: CodeUsage, { op, first, second }: InstructionDecoder): void {
  switch (op) {
    case Op.loop:
      usage.loops += 1;
      return;
    case Op.memoryGrow:
      usage.growsMemory = true;
      return;
    case Op.memorySize:
      usage.asksMemorySize = true;
      return;
    case Op.tableSet:
    case Bulk.tableFill:
    case Bulk.tableCopy:
      usage.writtenTables.add(first);
      return;
    case Bulk.tableInit:
      usage.writtenTables.add(second);
      return;
    case Bulk.tableGrow:
      usage.writtenTables.add(first);
      usage.grownTables.add(first);
      return;
    case Bulk.dataDrop:
      usage.droppedData.add(first);
      return;
    case Bulk.elemDrop:
      usage.droppedElements.add(first);
      return;
    default:
  }
}

function obstacles(shape: ModuleShape, usage: CodeUsage): string[] {
  const found: string[] = [];
  shape.globals.forEach(({ mutable, type }, index) => {
    if (!mutable || restorable.has(type)) return;
    found.push(
      `mutable global ${index} has a type that JavaScript cannot read back (${typeName(type)})`,
    );
  });
  for (const index of usage.writtenTables) {
    const element = shape.tables[index]?.element;
    if (element !== ValueType.funcref && element !== ValueType.externref) {
      found.push(`table ${index} is written and holds typed references`);
    }
  }
  for (const index of usage.grownTables) {
    if (shape.tables[index]?.imported !== undefined) {
      found.push(`table ${index} is imported and grown: its size belongs to somebody else`);
    }
  }
  return found;
}

const restorable: ReadonlySet<number> = new Set([
  ValueType.i32,
  ValueType.i64,
  ValueType.f32,
  ValueType.f64,
  ValueType.funcref,
  ValueType.externref,
]);

const typeName = (type: number): string =>
  type === ValueType.v128 ? 'v128' : type === ValueType.exnref ? 'exnref' : 'typed reference';

const sorted = (values: ReadonlySet<number>): number[] => [...values].sort((a, b) => a - b);
