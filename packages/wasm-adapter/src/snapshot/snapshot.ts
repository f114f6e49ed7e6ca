import type { GuestMemory } from '../guest/memory.js';
import type { GuestStore } from '../guest/store.js';
import { MemoryImage } from './image.js';

/** Puts one memory back; made once per snapshot. */
export interface MemoryRestorer {
  /** Puts the memory back and gives the number of 4 KiB pages that had to be written. */
  restore(): number;
  /** Ends what the restorer holds outside the JavaScript heap. */
  dispose(): void;
}

/** A way to find and undo what a guest wrote to its memory. */
export interface SnapshotBackend {
  readonly name: 'portable' | 'os-tracked';
  restorer(memory: GuestMemory, image: MemoryImage): MemoryRestorer;
}

/** What a restore did, or why it could not be done. */
export type RestoreOutcome =
  | { readonly kind: 'restored'; readonly dirtyPages: number }
  | { readonly kind: 'lost'; readonly reason: string };

export interface SnapshotOptions {
  readonly backend: SnapshotBackend;
  /** `paranoid` compares all memory after every restore. */
  readonly check: 'trusting' | 'paranoid';
  /** Images of an earlier snapshot of the same program, to share memory with. */
  readonly like?: readonly MemoryImage[] | undefined;
}

/** The state of a guest at one moment: memories, globals and tables. */
export class Snapshot {
  readonly images: readonly MemoryImage[];
  readonly #store: GuestStore;
  readonly #globals: readonly { readonly global: WebAssembly.Global; readonly value: unknown }[];
  readonly #memories: readonly SavedMemory[];
  readonly #check: 'trusting' | 'paranoid';
  readonly #kept: readonly (() => void)[];

  constructor(store: GuestStore, { backend, check, like }: SnapshotOptions) {
    this.#store = store;
    this.#check = check;
    for (const table of store.tables) table.capture();
    this.#kept = store.kept.map((capture) => capture());
    this.#globals = [...store.globals].map((global) => ({
      global,
      value: global.value as unknown,
    }));
    this.images = store.memories.map(
      ({ memory }, index) => new MemoryImage(memory.buffer, like?.[index]),
    );
    this.#memories = store.memories.map((memory, index) => {
      memory.forgetGlueGrowth();
      const image = this.images[index] as MemoryImage;
      return { memory, image, pages: memory.pages, restorer: backend.restorer(memory, image) };
    });
  }

  /** Puts everything back. `lost` means that the guest must be thrown away; it must then not run again. */
  restore(): RestoreOutcome {
    let dirtyPages = 0;
    for (const { memory, pages, restorer } of this.#memories) {
      dirtyPages += restorer.restore();
      memory.hideBeyond(pages);
    }
    // Tables first: the globals hold the ranges that were written.
    for (const table of this.#store.tables) {
      if (table.restore() === 'lost') {
        return { kind: 'lost', reason: 'glue code grew a table, and tables cannot shrink' };
      }
    }
    for (const { global, value } of this.#globals) global.value = value;
    for (const putBack of this.#kept) putBack();
    const difference = this.#check === 'paranoid' ? this.difference() : undefined;
    if (difference !== undefined) return { kind: 'lost', reason: difference };
    return { kind: 'restored', dirtyPages };
  }

  /** Compares all memory and globals with the snapshot; a sentence if something differs. */
  difference(): string | undefined {
    for (const { memory, image } of this.#memories) {
      const at = image.firstDifference(Buffer.from(memory.memory.buffer));
      if (at !== undefined) return `memory differs from its snapshot at byte ${at}`;
    }
    for (const { global, value } of this.#globals) {
      if (!Object.is(global.value, value)) return 'a global differs from its snapshot';
    }
    return undefined;
  }

  dispose(): void {
    for (const { restorer } of this.#memories) restorer.dispose();
  }
}

interface SavedMemory {
  readonly memory: GuestMemory;
  readonly image: MemoryImage;
  readonly pages: number;
  readonly restorer: MemoryRestorer;
}
