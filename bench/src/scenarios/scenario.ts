import type { SubjectName } from '../subjects/index.js';

/** How much is measured: `quick` shows in under a minute that everything works and roughly where it stands. */
export type Mode = 'quick' | 'full';

/** A median over rounds, with the quartiles beside it. */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** One figure of one pool. */
export interface Row {
  readonly subject: string;
  readonly part: string;
  /** `ns` CPU nanoseconds per unit · `ms` · `bytes` · `count`. */
  readonly unit: 'ns' | 'ms' | 'bytes' | 'count';
  readonly value: number;
  /** Ratios to the other pools of the same process, within rounds. */
  readonly against?: Readonly<Record<string, Ratio>>;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** The pools to compare with, each in a process of its own; none = Rockpool alone, `undefined` = not in this mode. */
  peers(mode: Mode): readonly SubjectName[] | undefined;
  /** Flags of Node that its process needs beside the usual ones. */
  readonly nodeFlags?: readonly string[];
  /** Runs in a child process. */
  run(subjects: readonly SubjectName[], mode: Mode): Promise<readonly Row[]>;
}
