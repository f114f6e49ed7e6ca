import type { ByteWriter } from './writer.js';

/**
 * How a module is made to stop: `metered` counts fuel at loop headers and function entries, `epoch` looks there at a
 * word that another thread sets, `unmetered` has no checks.
 */
export type Metering = 'metered' | 'epoch' | 'unmetered';

/** What the rewriter writes so that a guest can be stopped. */
export interface CodeMeter {
  /** Locals of type i32 that checks need in each function: none, or one. */
  readonly scratchLocals: 0 | 1;
  /**
   * Writes a check; gives the offset of its cost, to be filled in later, or -1 if it has none. `scratch` is the index of
   * the local.
   */
  check(code: ByteWriter, scratch: number): number;
  /** Before a call of an imported function. */
  chargeImportCall(code: ByteWriter): void;
  /** Before a bulk instruction whose length is on top of the stack; leaves the length there. */
  chargeBulk(code: ByteWriter): void;
}
