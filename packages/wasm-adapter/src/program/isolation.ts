import type { Metering } from '../rewrite/index.js';
import type { PreparedModule } from './compiler.js';

/**
 * How a guest is kept apart from the calls before it: `snapshot` restores the state after initialisation, `fresh` makes
 * a new guest for every lease, `stateful` keeps the state on purpose.
 */
export type Isolation = 'snapshot' | 'fresh' | 'stateful';

/** What static analysis says about restoring the state of a program. */
export interface IsolationReport {
  /** The isolation that is used unless another one is asked for. */
  readonly recommended: 'snapshot' | 'fresh';
  /** Why a snapshot would not cover all state; empty if it does. One sentence each. */
  readonly reasons: readonly string[];
  /** What is known to stay observable even though a snapshot is used. */
  readonly residues: readonly string[];
  /** Whether deadlines and fuel can be kept in the code itself. */
  readonly metering: Metering;
  /** Whether `memory.maxPages` holds at run time. */
  readonly memoryLimit: 'enforced' | 'not-enforced';
  readonly modules: readonly {
    readonly name: string;
    readonly bytes: number | undefined;
    readonly functions: number | undefined;
    readonly mutableGlobals: number | undefined;
    readonly hiddenMutableGlobals: number | undefined;
    readonly writtenTables: number | undefined;
    /** Of its largest memory. */
    readonly minimumPages: number;
    readonly obstacles: readonly string[];
  }[];
}

/** Builds the report of a program from its modules and what is known of the code around them. */
export function isolationReport(
  modules: readonly PreparedModule[],
  surroundings: { readonly reasons: readonly string[]; readonly residues: readonly string[] },
): IsolationReport {
  const reasons = [
    ...modules.flatMap(({ name, obstacles }) => obstacles.map((why) => `${name}: ${why}`)),
    ...surroundings.reasons,
  ];
  const analyses = modules.flatMap(({ analysis }) => analysis ?? []);
  const residues = [...surroundings.residues];
  if (analyses.some(({ growsMemory }) => growsMemory)) {
    residues.push(
      'memory that an earlier call added stays with the engine, zeroed: an access beyond the size the guest knows reads zero instead of trapping',
    );
  }
  if (analyses.some(({ grownTables }) => grownTables.length > 0)) {
    residues.push(
      'table entries that an earlier call added stay, emptied: an access beyond the size the guest knows reads null instead of trapping',
    );
  }
  return {
    recommended: reasons.length === 0 ? 'snapshot' : 'fresh',
    reasons,
    residues,
    metering: meteringOf(modules),
    memoryLimit: modules.every(({ manifest }) => manifest !== undefined)
      ? 'enforced'
      : 'not-enforced',
    modules: modules.map(({ name, analysis, obstacles }) => ({
      name,
      bytes: analysis?.bytes,
      functions: analysis?.functions,
      mutableGlobals: analysis?.mutableGlobals,
      hiddenMutableGlobals: analysis?.hiddenMutableGlobals,
      writtenTables: analysis?.writtenTables.length,
      minimumPages: Math.max(0, ...(analysis?.memories ?? []).map((memory) => memory.minimumPages)),
      obstacles,
    })),
  };
}

/** A guest can be stopped only if all of its modules can. */
function meteringOf(modules: readonly PreparedModule[]): Metering {
  if (modules.every(({ manifest }) => manifest?.fuel !== undefined)) return 'metered';
  return modules.every(({ manifest }) => manifest?.epoch !== undefined) ? 'epoch' : 'unmetered';
}
