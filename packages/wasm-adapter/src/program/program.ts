import { startTimekeeper } from '../epoch/timekeeper.js';
import { WasmImportError, WasmOptionsError, WasmProgramError } from '../errors.js';
import type { StoreOptions } from '../guest/store.js';
import { GuestStore } from '../guest/store.js';
import type { PreparedModule } from './compiler.js';
import { prepareModule } from './compiler.js';
import type { TranspiledComponent } from './component.js';
import { componentGlue, componentHost, transpileComponent } from './component.js';
import { DiskCache } from './disk-cache.js';
import type { GlueModule } from './glue.js';
import { resolveImports } from './imports.js';
import type { IsolationReport } from './isolation.js';
import { isolationReport } from './isolation.js';
import type {
  GlueFactory,
  GuestApi,
  ModuleSource,
  ResolvedProgramOptions,
  WasmProgramOptions,
} from './options.js';
import { parseProgramOptions } from './options.js';
import type { PostedProgram } from './posted.js';
import { lazyGlue, makeGuest } from './posted.js';
import { isReference, postedReference } from './reference.js';
import type { Guest, Runnable } from './runnable.js';
import { binaryKind, readSource } from './source.js';

type ProgramModules = ReadonlyMap<string, GlueModule & { readonly compiled: PreparedModule }>;

interface ProgramParts {
  readonly name: string;
  readonly kind: 'core' | 'glue' | 'component';
  readonly modules: ProgramModules;
  readonly glue: GlueFactory | undefined;
  readonly component: TranspiledComponent | undefined;
  readonly around: { readonly reasons: readonly string[]; readonly residues: readonly string[] };
  readonly options: ResolvedProgramOptions;
}

/**
 * Code, analysed, rewritten and compiled once, ready to be instantiated any number of times.
 *
 * ```ts
 * const program = await WasmProgram.load('./adder.wasm');
 * program.isolationReport().recommended; // 'snapshot'
 * ```
 */
export class WasmProgram<Api extends GuestApi = GuestApi> implements Runnable<Api> {
  readonly name: string;
  readonly kind: 'core' | 'glue' | 'component';
  readonly #options: ResolvedProgramOptions;
  readonly #modules: ProgramModules;
  readonly #glue: GlueFactory | undefined;
  readonly #component: TranspiledComponent | undefined;
  readonly #report: IsolationReport;

  private constructor({ name, kind, modules, glue, component, around, options }: ProgramParts) {
    this.name = name;
    this.kind = kind;
    this.#modules = modules;
    this.#options = options;
    this.#glue = glue;
    this.#component = component;
    this.#report = isolationReport(
      [...modules.values()].map(({ compiled }) => compiled),
      around,
    );
  }

  /**
   * Loads a program from bytes, a path or a file URL.
   *
   * @throws WasmOptionsError if an option is wrong.
   * @throws WasmProgramError if the file cannot be read, is no WebAssembly, or is damaged.
   * @throws WasmImportError if the module or component needs imports that `imports` does not have.
   * @throws WasmComponentSupportError if a component is given and jco is not installed.
   */
  static async load<Api extends GuestApi = Record<string, (...values: never[]) => unknown>>(
    source: ModuleSource,
    options: WasmProgramOptions<Api> = {},
  ): Promise<WasmProgram<Api>> {
    const resolved = parseProgramOptions(options);
    const { name: fileName, bytes } = await readSource(source);
    const name = resolved.name ?? fileName;
    const binary = binaryKind(name, bytes);
    const kind = kindOf(name, binary, resolved);
    if (resolved.metering === 'epoch') {
      assertEpochs();
      await startTimekeeper();
    }
    const disk =
      resolved.cacheDirectory === undefined ? undefined : new DiskCache(resolved.cacheDirectory);
    const modules = new Map<string, GlueModule & { readonly compiled: PreparedModule }>();
    const add = async (key: string, label: string, original: Uint8Array): Promise<void> => {
      const compiled = await prepareModule(label, original, {
        metering: resolved.metering,
        disk,
      });
      modules.set(key, { compiled, original });
    };
    const given = resolved.glue;
    let glue = isReference(given) ? lazyGlue(given) : given;
    let component: TranspiledComponent | undefined;
    let around = surroundings(kind, resolved);
    if (kind === 'component') {
      const parts = await transpileComponent(name, bytes, disk);
      for (const [file, core] of parts.cores) await add(file, file, core);
      component = parts;
      await componentHost(name, parts.imports, resolved.imports);
      glue = componentGlue(name, parts, resolved.imports);
      around = {
        reasons: [],
        residues: parts.imports.length > 0 ? [hostState] : [],
      };
    } else {
      await add('main', name, bytes);
      for (const [key, other] of Object.entries(resolved.modules)) {
        await add(key, key, (await readSource(other)).bytes);
      }
    }
    const trouble = disk?.trouble();
    if (trouble !== undefined) resolved.warn(`${name}: ${trouble}`);
    const program = new WasmProgram<Api>({
      name,
      kind,
      modules,
      glue,
      component,
      around,
      options: resolved,
    });
    if (kind === 'core') await program.#checkImports();
    return program;
  }

  /** What a snapshot covers, why `fresh` is used where it is, and what stays observable. */
  isolationReport(): IsolationReport {
    return this.#report;
  }

  /** Names of the exports that carry bytes in and out of a core module. */
  get abi(): { readonly memory: string; readonly alloc: string; readonly free: string } {
    return this.#options.abi;
  }

  /** The most pages that every memory needs at least, before any code has run. */
  get minimumPages(): number {
    return Math.max(0, ...this.#report.modules.map(({ minimumPages }) => minimumPages));
  }

  /** Memories that one instance reserves address space for. */
  get memoryCount(): number {
    let count = 0;
    for (const { compiled } of this.#modules.values()) {
      count += compiled.analysis?.memories.filter(({ imported }) => !imported).length ?? 1;
      if (compiled.manifest?.epoch !== undefined) count += 1;
    }
    return Math.max(count, 1);
  }

  /** @internal A store for one guest of this program. */
  newStore(options: StoreOptions): GuestStore {
    return new GuestStore(options);
  }

  /** @internal Makes a guest in a store, under whatever limits the store's meter is armed with. */
  async instantiate(store: GuestStore): Promise<Guest<Api>> {
    return makeGuest<Api>(store, this.#modules, this.#glue, () => this.#imports());
  }

  /**
   * The program as data for a worker: compiled modules travel, they are not compiled again.
   *
   * @internal
   * @throws WasmOptionsError if glue or imports are functions, which cannot be sent.
   */
  posted(): PostedProgram {
    const { glue, imports } = this.#options;
    const problems: string[] = [];
    if (typeof glue === 'function') problems.push('`glue` is a function');
    if (imports !== undefined && !isReference(imports)) problems.push('`imports` are functions');
    if (problems.length > 0) {
      throw new WasmOptionsError('a program in workers', [
        `${problems.join(' and ')}, which cannot be sent to a worker; give \`{ module, export }\` instead`,
      ]);
    }
    return {
      name: this.name,
      abi: this.abi,
      report: this.#report,
      modules: [...this.#modules].map(([key, { compiled, original }]) => ({
        key,
        compiled: { name: compiled.name, module: compiled.module, manifest: compiled.manifest },
        original: isReference(glue) ? shared(original) : new Uint8Array(),
      })),
      glue: isReference(glue) ? postedReference(glue) : undefined,
      imports: isReference(imports) ? postedReference(imports) : undefined,
      component:
        this.#component === undefined
          ? undefined
          : { source: this.#component.source, imports: this.#component.imports },
    };
  }

  get #main(): GlueModule & { readonly compiled: PreparedModule } {
    const main = this.#modules.get('main');
    if (main === undefined) throw new Error('bug in rockpool: a program without a main module');
    return main;
  }

  async #imports(): Promise<Record<string, Record<string, unknown>>> {
    const { imports } = this.#options;
    return resolveImports(imports);
  }

  async #checkImports(): Promise<void> {
    const given = await this.#imports();
    const missing = WebAssembly.Module.imports(this.#main.compiled.module)
      .filter(({ module, name }) => given[module]?.[name] === undefined)
      .map(({ module, name, kind }) => `${module}.${name} (${kind})`);
    if (missing.length > 0) throw new WasmImportError(this.name, missing);
    const { imports } = this.#options;
    if (typeof imports !== 'object' || isReference(imports)) return;
    for (const [module, group] of Object.entries(imports)) {
      for (const [name, value] of Object.entries(group)) {
        if (!isSharedState(value)) continue;
        throw new WasmOptionsError('WasmProgram.load', [
          `\`imports.${module}.${name}\` would be shared by all instances; give \`imports\` as a function that makes it for each`,
        ]);
      }
    }
  }
}

/** A module with two memories, which the engine of Node 20 refuses. */
const twoMemories = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 0, 0, 0);

function assertEpochs(): void {
  if (WebAssembly.validate(twoMemories)) return;
  throw new WasmOptionsError('WasmProgram.load', [
    `\`metering\` "epoch" puts a second memory into each module, which Node ${process.versions.node} does not allow; use Node 22 or later, or "metered", which keeps deadlines as well`,
  ]);
}

/** Bytes that every worker sees without a copy of its own. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function kindOf(
  name: string,
  binary: 'core' | 'component',
  options: ResolvedProgramOptions,
): 'core' | 'glue' | 'component' {
  const kind =
    options.kind ?? (binary === 'component' ? 'component' : options.glue ? 'glue' : 'core');
  if (kind === 'component' && binary === 'core') {
    throw new WasmProgramError(`${name} is a core module, but \`kind\` is "component"`);
  }
  if (kind !== 'component' && binary === 'component') {
    throw new WasmProgramError(`${name} is a component, but \`kind\` is "${kind}"`);
  }
  if (kind === 'glue' && options.glue === undefined) {
    throw new WasmOptionsError('WasmProgram.load', ['`kind` is "glue", but `glue` is missing']);
  }
  return kind;
}

const hostState = 'state behind imported functions belongs to the host and is not restored';

function surroundings(
  kind: 'core' | 'glue' | 'component',
  options: ResolvedProgramOptions,
): { reasons: string[]; residues: string[] } {
  const reasons: string[] = [];
  const residues: string[] = [];
  if (kind === 'glue' && options.glueState === 'stateful') {
    reasons.push(
      'the glue code may keep state in JavaScript; set `glueState: "stateless"` if it keeps none between calls',
    );
  }
  if (kind === 'core' && options.imports !== undefined) {
    residues.push(hostState);
  }
  return { reasons, residues };
}

/** Memories, tables and mutable globals hold guest state; one object for all instances would leak between them. */
function isSharedState(value: unknown): boolean {
  return (
    value instanceof WebAssembly.Memory ||
    value instanceof WebAssembly.Table ||
    (value instanceof WebAssembly.Global && isMutable(value))
  );
}

function isMutable(global: WebAssembly.Global): boolean {
  try {
    global.value = global.value as never;
    return true;
  } catch {
    return false;
  }
}
