import { Additions } from './additions.js';
import type { ModuleAnalysis } from './analyse.js';
import { analyseShape } from './analyse.js';
import { Barriers } from './barriers.js';
import { CodeRewriter } from './code.js';
import { emitModule } from './emit.js';
import { EpochMeter } from './epoch.js';
import { RewriteError } from './errors.js';
import { Kind, Section, ValueType } from './format.js';
import { FuelMeter } from './fuel.js';
import type { GlobalPlace, MemoryPlace, RewriteManifest, TablePlace } from './manifest.js';
import { placeOf } from './manifest.js';
import type { CodeMeter, Metering } from './meter.js';
import type { ModuleShape } from './module.js';
import { readModule } from './module.js';

/** Changes with every change of the rewriter's output: part of the key of everything that is cached. */
export const rewriterVersion = 3;

export interface RewriteOptions {
  /** See {@link Metering}; `epoch` needs an engine with several memories in a module. Default `unmetered`. */
  readonly metering?: Metering;
  /**
   * `restorable` exports hidden globals and tables, notes table writes and remembers dropped segments, so that a host
   * can put the state of an instance back. Default `untouched`.
   */
  readonly state?: 'restorable' | 'untouched';
  /** `virtual` lets the host decide on `memory.grow` and hide pages from `memory.size`. Default `physical`. */
  readonly memory?: 'virtual' | 'physical';
}

export interface RewriteResult {
  readonly bytes: Uint8Array;
  readonly manifest: RewriteManifest;
  readonly analysis: ModuleAnalysis;
}

/**
 * Rewrites a core module so that a host can meter it, limit its memory and put its state back. The result behaves as
 * the original does, as long as the host fills the table named in the manifest and calls the start function.
 *
 * @throws RewriteError if the bytes are no core module, use a feature the rewriter does not know, or were rewritten
 * before; with `state: 'restorable'` also if the state of the module cannot be put back.
 */
export function rewriteModule(bytes: Uint8Array, options: RewriteOptions = {}): RewriteResult {
  const shape = readModule(bytes);
  const analysis = analyseShape(shape);
  if (options.state === 'restorable' && analysis.snapshotObstacles.length > 0) {
    throw new RewriteError('unsupported', analysis.snapshotObstacles.join('; '));
  }
  const additions = new Additions(shape);
  const virtual = options.memory === 'virtual' && shape.memories.length > 0;
  const { metering = 'unmetered' } = options;
  const asksHost = metering !== 'unmetered' || (virtual && analysis.growsMemory);
  const hostTable = asksHost ? additions.functionTable('host', 2) : undefined;
  const trims = new Map<number, number>();
  const barriers = options.state === 'restorable' ? new Barriers(shape, additions) : undefined;
  const meter = hostTable === undefined ? undefined : meterOf(metering, additions, hostTable);
  const memory = virtual
    ? {
        hostTable: hostTable ?? 0,
        growType: additions.type([ValueType.i32, ValueType.i32], [ValueType.i32]),
        trim: (index: number): number => {
          const known = trims.get(index);
          if (known !== undefined) return known;
          const trim = additions.global(`memory${index}_trim`, 0);
          trims.set(index, trim);
          return trim;
        },
      }
    : undefined;
  const section = shape.sections.find(({ id }) => id === Section.code);
  const untouched = meter === undefined && memory === undefined && barriers === undefined;
  const code =
    section === undefined || untouched
      ? undefined
      : new CodeRewriter(shape, { analysis, meter, memory, barriers }).rewrite(section);
  const start = shape.start === undefined ? undefined : startName(additions, shape.start);
  const manifest: RewriteManifest = {
    memories: memoryPlaces(shape, additions, trims),
    tables: barriers === undefined ? [] : tablePlaces(shape, additions, barriers),
    globals: barriers === undefined ? [] : globalPlaces(shape, additions),
    hostTable: hostTable === undefined ? undefined : '__rockpool_host',
    fuel: metering === 'metered' ? '__rockpool_fuel' : undefined,
    epoch: metering === 'epoch' ? '__rockpool_epoch' : undefined,
    start,
  };
  return { bytes: emitModule(shape, additions, code), manifest, analysis };
}

function meterOf(
  metering: Metering,
  additions: Additions,
  hostTable: number,
): CodeMeter | undefined {
  switch (metering) {
    case 'metered':
      return new FuelMeter(additions, hostTable);
    case 'epoch':
      return new EpochMeter(additions, hostTable);
    case 'unmetered':
      return undefined;
  }
}

function startName(additions: Additions, index: number): string {
  const name = '__rockpool_start';
  additions.exports.push({ name, kind: Kind.function, index });
  return name;
}

function memoryPlaces(
  shape: ModuleShape,
  additions: Additions,
  trims: ReadonlyMap<number, number>,
): MemoryPlace[] {
  return shape.memories.map((memory, index) => ({
    place: placeOf(memory.imported, () => additions.exportName(Kind.memory, index)),
    minimumPages: memory.minimum,
    maximumPages: memory.maximum,
    trim: trims.has(index) ? `__rockpool_memory${index}_trim` : undefined,
  }));
}

/** Only tables that can change: those that guest code writes, and those that glue code can reach. */
function tablePlaces(shape: ModuleShape, additions: Additions, barriers: Barriers): TablePlace[] {
  const reachable = new Set(
    shape.exports.filter(({ kind }) => kind === Kind.table).map(({ index }) => index),
  );
  return shape.tables.flatMap((table, index) => {
    const marks = barriers.marks.get(index);
    if (marks === undefined && table.imported === undefined && !reachable.has(index)) return [];
    return {
      place: placeOf(table.imported, () => additions.exportName(Kind.table, index)),
      written:
        marks === undefined
          ? undefined
          : { low: `__rockpool_table${index}_low`, high: `__rockpool_table${index}_high` },
      trim: marks?.trim === undefined ? undefined : `__rockpool_table${index}_trim`,
    };
  });
}

function globalPlaces(shape: ModuleShape, additions: Additions): GlobalPlace[] {
  const own = shape.globals.flatMap(({ imported, mutable }, index) =>
    mutable ? [{ place: placeOf(imported, () => additions.exportName(Kind.global, index)) }] : [],
  );
  const kept = additions.exports
    .filter(({ kind, index }) => kind === Kind.global && index >= shape.globals.length)
    .filter(({ name }) => name !== '__rockpool_fuel' && !name.endsWith('_trim'))
    .map(({ name }) => ({ place: { from: 'export' as const, name } }));
  return [...own, ...kept];
}
