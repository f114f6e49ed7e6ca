import { z } from 'zod';
import { parseOptions, warnProcess } from '../options.js';
import type { Metering } from '../rewrite/index.js';
import type { ModuleReference } from './reference.js';
import { isReference } from './reference.js';

/** What a glue factory returns: the functions that borrowers call. */
export type GuestApi = object;

const schema = z.strictObject({
  name: z.string().min(1).optional(),
  kind: z.enum(['core', 'glue', 'component']).optional(),
  metering: z.enum(['metered', 'epoch', 'unmetered']).default('metered'),
  imports: z
    .custom<ImportsOption>(
      (value) => typeof value === 'function' || (typeof value === 'object' && value !== null),
      'must be an object of imports, or a function that makes one for each instance',
    )
    .optional(),
  abi: z
    .strictObject({
      memory: z.string().default('memory'),
      alloc: z.string().default('alloc'),
      free: z.string().default('free'),
    })
    .prefault({}),
  glue: z
    .custom<GlueFactory | ModuleReference>(
      (value) => typeof value === 'function' || isReference(value),
      'must be a function, or `{ module, export }`',
    )
    .optional(),
  glueState: z.enum(['stateless', 'stateful']).default('stateful'),
  modules: z.record(z.string(), z.custom<ModuleSource>()).optional(),
  cacheDirectory: z.string().min(1).optional(),
  onWarning: z
    .custom<(message: string) => void>((value) => typeof value === 'function', 'must be a function')
    .optional(),
});

/** Options of a program with every default filled in. */
export interface ResolvedProgramOptions {
  readonly name: string | undefined;
  readonly kind: 'core' | 'glue' | 'component' | undefined;
  readonly metering: Metering;
  readonly imports: ImportsOption | undefined;
  readonly abi: { readonly memory: string; readonly alloc: string; readonly free: string };
  readonly glue: GlueFactory | ModuleReference | undefined;
  readonly glueState: 'stateless' | 'stateful';
  readonly modules: Readonly<Record<string, ModuleSource>>;
  readonly cacheDirectory: string | undefined;
  readonly warn: (message: string) => void;
}

/** @throws WasmOptionsError naming every problem. */
export function parseProgramOptions(value: unknown): ResolvedProgramOptions {
  const options = parseOptions('WasmProgram.load', schema, value);
  return {
    name: options.name,
    kind: options.kind,
    metering: options.metering,
    imports: options.imports,
    abi: options.abi,
    glue: options.glue,
    glueState: options.glueState,
    modules: options.modules ?? {},
    cacheDirectory: options.cacheDirectory,
    warn: options.onWarning ?? warnProcess,
  };
}

/** Bytes of a module, a path, or a file URL. */
export type ModuleSource = Uint8Array | string | URL;

/** Imports of a core module; a function is called for every instance. */
export type ImportsOption =
  | Record<string, Record<string, unknown>>
  | (() => Record<string, Record<string, unknown>>)
  | ModuleReference;

/** Makes the API of one guest from glue code. Called once for every instance. */
export type GlueFactory<Api extends GuestApi = GuestApi> = (
  context: GlueContext,
) => Api | Promise<Api>;

/** What glue code gets to make its instances with. */
export interface GlueContext {
  /** Instantiates a module of the program; `name` is needed if it has several. */
  instantiate(
    imports: Record<string, unknown>,
    name?: string,
  ): { readonly exports: Record<string, unknown> };
  /** The original bytes of a module, for glue that insists on them. */
  bytes(name?: string): Uint8Array;
  /**
   * Loads CommonJS glue with `WebAssembly` replaced by one that makes our instances, and `FinalizationRegistry` by one
   * that never calls back: a late callback would free pointers of an earlier call in restored memory.
   */
  require(path: string | URL): unknown;
  /**
   * Declares state that the glue keeps in JavaScript. `capture` is called when the snapshot is taken and gives a
   * function that puts the state back; that is called at every restore.
   */
  keep(capture: () => () => void): void;
  /** The replaced namespace, for glue that takes it as a value. */
  readonly WebAssembly: object;
}

/** Options of `WasmProgram.load`. */
export interface WasmProgramOptions<Api extends GuestApi = GuestApi> {
  /** Shown in errors and reports. Default: the file name, or `wasm`. */
  readonly name?: string;
  /** Default: `component` for a component, `glue` if `glue` is given, else `core`. */
  readonly kind?: 'core' | 'glue' | 'component';
  /**
   * `metered` makes deadlines and fuel possible without a thread, for some 15 to 45 % of the guest's speed; `epoch`
   * makes deadlines possible with one thread for the whole process, from Node 22 on, at about the same price; `unmetered` code
   * runs at full speed and is stopped by the slower `vm` mechanism. Default `metered`.
   */
  readonly metering?: Metering;
  /**
   * Imports of a core module or a component. Use a function if they hold state: it is called for every instance. With
   * workers, say where the function is found.
   */
  readonly imports?: ImportsOption;
  /** Names of the exports that carry bytes in and out of a core module. */
  readonly abi?: { readonly memory?: string; readonly alloc?: string; readonly free?: string };
  /** Glue code of an emscripten or wasm-bindgen module: a factory, or where to find it, which works in workers too. */
  readonly glue?: GlueFactory<Api> | ModuleReference;
  /**
   * Whether the glue keeps state in JavaScript between calls that it does not declare with `keep`. Only `stateless` glue
   * may be restored from a snapshot: no analysis can see into closures. Default `stateful`.
   */
  readonly glueState?: 'stateless' | 'stateful';
  /** Further modules that the glue instantiates by name. */
  readonly modules?: Readonly<Record<string, ModuleSource>>;
  /** Folder for rewritten modules and transpiled components. Default: none, everything is made anew in each process. */
  readonly cacheDirectory?: string;
  /** Called with a sentence when the cache folder fails and the program is made without it. Default `process.emitWarning`. */
  readonly onWarning?: (message: string) => void;
}
