import type { Origin } from './module.js';

/** Where the host finds something of an instance: among its exports, or among the imports it was given. */
export type Place =
  | { readonly from: 'export'; readonly name: string }
  | { readonly from: 'import'; readonly module: string; readonly name: string };

export interface MemoryPlace {
  readonly place: Place;
  readonly minimumPages: number;
  readonly maximumPages: number | undefined;
  /**
   * Exported global with the pages that exist but that the guest must not know of; undefined where the guest never
   * asks for the size of its memory.
   */
  readonly trim: string | undefined;
}

export interface TablePlace {
  readonly place: Place;
  /** Exported globals that bound the entries written by guest code since they were last reset: `[low, high)`. */
  readonly written: { readonly low: string; readonly high: string } | undefined;
  /** Exported global with the entries that exist but that the guest must not know of, where the guest grows the table. */
  readonly trim: string | undefined;
}

export interface GlobalPlace {
  readonly place: Place;
}

/** What a rewritten module offers to the host, by the names of its exports. Plain data: it is cached and posted. */
export interface RewriteManifest {
  readonly memories: readonly MemoryPlace[];
  /** Tables that something may write to after instantiation. */
  readonly tables: readonly TablePlace[];
  /** Every mutable global, those of the rewriter included. */
  readonly globals: readonly GlobalPlace[];
  /** Exported two-slot function table; see `HostSlot`. Undefined if the module never calls the host. */
  readonly hostTable: string | undefined;
  /** Exported global that holds the remaining fuel. */
  readonly fuel: string | undefined;
  /** Exported shared memory whose first word stops the guest. */
  readonly epoch: string | undefined;
  /** Exported function that was the start function; the host calls it after instantiation, under its own limits. */
  readonly start: string | undefined;
}

/** Slots of the host table, with the signatures of the functions that belong there. */
export const HostSlot = {
  /**
   * `(left: i32) -> i32`: called with fuel below zero, or with 0 when the epoch's word is set; gives the new fuel, less
   * than zero stops the guest.
   */
  refill: 0,
  /** `(deltaPages: i32, memoryIndex: i32) -> i32`: the guest's `memory.grow`. */
  grow: 1,
} as const;

export const placeOf = (imported: Origin | undefined, exportName: () => string): Place =>
  imported === undefined
    ? { from: 'export', name: exportName() }
    : { from: 'import', module: imported.module, name: imported.name };
