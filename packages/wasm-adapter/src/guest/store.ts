import { watchEpoch } from '../epoch/timekeeper.js';
import type { Place, RewriteManifest } from '../rewrite/index.js';
import { connectHost } from './host-functions.js';
import { GuestMemory } from './memory.js';
import { GuestMeter } from './meter.js';
import { GuestTable } from './table.js';

/** A core module ready to be instantiated; plain data and a `WebAssembly.Module`, so it can be posted to a worker. */
export interface CompiledModule {
  readonly name: string;
  readonly module: WebAssembly.Module;
  /** Undefined for a module that runs as it came. */
  readonly manifest: RewriteManifest | undefined;
}

export interface StoreOptions {
  /** The most pages that each memory of the guest may have. */
  readonly limitPages: number;
  readonly now: () => number;
}

/**
 * Everything of one guest that can change while it runs: all its core instances, their memories, tables and globals,
 * and the meter that runs them. Glue code gets its instances from here, so nothing is missed.
 */
export class GuestStore {
  readonly meter: GuestMeter;
  readonly memories: GuestMemory[] = [];
  readonly tables: GuestTable[] = [];
  readonly globals: Set<WebAssembly.Global> = new Set();
  /** Names of the modules that run as they came: their state cannot be put back. */
  readonly opaque: string[] = [];
  /** State of glue code in JavaScript: each captures it and gives a function that puts it back. */
  readonly kept: (() => () => void)[] = [];
  readonly #limitPages: number;

  constructor({ limitPages, now }: StoreOptions) {
    this.#limitPages = limitPages;
    this.meter = new GuestMeter(now);
  }

  /**
   * Instantiates a module and runs its start function, under whatever limits the meter is armed with. The result shows
   * only the exports that the original module has.
   */
  instantiate(compiled: CompiledModule, imports: WebAssembly.Imports = {}): WebAssembly.Instance {
    const { module, manifest } = compiled;
    const instance = new WebAssembly.Instance(module, imports);
    if (manifest === undefined) {
      this.#adoptOpaque(compiled.name, instance, imports);
      return instance;
    }
    this.#adopt(manifest, instance.exports, imports);
    if (manifest.start !== undefined) (instance.exports[manifest.start] as () => void)();
    return withoutOwnExports(instance);
  }

  get growthFailures(): number {
    let sum = 0;
    for (const { growthFailures } of this.memories) sum += growthFailures;
    return sum;
  }

  /** Virtual pages of all memories together. */
  get pages(): number {
    let sum = 0;
    for (const { pages } of this.memories) sum += pages;
    return sum;
  }

  get peakPages(): number {
    let sum = 0;
    for (const { peakPages } of this.memories) sum += peakPages;
    return sum;
  }

  set limitPages(pages: number) {
    for (const memory of this.memories) memory.limitPages = pages;
  }

  #adopt(
    manifest: RewriteManifest,
    exports: WebAssembly.Exports,
    imports: WebAssembly.Imports,
  ): void {
    const at = (place: Place): unknown =>
      place.from === 'export'
        ? exports[place.name]
        : (imports[place.module] as WebAssembly.ModuleImports)[place.name];
    const memories = manifest.memories.map(({ place, trim }) => {
      const memory = this.#memory(at(place) as WebAssembly.Memory);
      if (trim !== undefined) memory.addTrimGlobal(exports[trim] as WebAssembly.Global);
      return memory;
    });
    for (const { place, written, trim } of manifest.tables) {
      const table = this.#table(at(place) as WebAssembly.Table);
      if (written !== undefined) {
        table.addRange({
          low: exports[written.low] as WebAssembly.Global,
          high: exports[written.high] as WebAssembly.Global,
        });
      }
      if (trim !== undefined) table.addTrim(exports[trim] as WebAssembly.Global);
    }
    for (const { place } of manifest.globals) this.globals.add(at(place) as WebAssembly.Global);
    if (manifest.hostTable === undefined) return;
    connectHost(exports[manifest.hostTable] as WebAssembly.Table, {
      refill: this.#refill(manifest, exports),
      grow: (delta, index) => memories[index]?.grow(delta >>> 0) ?? -1,
    });
  }

  #refill(
    { fuel, epoch }: RewriteManifest,
    exports: WebAssembly.Exports,
  ): (left: number) => number {
    if (fuel !== undefined) return this.meter.add(exports[fuel] as WebAssembly.Global);
    if (epoch === undefined) return () => -1;
    return this.meter.addEpoch(watchEpoch(exports[epoch] as WebAssembly.Memory));
  }

  #adoptOpaque(name: string, instance: WebAssembly.Instance, imports: WebAssembly.Imports): void {
    this.opaque.push(name);
    const values = [
      ...Object.values(instance.exports),
      ...Object.values(imports).flatMap((group) => Object.values(group)),
    ];
    for (const value of values) if (value instanceof WebAssembly.Memory) this.#memory(value);
  }

  #memory(memory: WebAssembly.Memory): GuestMemory {
    let known = this.memories.find((candidate) => candidate.memory === memory);
    if (known === undefined) {
      known = new GuestMemory(memory, this.#limitPages);
      this.memories.push(known);
    }
    return known;
  }

  #table(table: WebAssembly.Table): GuestTable {
    let known = this.tables.find((candidate) => candidate.table === table);
    if (known === undefined) {
      known = new GuestTable(table);
      this.tables.push(known);
    }
    return known;
  }
}

/** Glue code walks over the exports it gets; it must not meet names of ours. */
function withoutOwnExports(instance: WebAssembly.Instance): WebAssembly.Instance {
  const exports: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(instance.exports)) {
    if (!name.startsWith('__rockpool_')) exports[name] = value;
  }
  return Object.create(WebAssembly.Instance.prototype, {
    exports: { value: Object.freeze(exports), enumerable: true },
  }) as WebAssembly.Instance;
}
