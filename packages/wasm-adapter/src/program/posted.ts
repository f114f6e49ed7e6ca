import type { CompiledModule, StoreOptions } from '../guest/store.js';
import { GuestStore } from '../guest/store.js';
import { componentGlue } from './component.js';
import type { AbiNames } from './core-abi.js';
import type { GlueModule } from './glue.js';
import { StoreGlueContext } from './glue.js';
import { resolveImports } from './imports.js';
import type { IsolationReport } from './isolation.js';
import type { GlueFactory, GuestApi } from './options.js';
import type { ModuleReference } from './reference.js';
import { importReference } from './reference.js';
import type { Guest, Runnable } from './runnable.js';

/** A program as data that can be posted; see `WasmProgram.posted`. */
export interface PostedProgram {
  readonly name: string;
  readonly abi: AbiNames;
  readonly report: IsolationReport;
  readonly modules: readonly {
    readonly key: string;
    readonly compiled: CompiledModule;
    readonly original: Uint8Array;
  }[];
  readonly glue: ModuleReference | undefined;
  readonly imports: ModuleReference | undefined;
  readonly component: { readonly source: string; readonly imports: readonly string[] } | undefined;
}

/** A posted program on its other side. */
export class ReceivedProgram<Api extends GuestApi> implements Runnable<Api> {
  readonly name: string;
  readonly abi: AbiNames;
  readonly #posted: PostedProgram;
  readonly #modules: ReadonlyMap<string, GlueModule>;
  readonly #glue: GlueFactory | undefined;

  constructor(posted: PostedProgram) {
    const { name, abi, modules, component, imports, glue } = posted;
    this.name = name;
    this.abi = abi;
    this.#posted = posted;
    this.#modules = new Map(
      modules.map(({ key, compiled, original }) => [key, { compiled, original }]),
    );
    this.#glue =
      component === undefined
        ? glue === undefined
          ? undefined
          : lazyGlue(glue)
        : componentGlue(name, component, imports);
  }

  isolationReport(): IsolationReport {
    return this.#posted.report;
  }

  newStore(options: StoreOptions): GuestStore {
    return new GuestStore(options);
  }

  async instantiate(store: GuestStore): Promise<Guest<Api>> {
    return makeGuest<Api>(store, this.#modules, this.#glue, () =>
      resolveImports(this.#posted.imports),
    );
  }
}

/** Makes a guest through its glue, or, for a core module, directly. */
export async function makeGuest<Api extends GuestApi>(
  store: GuestStore,
  modules: ReadonlyMap<string, GlueModule>,
  glue: GlueFactory | undefined,
  imports: () => Promise<Record<string, Record<string, unknown>>>,
): Promise<Guest<Api>> {
  if (glue !== undefined) {
    const api = await glue(new StoreGlueContext(store, modules));
    return { store, api: api as Api };
  }
  const main = modules.get('main');
  if (main === undefined) throw new Error('bug in rockpool: a program without a main module');
  const instance = store.instantiate(main.compiled, (await imports()) as WebAssembly.Imports);
  return { store, api: instance.exports as unknown as Api };
}

/** Glue that is loaded when the first instance is made. */
export const lazyGlue =
  (reference: ModuleReference): GlueFactory =>
  async (context) =>
    (await importReference<GlueFactory>(reference))(context);
