import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { WasmProgramError } from '../errors.js';
import type { CompiledModule, GuestStore } from '../guest/store.js';
import type { GlueContext } from './options.js';

/** A module of a program as glue sees it. */
export interface GlueModule {
  readonly compiled: CompiledModule;
  /** The bytes before the rewrite. */
  readonly original: Uint8Array;
}

/** What glue code of one guest gets: every way to an instance leads through the store. */
export class StoreGlueContext implements GlueContext {
  readonly WebAssembly: typeof WebAssembly;
  readonly #store: GuestStore;
  readonly #modules: ReadonlyMap<string, GlueModule>;
  readonly #loaded = new Map<string, { exports: unknown }>();

  constructor(store: GuestStore, modules: ReadonlyMap<string, GlueModule>) {
    this.#store = store;
    this.#modules = modules;
    this.WebAssembly = this.#namespace();
  }

  instantiate(imports: Record<string, unknown>, name?: string): WebAssembly.Instance {
    return this.#store.instantiate(
      this.#module(name).compiled,
      imports as unknown as WebAssembly.Imports,
    );
  }

  bytes(name?: string): Uint8Array {
    return this.#module(name).original.slice();
  }

  keep(capture: () => () => void): void {
    this.#store.kept.push(capture);
  }

  require(path: string | URL): unknown {
    return this.#load(path instanceof URL ? fileURLToPath(path) : path);
  }

  #module(name: string | undefined): GlueModule {
    const found =
      name === undefined && this.#modules.size === 1
        ? this.#modules.values().next().value
        : this.#modules.get(name ?? 'main');
    if (found !== undefined) return found;
    const names = [...this.#modules.keys()].join(', ');
    throw new WasmProgramError(
      `the glue asked for a module named \`${name ?? 'main'}\`; the program has ${names}`,
    );
  }

  /** Evaluates a CommonJS file, and those beside it that it requires, with the two globals replaced. */
  #load(path: string): unknown {
    const known = this.#loaded.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as unknown };
    this.#loaded.set(path, module);
    const outer = createRequire(path);
    const evaluate = compileFunction(readFileSync(path, 'utf8'), parameters, {
      filename: path,
    }) as (...values: unknown[]) => void;
    const inner = (request: string): unknown => {
      if (!request.startsWith('.') && !isAbsolute(request)) return outer(request);
      const target = outer.resolve(resolve(dirname(path), request));
      return extname(target) === '.json' ? outer(target) : this.#load(target);
    };
    evaluate.call(
      module.exports,
      module.exports,
      Object.assign(inner, { resolve: outer.resolve }),
      module,
      path,
      dirname(path),
      this.WebAssembly,
      SilentRegistry,
    );
    return module.exports;
  }

  #namespace(): typeof WebAssembly {
    const compiledFrom = (source: unknown): CompiledModule => this.#recognise(source);
    const store = this.#store;
    const make = (source: unknown, imports: unknown): WebAssembly.Instance =>
      store.instantiate(compiledFrom(source), imports as WebAssembly.Imports);
    // Glue calls these two with `new`, so they are functions of the old kind.
    function Module(bytes: unknown): WebAssembly.Module {
      return compiledFrom(bytes).module;
    }
    function Instance(module: unknown, imports: unknown): WebAssembly.Instance {
      return make(module, imports);
    }
    const overrides = {
      Module,
      Instance,
      compile: async (bytes: unknown) => compiledFrom(bytes).module,
      validate: () => true,
      instantiate: async (source: unknown, imports: unknown) => {
        const instance = make(source, imports);
        if (source instanceof WebAssembly.Module) return instance;
        return { instance, module: compiledFrom(source).module };
      },
      instantiateStreaming: undefined,
      compileStreaming: undefined,
    };
    Module.prototype = WebAssembly.Module.prototype;
    Instance.prototype = WebAssembly.Instance.prototype;
    Object.assign(Module, {
      exports: (module: WebAssembly.Module) => WebAssembly.Module.exports(module),
      imports: (module: WebAssembly.Module) => WebAssembly.Module.imports(module),
    });
    const target = Object.create(WebAssembly) as Record<string, unknown>;
    for (const [name, value] of Object.entries(overrides)) {
      Object.defineProperty(target, name, { value });
    }
    return target as unknown as typeof WebAssembly;
  }

  /** Glue shows its bytes or its module; ours is the one with the same content. */
  #recognise(source: unknown): CompiledModule {
    for (const { compiled, original } of this.#modules.values()) {
      if (source === compiled.module) return compiled;
      const bytes = bytesOf(source);
      if (bytes !== undefined && Buffer.compare(bytes, original) === 0) return compiled;
    }
    throw new WasmProgramError(
      'the glue instantiates a module that the program does not have: give it as `modules`',
    );
  }
}

const parameters = [
  'exports',
  'require',
  'module',
  '__filename',
  '__dirname',
  'WebAssembly',
  'FinalizationRegistry',
];

/** A registry that keeps its promise in the laziest way allowed: it never calls back. */
class SilentRegistry {
  register(): void {}
  unregister(): boolean {
    return false;
  }
}

function bytesOf(source: unknown): Uint8Array | undefined {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }
  return undefined;
}
